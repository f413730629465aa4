//! Training, held against the published code's own run and against its own laws.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checkpoint;
mod imports;
mod laws;
mod ordinary_loop;
mod pytorch;
mod reference;
mod resume;
