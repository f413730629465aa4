//! How a command fails: one message on stderr and an exit code.
//!
//! The code is 2 for what the user gave wrong: the command line, a path that is not there, a file that does
//! not hold what it should, be it one of many whose others are right. It is 1 for what the machine could not
//! do: a disk that is full, a permission, a training that diverged. Each error knows which of the two it is
//! (`is_bad_input`), so a failed read and a failed write are different errors; commands decide nothing.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use blemore_base::Blame;
use blemore_base::list::shortened;

/// The command could not do its work although its input was right (a full disk, say).
const WORK_FAILED: u8 = 1;
/// Wrong usage or bad input.
const BAD_INPUT: u8 = 2;

/// Why a command ended early.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// The input is wrong: exit code 2.
    pub fn input(message: impl Into<String>) -> Self {
        Failure { code: BAD_INPUT, message: message.into() }
    }

    /// The work failed: exit code 1.
    pub fn work(message: impl Into<String>) -> Self {
        Failure { code: WORK_FAILED, message: message.into() }
    }

    /// stdout cannot be written. Nobody reads on when a pipe is closed (`blemore ... | head`): that is no failure.
    pub fn of_stdout(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::work(""),
            _ => Self::work(format!("cannot write the output: {error}")),
        }
    }

    /// Names the file that the message is about, for errors that do not know it.
    pub fn within(mut self, file: &Path) -> Self {
        self.message = format!("{}: {}", file.display(), self.message);
        self
    }

    /// Ends the message with the command that would work, where one is known.
    pub fn advised(mut self, command: Option<String>) -> Self {
        if let Some(command) = command {
            self.message.push_str(&format!("\ntry: {command}"));
        }
        self
    }

    /// Writes the message to stderr and gives the exit code.
    pub fn report(self) -> ExitCode {
        if self.message.is_empty() {
            return ExitCode::SUCCESS;
        }
        // Where stderr cannot be written either, the exit code still tells.
        let _ = writeln!(io::stderr().lock(), "blemore: {}", shortened(&self.message));
        ExitCode::from(self.code)
    }
}

impl<E: Blame> From<E> for Failure {
    fn from(error: E) -> Self {
        let message = full_message(&error);
        if error.is_bad_input() { Self::input(message) } else { Self::work(message) }
    }
}

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
