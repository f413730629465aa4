//! One module a command that needs no libtorch: each calls the library and shows what it gives.

mod aggregate;
mod fuse;
mod inspect;
mod openface;
mod score;
mod submit;
mod thresholds;

use crate::Failure;
use crate::arguments::PlainCommand;
use crate::output::Output;

/// Runs a command.
///
/// # Errors
/// [`Failure`], to be reported.
pub fn run(output: Output, command: &PlainCommand) -> Result<(), Failure> {
    match command {
        PlainCommand::Inspect(arguments) => inspect::run(output, arguments),
        PlainCommand::Openface(arguments) => openface::run(output, arguments),
        PlainCommand::Aggregate(arguments) => aggregate::run(output, arguments),
        PlainCommand::Fuse(arguments) => fuse::run(output, arguments),
        PlainCommand::Thresholds(arguments) => thresholds::run(output, arguments),
        PlainCommand::Score(arguments) => score::run(output, arguments),
        PlainCommand::Submit(arguments) => submit::run(output, arguments),
    }
}
