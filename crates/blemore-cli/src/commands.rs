//! One module per command that runs no network: each calls the library and shows what it gives.

mod aggregate;
mod completions;
mod decode;
mod encode;
mod evaluate;
mod figures;
mod folds;
mod fuse;
mod inspect;
mod late_fuse;
mod merge;
mod openface;
mod report;
mod score;
mod submit;
mod thresholds;
mod trivial;
mod verify;

use crate::Failure;
use crate::arguments::{Command, CrossValidate, Encode, Predict, Reproduce, Sweep, Test};
use crate::output::Output;

/// A command that trains or runs a network, and so needs libtorch.
#[derive(Debug)]
pub enum NetworkCommand {
    /// `reproduce`
    Reproduce(Box<Reproduce>),
    /// `encode`
    Encode(Box<Encode>),
    /// `cross-validate`
    CrossValidate(Box<CrossValidate>),
    /// `sweep`
    Sweep(Sweep),
    /// `test`
    Test(Test),
    /// `predict`
    Predict(Predict),
}

/// Runs a command, or gives it back where it needs a network.
///
/// # Errors
/// [`Failure`], to be reported.
pub fn run(output: Output, command: Command) -> Result<Option<NetworkCommand>, Failure> {
    match command {
        Command::Reproduce(arguments) => return Ok(Some(NetworkCommand::Reproduce(arguments))),
        Command::Encode(arguments) if arguments.list => encode::list(output, &arguments),
        Command::Encode(arguments) => return Ok(Some(NetworkCommand::Encode(arguments))),
        Command::CrossValidate(arguments) => return Ok(Some(NetworkCommand::CrossValidate(arguments))),
        Command::Sweep(arguments) => return Ok(Some(NetworkCommand::Sweep(arguments))),
        Command::Test(arguments) => return Ok(Some(NetworkCommand::Test(arguments))),
        Command::Predict(arguments) => return Ok(Some(NetworkCommand::Predict(arguments))),
        Command::Inspect(arguments) => inspect::run(output, &arguments),
        Command::Folds(arguments) => folds::run(output, &arguments),
        Command::Openface(arguments) => openface::run(output, &arguments),
        Command::Aggregate(arguments) => aggregate::run(output, &arguments),
        Command::Fuse(arguments) => fuse::run(output, &arguments),
        Command::Trivial(arguments) => trivial::run(output, &arguments),
        Command::Merge(arguments) => merge::run(output, &arguments),
        Command::Verify(arguments) => verify::run(output, &arguments),
        Command::Report(arguments) => report::run(output, &arguments),
        Command::Figures(arguments) => figures::run(output, &arguments),
        Command::Thresholds(arguments) => thresholds::run(output, &arguments),
        Command::LateFuse(arguments) => late_fuse::run(output, &arguments),
        Command::Decode(arguments) => decode::run(output, &arguments),
        Command::Evaluate(arguments) => evaluate::run(output, &arguments),
        Command::Score(arguments) => score::run(output, &arguments),
        Command::Submit(arguments) => submit::run(output, &arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
    .map(|()| None)
}
