//! One module per command that runs a network: each calls the library and shows what it gives.

mod cross_validate;
mod encode;
mod network;
mod predict;
mod reproduce;
mod sweep;
mod test;
mod training;

use blemore_cli::arguments::Arguments;
use blemore_cli::commands::NetworkCommand;

use blemore_cli::Failure;
use blemore_cli::version::Libtorch;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let output = arguments.global.output();
    match blemore_cli::commands::run(output, arguments.command)? {
        None => Ok(()),
        Some(NetworkCommand::Reproduce(arguments)) => reproduce::run(output, &arguments),
        Some(NetworkCommand::Encode(arguments)) => encode::run(output, &arguments),
        Some(NetworkCommand::CrossValidate(arguments)) => cross_validate::run(output, &arguments),
        Some(NetworkCommand::Sweep(arguments)) => sweep::run(output, &arguments),
        Some(NetworkCommand::Test(arguments)) => test::run(output, &arguments),
        Some(NetworkCommand::Predict(arguments)) => predict::run(output, &arguments),
    }
}

/// What `--version -v` tells of libtorch.
pub(crate) fn libtorch() -> Libtorch {
    Libtorch {
        version: blemore::models::libtorch_version().unwrap_or("of unknown version").to_owned(),
        devices: blemore::models::devices().map(|device| device.to_string()).collect(),
    }
}
