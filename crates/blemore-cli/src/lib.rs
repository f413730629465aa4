//! The parts of the program `blemore` that need no libtorch, shared with `blemore-torch`, which has the others.
//!
//! A program only wires: arguments to library calls, results to tables or JSON, errors to one line and an exit code.

#![deny(unsafe_code)]

pub mod advice;
pub mod arguments;
pub mod commands;
mod failure;
mod held_out;
pub mod interrupt;
pub mod out_of_memory;
pub mod output;
pub mod progress;
pub mod read;
mod systems;
pub mod version;

pub use failure::Failure;
