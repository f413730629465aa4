//! One module a command: each calls the library and shows what it gives.

mod completions;
mod cross_validate;
mod merge;
mod predict;
mod report;
mod reproduce;
mod test;
mod training;
mod trivial;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let output = arguments.global.output();
    match arguments.command {
        Command::Reproduce(arguments) => reproduce::run(output, &arguments),
        Command::Plain(command) => Ok(blemore_cli::commands::run(output, &command)?),
        Command::Trivial(arguments) => trivial::run(output, &arguments),
        Command::CrossValidate(arguments) => cross_validate::run(output, &arguments),
        Command::Merge(arguments) => merge::run(output, &arguments),
        Command::Report(arguments) => report::run(output, &arguments),
        Command::Test(arguments) => test::run(output, &arguments),
        Command::Predict(arguments) => predict::run(output, &arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
