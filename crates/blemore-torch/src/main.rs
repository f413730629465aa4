//! `blemore-torch`: all commands of `blemore`, and what those do that train or run a network.

mod commands;

use std::process::ExitCode;

use blemore_cli::arguments::Arguments;
use clap::Parser;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    blemore_cli::interrupt::install();
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
