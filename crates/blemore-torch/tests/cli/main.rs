//! The built program, run as a user runs it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it skips"
)]

mod bad_input;
#[cfg(unix)]
mod book;
mod cross_validate;
mod damage;
mod encode;
mod finetune;
#[cfg(unix)]
mod interrupt;
#[cfg(target_os = "linux")]
mod machine;
mod mistakes;
mod names;
#[cfg(unix)]
mod openface;
#[path = "../../../blemore-cli/tests/cli/program.rs"]
mod program;
mod report;
mod reproduce;
mod scene;
mod schemas;
mod screenshots;
mod seeds;
mod sweep;
#[cfg(unix)]
mod torture;
mod wild;

/// The program that is run.
const PROGRAM: &str = env!("CARGO_BIN_EXE_blemore-torch");
