//! One module a command: each calls the library and shows what it gives.

mod aggregate;
mod completions;
mod cross_validate;
mod fuse;
mod inspect;
mod merge;
mod openface;
mod predict;
mod reproduce;
mod score;
mod submit;
mod test;
mod thresholds;
mod training;
mod trivial;
mod truth;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let output = arguments.global.output();
    match arguments.command {
        Command::Reproduce(arguments) => reproduce::run(output, &arguments),
        Command::Inspect(arguments) => inspect::run(output, &arguments),
        Command::Aggregate(arguments) => aggregate::run(output, &arguments),
        Command::Trivial(arguments) => trivial::run(output, &arguments),
        Command::CrossValidate(arguments) => cross_validate::run(output, &arguments),
        Command::Test(arguments) => test::run(output, &arguments),
        Command::Thresholds(arguments) => thresholds::run(output, &arguments),
        Command::Score(arguments) => score::run(output, &arguments),
        Command::Submit(arguments) => submit::run(output, &arguments),
        Command::Fuse(arguments) => fuse::run(output, &arguments),
        Command::Openface(arguments) => openface::run(output, &arguments),
        Command::Predict(arguments) => predict::run(output, &arguments),
        Command::Merge(arguments) => merge::run(output, &arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
