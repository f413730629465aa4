//! What the crate promises to the outside: the reference decoders' bytes, one error per faulty file, no panic
//! on any input.

// Helpers of tests may fail like tests.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod bad_input;
mod checkpoints;
mod frames;
#[cfg(unix)]
mod openface;
mod pixels;
mod presets;
#[cfg(unix)]
mod programs;
mod side_files;
mod sound;
mod support;
