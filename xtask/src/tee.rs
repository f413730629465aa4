//! A program whose output goes to the terminal, and is read besides.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How a program ended, and the lines that it wrote to stdout and stderr, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: ExitStatus,
    pub(crate) lines: Vec<String>,
}

impl Seen {
    /// The last line that has this text.
    pub(crate) fn line_with(&self, text: &str) -> Option<&str> {
        self.lines.iter().rev().find(|line| line.contains(text)).map(|line| line.trim())
    }
}

/// Runs a program to its end.
///
/// # Errors
/// It cannot be started, or waited for.
pub(crate) fn run(command: &mut Command) -> io::Result<Seen> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let lines = Mutex::new(Vec::new());
    let add = |line| lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        scope.spawn(|| stdout.map(|output| pass_on(output, io::stdout(), add)));
        scope.spawn(|| stderr.map(|output| pass_on(output, io::stderr(), add)));
    });
    let status = child.wait()?;
    Ok(Seen { status, lines: lines.into_inner().unwrap_or_else(PoisonError::into_inner) })
}

/// Writes what a program writes to a terminal of its own, line by line, and gives each line to `look`.
pub(crate) fn pass_on(output: impl io::Read, mut terminal: impl Write, mut look: impl FnMut(String)) {
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        look(String::from_utf8_lossy(&line).into_owned());
        // Where nobody reads on, the program runs all the same.
        let _closed = terminal.write_all(&[&line[..], b"\n"].concat()).and_then(|()| terminal.flush());
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn both_outputs_are_read_and_the_end_is_told() {
        let seen =
            run(Command::new("sh").args(["-c", "echo to stdout; echo to stderr >&2; exit 4"])).unwrap();
        assert_eq!(seen.status.code(), Some(4));
        assert_eq!(seen.line_with("stdout"), Some("to stdout"));
        assert_eq!(seen.line_with("stderr"), Some("to stderr"));
        assert_eq!(seen.line_with("elsewhere"), None);
    }
}
