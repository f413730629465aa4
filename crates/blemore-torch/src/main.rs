//! `blemore-torch`: all commands of `blemore`, with those that train or run a model.
//!
//! A program that is linked to libtorch spends a quarter of a second on starting and ending it, many times what scoring
//! a submission takes, and is not there before libtorch is. So `blemore` is not linked to it, and hands what it
//! cannot do to this program beside it. Nobody needs to know its name.

mod arguments;
mod commands;
mod failure;

use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser;

fn main() -> ExitCode {
    match commands::run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.0.report(),
    }
}
