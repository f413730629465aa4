//! Tests of `blemore-base` through its public interface.
#![allow(clippy::unwrap_used)] // The lint exempts test functions, not the helpers beside them.

mod atomic_write;
mod blame;
mod input_file;
mod list;
mod number;
mod text;
mod text_table;
