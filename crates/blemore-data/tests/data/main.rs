//! The crate from outside: the published lists, bad files, folds, generated corpora and dataset folders.

// Helpers of tests may fail like tests, and say why one is skipped.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod dataset;
mod folds;
mod generated;
mod inspection;
mod metadata;
mod shared;
mod tables;
