//! How a command fails: one message on stderr and an exit code.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// The command could not do its work although its input was right (a full disk, say).
const WORK_FAILED: u8 = 1;
/// Wrong usage or bad input.
const BAD_INPUT: u8 = 2;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// The input is wrong: exit code 2.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Failure { code: BAD_INPUT, message: message.into() }
    }

    /// The work failed: exit code 1.
    pub(crate) fn work(message: impl Into<String>) -> Self {
        Failure { code: WORK_FAILED, message: message.into() }
    }

    /// Names the file that the message is about, for errors that do not know it.
    pub(crate) fn within(mut self, file: &Path) -> Self {
        self.message = format!("{}: {}", file.display(), self.message);
        self
    }

    /// Writes the message to stderr and gives the exit code.
    ///
    /// Nobody reads on when a pipe is closed (`blemore ... | head`): that is no failure.
    pub(crate) fn report(self) -> ExitCode {
        if self.message.is_empty() {
            return ExitCode::SUCCESS;
        }
        // Where stderr cannot be written either, the exit code still tells.
        let _ = writeln!(io::stderr().lock(), "blemore: {}", self.message);
        ExitCode::from(self.code)
    }
}

impl From<io::Error> for Failure {
    /// An error of writing to stdout.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::work("");
        }
        Failure::work(format!("cannot write the output: {error}"))
    }
}

/// Library errors speak of input unless they say otherwise.
impl From<blemore::Error> for Failure {
    fn from(error: blemore::Error) -> Self {
        let message = full_message(&error);
        if error.is_bad_input() { Failure::input(message) } else { Failure::work(message) }
    }
}

macro_rules! failure_from_layer {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Failure::from(blemore::Error::from(error))
            }
        })*
    };
}

failure_from_layer!(
    blemore::labels::Error,
    blemore::eval::Error,
    blemore::features::Error,
    blemore::data::Error,
    blemore::models::Error
);

/// The message with those of its causes that it does not already contain.
fn full_message(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = error.source();
    }
    message
}
