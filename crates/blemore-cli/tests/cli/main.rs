//! The built program, run as a user runs it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it skips"
)]

mod aggregate;
mod careful;
mod figures;
mod folds;
mod fuse;
mod hand_over;
mod inspect;
mod mistakes;
mod openface;
mod outputs;
mod program;
mod real_outputs;
mod report;
mod score;
mod submit;
mod thresholds;
mod trivial;
mod wild;

/// The program that is run.
const PROGRAM: &str = env!("CARGO_BIN_EXE_blemore");
