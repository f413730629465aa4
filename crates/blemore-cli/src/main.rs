//! The program `blemore`: all commands. Those that run a network are done by `blemore-torch` beside it.
//!
//! A program that is linked to libtorch spends a quarter of a second on starting and ending it, many times what scoring
//! a submission takes, and cannot be built before libtorch is there. So this one is not linked to it.

mod exec_torch;

use std::process::ExitCode;

use blemore_cli::arguments::Arguments;
use blemore_cli::{Failure, commands};
use clap::Parser;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    blemore_cli::interrupt::install();
    let ended = match commands::run(arguments.global.output(), arguments.command) {
        Ok(None) => Ok(ExitCode::SUCCESS),
        Ok(Some(_)) => exec_torch::exec(),
        Err(failure) => Err(failure),
    };
    ended.unwrap_or_else(Failure::report)
}
