//! The `ffmpeg` program: where it is, and which version.

pub(crate) mod log;
pub(crate) mod process;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;

/// The oldest version with every option that is used (`-fps_mode`).
pub(crate) const OLDEST: &str = "5.1";
/// Its libavutil: builds from a repository have a date or a hash for a version, and this all the same.
const OLDEST_LIBRARY: (u32, u32) = (57, 28);
/// Where `cargo xtask setup` puts one, from the folder `target`.
const SET_UP: &str = "ffmpeg";

/// An `ffmpeg` program of version 5.1 or later.
///
/// ```no_run
/// let ffmpeg = blemore_media::Ffmpeg::find(None)?;
/// println!("{} is {}", ffmpeg.path().display(), ffmpeg.version());
/// # Ok::<(), blemore_media::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ffmpeg {
    path: PathBuf,
    version: String,
}

impl Ffmpeg {
    /// The given program; without one the first that fits of those in `PATH` and the one that `cargo xtask
    /// setup` took from the Python index.
    ///
    /// # Errors
    /// [`Error::NoFfmpeg`], which says where it was looked for. A given program is the only one that is
    /// tried.
    pub fn find(given: Option<&Path>) -> Result<Self, Error> {
        let candidates = given.map_or_else(candidates, |given| vec![given.to_owned()]);
        let mut tried = Vec::new();
        for path in candidates {
            match version(&path) {
                Ok(version) => return Ok(Self { path, version }),
                Err(problem) => tried.push(format!("{} {problem}", path.display())),
            }
        }
        if tried.is_empty() {
            tried.push("there is none in PATH".to_owned());
        }
        Err(Error::NoFfmpeg { tried })
    }

    /// Where the program is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version in its own words, such as `5.1.9-0+deb12u1`. Frames do not depend on it; the last samples
    /// of sound can.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// The programs that there are, in the order in which they are tried.
fn candidates() -> Vec<PathBuf> {
    let name = format!("ffmpeg{}", std::env::consts::EXE_SUFFIX);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates: Vec<PathBuf> =
        std::env::split_paths(&folders).map(|folder| folder.join(&name)).collect();
    if let Ok(own) = std::env::current_exe() {
        // `target/release/blemore`, `target/debug/deps/test-0123`, `target/debug/examples/name`.
        candidates.extend(own.ancestors().skip(2).take(2).map(|folder| folder.join(SET_UP).join(&name)));
    }
    candidates.retain(|path| path.is_file());
    candidates
}

/// The version of a program, or why it cannot be used.
fn version(path: &Path) -> Result<String, String> {
    let output = Command::new(path).arg("-version").stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("does not start ({error})"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.strip_prefix("ffmpeg version ").and_then(|rest| rest.split_whitespace().next());
    let version = version.ok_or("is no ffmpeg (`-version` says something else)")?;
    match library_version(&text) {
        Some(library) if library >= OLDEST_LIBRARY => Ok(version.to_owned()),
        _ => Err(format!("is of version {version}")),
    }
}

/// Major and minor number in `libavutil      57. 28.100 / 57. 28.100`.
fn library_version(text: &str) -> Option<(u32, u32)> {
    let line = text.lines().find_map(|line| line.strip_prefix("libavutil"))?;
    let mut numbers = line.split('/').next()?.split('.').map(|number| number.trim().parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_tells_the_version() {
        let of = |line: &str| library_version(&format!("ffmpeg version N-1-gabc\nconfiguration:\n{line}\n"));
        assert_eq!(of("libavutil      57. 28.100 / 57. 28.100"), Some((57, 28)));
        assert_eq!(of("libavutil      61.  1.102 / 61.  1.102"), Some((61, 1)));
        assert_eq!(of("libavcodec     61.  1.102 / 61.  1.102"), None);
        assert!(of("libavutil      57. 24.101 / 57. 24.101").unwrap() < OLDEST_LIBRARY);
    }
}
