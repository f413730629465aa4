//! The built program, run as a user runs it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it skips"
)]

mod aggregate;
mod bad_input;
mod cross_validate;
mod inspect;
mod program;
mod reproduce;
mod score;
mod shared;
mod submit;
mod thresholds;
mod trivial;
