//! One module a command: each calls the library and shows what it gives.

mod score;
mod submit;
mod thresholds;
mod trivial;
mod truth;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let output = arguments.global.output();
    match arguments.command {
        Command::Score(arguments) => score::run(output, &arguments),
        Command::Submit(arguments) => submit::run(output, &arguments),
        Command::Thresholds(arguments) => thresholds::run(output, &arguments),
        Command::Trivial(arguments) => trivial::run(output, &arguments),
        _ => Err(Failure::work("not yet wired")),
    }
}
