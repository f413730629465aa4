//! `blemore`: the BLEMORE baselines, scoring and submissions from the command line.
//!
//! The program only wires: arguments to library calls, results to tables or JSON, errors to one line and an exit code.

mod arguments;
mod commands;
mod failure;
mod output;
mod progress;

use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
