//! `blemore-torch`: all commands of `blemore`, and what those do that train or run a network.

mod commands;

use std::process::ExitCode;

use blemore_cli::arguments::Arguments;
use blemore_cli::out_of_memory::OrExit;
use blemore_cli::{Failure, version};
use clap::Parser;

#[global_allocator]
static MEMORY: OrExit = OrExit;

fn main() -> ExitCode {
    if let Some(output) = version::asked_for(std::env::args_os().skip(1)) {
        let printed = version::print(output, Some(commands::libtorch()));
        return printed.map_or_else(Failure::report, |()| ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse();
    blemore_cli::interrupt::install();
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
