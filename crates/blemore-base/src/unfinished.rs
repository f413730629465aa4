//! Files and folders that are to go when the program is interrupted.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// How often what is unfinished is removed at most.
const ROUNDS: usize = 100;

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn all() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file or folder that [`remove_unfinished`] removes as long as this lives. Its owner removes it otherwise.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Of the file or folder at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        all().insert(path.clone());
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        all().remove(&self.0);
    }
}

/// Removes everything that is unfinished, before the program ends early.
pub fn remove_unfinished() {
    all().iter().for_each(|path| take_away(path));
}

/// Other threads still work: under another name they no longer find a folder to write into, and what they were about to
/// write into it goes in a later round.
fn take_away(path: &Path) {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".going");
    let aside = PathBuf::from(aside);
    let place = if fs::rename(path, &aside).is_ok() { &aside } else { path };
    for _ in 0..ROUNDS {
        crate::atomic_write::remove(place);
        if !place.exists() {
            break;
        }
        sleep(Duration::from_millis(1));
    }
}
