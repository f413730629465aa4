//! One module a command: each calls the library and shows what it gives.

mod trivial;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let output = arguments.global.output();
    match arguments.command {
        Command::Trivial(arguments) => trivial::run(output, &arguments),
        _ => Err(Failure::work("not yet wired")),
    }
}
