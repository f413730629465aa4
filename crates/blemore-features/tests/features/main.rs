//! What the crate promises to the outside: numpy's and scikit-learn's numbers, all faults at once, no panic
//! on any input.

// Helpers of tests may fail like tests, and say why one is skipped.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod actors;
mod aggregation;
mod archives;
mod arrays;
mod files;
mod folder;
mod fusion;
mod headers;
mod inputs;
mod kernel;
mod openface;
mod origins;
mod parity;
mod pca;
mod quality;
mod standardize;
mod table;
mod wild;
