//! The crate from outside: the published lists, bad files, folds, generated corpora and dataset folders.

// Helpers of tests may fail like tests.
#![allow(clippy::unwrap_used)]

mod dataset;
mod encoder;
mod folds;
#[cfg(feature = "polars")]
mod frames;
mod generated;
mod inspection;
mod metadata;
mod shared;
mod tables;
mod wild;
