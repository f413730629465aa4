//! The crate from outside: the published lists, bad files, folds, generated corpora and dataset folders.

mod dataset;
mod folds;
mod generated;
mod metadata;
mod shared;
