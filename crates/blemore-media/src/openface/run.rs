//! A program run to its end, or ended when it gives no sign of life.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::ffmpeg::process::next_line;

/// Lines that are kept of what a program says: the last ones tell why it failed.
const KEPT_LINES: usize = 100;
/// Of these so many are shown.
const SHOWN_LINES: usize = 3;
/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked for what it has written.
const LOOK: Duration = Duration::from_millis(500);
/// How long the rest of what an ended program said may take to arrive: another process may hold its pipe.
const TIME_TO_READ: Duration = Duration::from_secs(1);

/// How a program ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// The last lines that it said.
    pub(super) lines: Vec<String>,
}

/// Why a program did not end by itself.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error("cannot be run: {0}")]
    Start(io::Error),
    #[error("it gave nothing for {} s and was ended", .0.as_secs_f64())]
    Stalled(Duration),
}

impl Ended {
    /// The last lines, as the end of a message.
    pub(super) fn last_words(&self) -> String {
        let lines = &self.lines[self.lines.len().saturating_sub(SHOWN_LINES)..];
        if lines.is_empty() { String::new() } else { format!(": {}", lines.join("; ")) }
    }
}

/// Runs a program. It is ended when it has said nothing and `written` has not changed for `stall`.
pub(super) fn to_end(
    mut command: Command,
    stall: Duration,
    written: impl Fn() -> u64,
) -> Result<Ended, Stop> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(Stop::Start)?;
    let said = Arc::new(Said::default());
    let readers =
        [child.stdout.take().map(|pipe| said.read(pipe)), child.stderr.take().map(|pipe| said.read(pipe))];
    let (mut life, mut since, mut looked) = ((0, 0), Instant::now(), Instant::now());
    loop {
        if let Some(status) = child.try_wait().map_err(Stop::Start)? {
            let start = Instant::now();
            while readers.iter().flatten().any(|reader| !reader.is_finished())
                && start.elapsed() < TIME_TO_READ
            {
                thread::sleep(PAUSE);
            }
            return Ok(Ended { status, lines: said.lines() });
        }
        if looked.elapsed() >= LOOK.min(stall) {
            looked = Instant::now();
            let now = (said.count.load(Ordering::Relaxed), written());
            if now != life {
                (life, since) = (now, looked);
            }
        }
        if since.elapsed() >= stall {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
            return Err(Stop::Stalled(stall));
        }
        thread::sleep(PAUSE);
    }
}

/// What a program says on both of its outputs.
#[derive(Default)]
struct Said {
    lines: Mutex<VecDeque<String>>,
    count: AtomicU64,
}

impl Said {
    fn read(self: &Arc<Self>, pipe: impl Read + Send + 'static) -> JoinHandle<()> {
        let said = Arc::clone(self);
        thread::spawn(move || {
            let (mut pipe, mut line) = (BufReader::new(pipe), Vec::new());
            while next_line(&mut pipe, &mut line) {
                said.count.fetch_add(1, Ordering::Relaxed);
                let text = String::from_utf8_lossy(&line).trim().to_owned();
                if !text.is_empty() {
                    said.keep(text);
                }
            }
        })
    }

    fn keep(&self, line: String) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// The number of files in a folder and in its folders, and their bytes, as one number that grows with both.
pub(super) fn written(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => 1 + written(&entry.path()),
        Ok(found) => 1 + found.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}
