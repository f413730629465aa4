//! Training, held against the published code's own run and against its own laws.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it skips"
)]

mod checkpoint;
mod laws;
mod pytorch;
mod reference;
mod resume;
mod shared;
