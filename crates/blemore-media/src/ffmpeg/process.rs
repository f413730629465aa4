//! A running ffmpeg: its log read in a thread, its end waited for, nothing of it left behind.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use blemore_base::check_regular;

use super::log::{Log, Stamp};
use crate::error::Error;

/// Most bytes of a line of the log that are looked at: some hold the hexadecimal form of metadata.
const MAX_LINE: usize = 4_096;
/// How long the program may take to end, once it has said all.
const TIME_TO_END: Duration = Duration::from_secs(10);

/// A running ffmpeg that decodes one stream of one file to its standard output.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: Arc<Mutex<Log>>,
    reader: Option<JoinHandle<()>>,
}

/// What ffmpeg calls a file, which must be a regular one.
pub(crate) fn input(file: &Path) -> Result<OsString, Error> {
    std::fs::metadata(file).and_then(|found| check_regular(&found)).map_err(Error::read(file))?;
    // Without the protocol, a name with a colon would be taken for an address.
    let mut name = OsString::from("file:");
    name.push(file);
    Ok(name)
}

impl Process {
    /// Starts `ffmpeg` on a file, with arguments before and after it. The receiver gets one [`Stamp`] per
    /// frame that the filter `showinfo` sees.
    pub(crate) fn start(
        program: &Path,
        before: &[OsString],
        input: OsString,
        after: &[OsString],
    ) -> Result<(Self, ChildStdout, Receiver<Stamp>), Error> {
        let fail = |source| Error::Program { program: program.to_owned(), source };
        let mut child = Command::new(program)
            .args(["-nostdin", "-hide_banner", "-nostats", "-loglevel", "repeat+level+info"])
            // A playlist must not reach the network.
            .args(["-protocol_whitelist", "file"])
            .args(before)
            .arg("-i")
            .arg(input)
            .args(after)
            .arg("pipe:1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(fail)?;
        let missing = || fail(std::io::Error::other("it has no standard output"));
        let (stdout, stderr) = (child.stdout.take().ok_or_else(missing)?, child.stderr.take());
        let log = Arc::new(Mutex::new(Log::default()));
        let (sender, stamps) = channel();
        let reader = stderr.map(|stderr| {
            let log = Arc::clone(&log);
            thread::spawn(move || read_log(BufReader::new(stderr), &log, &sender))
        });
        Ok((Self { child, log, reader }, stdout, stamps))
    }

    /// What the log says so far.
    pub(crate) fn log(&self) -> Log {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the end; `None` if it does not come.
    pub(crate) fn end(&mut self) -> Option<ExitStatus> {
        let start = Instant::now();
        let mut pause = Duration::from_micros(200);
        while start.elapsed() < TIME_TO_END {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    // The rest of the log, unless another process holds its pipe.
                    if let Some(reader) = self.reader.take() {
                        while !reader.is_finished() && start.elapsed() < TIME_TO_END {
                            thread::sleep(pause);
                        }
                    }
                    return Some(status);
                }
                Ok(None) => thread::sleep(pause),
                Err(_) => return None,
            }
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        None
    }

    /// Ends the program at once.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read_log(mut stderr: impl BufRead, log: &Mutex<Log>, stamps: &Sender<Stamp>) {
    let mut line = Vec::new();
    while next_line(&mut stderr, &mut line) {
        let text = String::from_utf8_lossy(&line);
        let stamp = log.lock().unwrap_or_else(PoisonError::into_inner).take(&text);
        if let Some(stamp) = stamp {
            // Nobody listens to frames of sound, nor to those after an error.
            let _ = stamps.send(stamp);
        }
    }
}

/// Reads a line, of which no more is kept than is looked at; `false` at the end.
pub(crate) fn next_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> bool {
    line.clear();
    let read = from.by_ref().take(MAX_LINE as u64).read_until(b'\n', line);
    if !matches!(read, Ok(length) if length > 0) {
        return false;
    }
    if line.last() != Some(&b'\n') && line.len() == MAX_LINE {
        return from.skip_until(b'\n').is_ok();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_and_the_next_is_whole() {
        let mut text = vec![b'x'; 3 * MAX_LINE];
        text.extend_from_slice(b"\nshort\nlast");
        let (mut from, mut line, mut lines) = (text.as_slice(), Vec::new(), Vec::new());
        while next_line(&mut from, &mut line) {
            lines.push(String::from_utf8_lossy(&line).into_owned());
        }
        assert_eq!(lines[0].len(), MAX_LINE);
        assert_eq!(&lines[1..], ["short\n", "last"]);
    }
}
