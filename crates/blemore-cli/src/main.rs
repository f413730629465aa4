//! The program `blemore`.

mod hand_over;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use blemore_cli::arguments::{Global, PlainCommand};
use blemore_cli::{Failure, commands};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

/// Blended emotions with relative salience: scoring, submissions, features.
///
/// What is shown where the other program is not there, which has a page of all commands.
#[derive(Debug, Parser)]
#[command(name = "blemore", bin_name = "blemore", version, max_term_width = 110)]
#[command(long_about = None, after_help = hand_over::HOW_TO_GET_IT)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Plain(PlainCommand),
    /// A command of the other program, or of none.
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

fn main() -> ExitCode {
    let result = match Arguments::try_parse() {
        Ok(Arguments { global, command: Command::Plain(command) }) => {
            commands::run(global.output(), &command).map(|()| ExitCode::SUCCESS)
        }
        Ok(Arguments { command: Command::Other(words), .. }) => hand_over::to_torch(words.first()),
        Err(error) if names_plain_command() || error.kind() == ErrorKind::DisplayVersion => error.exit(),
        // The help, or a command line without a command: the other program knows all of them.
        Err(error) => hand_over::to_torch(None).or_else(|_| error.exit()),
    };
    result.unwrap_or_else(Failure::report)
}

/// Whether the command line is for one of the commands that are here.
fn names_plain_command() -> bool {
    let word = env::args_os().skip(1).find(|argument| !argument.as_encoded_bytes().starts_with(b"-"));
    word.is_some_and(|word| Arguments::command().find_subcommand(word).is_some())
}
