//! One module a command: each calls the library and shows what it gives.

mod aggregate;
mod cross_validate;
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
        Command::Aggregate(arguments) => aggregate::run(output, &arguments),
        Command::Trivial(arguments) => trivial::run(output, &arguments),
        Command::CrossValidate(arguments) => cross_validate::run(output, &arguments),
        Command::Test(arguments) => test::run(output, &arguments),
        _ => Err(Failure::work("not yet wired")),
    }
}
