//! The crate from outside: the published lists, bad files, folds, generated corpora and dataset folders.

mod folds;
mod metadata;
mod shared;
