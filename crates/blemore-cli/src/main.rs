//! The program `blemore`: all commands. Those that run a network are done by `blemore-torch` beside it.
//!
//! A program that is linked to libtorch spends a quarter of a second on starting and ending it, many times what scoring
//! a submission takes, and cannot be built before libtorch is there. So this one is not linked to it.

mod exec_torch;

use std::process::ExitCode;

use blemore_cli::arguments::Arguments;
use blemore_cli::out_of_memory::OrExit;
use blemore_cli::output::Output;
use blemore_cli::{Failure, commands, version};
use clap::Parser;

#[global_allocator]
static MEMORY: OrExit = OrExit;

fn main() -> ExitCode {
    if let Some(output) = version::asked_for(std::env::args_os().skip(1)) {
        return tell_version(output).unwrap_or_else(Failure::report);
    }
    let arguments = Arguments::parse();
    blemore_cli::interrupt::install();
    let ended = match commands::run(arguments.global.output(), arguments.command) {
        Ok(None) => Ok(ExitCode::SUCCESS),
        Ok(Some(_)) => exec_torch::exec(),
        Err(failure) => Err(failure),
    };
    ended.unwrap_or_else(Failure::report)
}

/// The other program knows its libtorch.
fn tell_version(output: Output) -> Result<ExitCode, Failure> {
    if exec_torch::is_there() {
        return exec_torch::exec();
    }
    version::print(output, None).map(|()| ExitCode::SUCCESS)
}
