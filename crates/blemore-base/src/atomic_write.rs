//! Files and folders that are there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::unfinished::Unfinished;

/// Unfinished files of one name that may be there at once, of as many processes.
const MAX_DRAFTS: u32 = 1_000;

/// Writes a file beside `path` and moves the finished file there, making the folders above it.
///
/// A reader sees the file that was there before or the new one, after a power cut too. A failure leaves what was there.
/// What a killed process left unfinished is taken away by the next that writes the same file. Of a symbolic link, the
/// file that it points to is replaced.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("made/notes.txt");
/// blemore_base::atomic_write(&path, |out| out.write_all(b"whole"))?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Those of `fill`, and those of the system; for a path that holds something else than a regular file (a folder, a
/// device, a link to nothing), which is never replaced.
pub fn atomic_write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let path = &regular_file(path)?;
    let draft = Draft::beside(path, |draft| OpenOptions::new().write(true).create_new(true).open(draft))?;
    let mut writer = BufWriter::new(&draft.lock);
    fill(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    draft.rename(path)
}

/// Fills a folder beside `path` and moves the finished folder there; a failure leaves nothing. `error` wraps what the
/// system says.
///
/// # Errors
/// Those of `fill`, and those of the system: a folder that is there and holds something is not replaced.
pub fn atomic_folder<E>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
    error: impl Fn(io::Error) -> E,
) -> Result<(), E> {
    let create = |draft: &Path| fs::create_dir(draft).and_then(|()| File::open(draft));
    let draft = Draft::beside(path, create).map_err(&error)?;
    fill(draft.path.path())?;
    draft.rename(path).map_err(error)
}

/// Looks whether a file could be written at `path`, before the work for it: with a draft that is removed again, in the
/// lowest folder above it that is there.
///
/// # Errors
/// Those of the system; for a path that holds something else than a regular file.
pub fn check_writable(path: &Path) -> io::Result<()> {
    let path = regular_file(path)?;
    let mut folder = folder_of(&path);
    while !folder.try_exists()? {
        folder = folder_of(folder);
    }
    let name = path.file_name().unwrap_or_default();
    let draft = folder.join(name);
    Draft::beside(&draft, |draft| OpenOptions::new().write(true).create_new(true).open(draft)).map(|_| ())
}

/// The folder that a path is in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where a file is to be, if nothing is there or a regular file.
fn regular_file(path: &Path) -> io::Result<PathBuf> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path.to_owned()),
        found => found?,
    };
    let target = if found.is_symlink() { fs::canonicalize(path)? } else { path.to_owned() };
    let problem = "it is there and no regular file, and is not replaced";
    let refused = || io::Error::new(ErrorKind::AlreadyExists, problem);
    fs::metadata(&target)?.is_file().then_some(target).ok_or_else(refused)
}

/// An unfinished file or folder, which is removed unless it gets its final name.
struct Draft {
    path: Unfinished,
    /// The file or folder, locked as long as its process lives.
    lock: File,
    /// From then on another writer may have taken the path.
    is_renamed: bool,
}

impl Draft {
    /// Makes a hidden file or folder beside `path`, whose name tells people what a killed process left.
    fn beside(path: &Path, create: impl Fn(&Path) -> io::Result<File>) -> io::Result<Self> {
        let nameless = || io::Error::new(ErrorKind::InvalidInput, "the path ends without a name");
        let name = path.file_name().ok_or_else(nameless)?;
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        for number in 0..MAX_DRAFTS {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{number}.tmp"));
            let path = folder.join(hidden);
            let lock = match create(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && remove_if_left_over(&path) => {
                    create(&path)
                }
                created => created,
            };
            match lock {
                // Taken, or taken away, by another process since.
                Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
                lock => {
                    let lock = lock?;
                    if lock.try_lock().is_ok() && is_at(&lock, &path) {
                        return Ok(Self { path: Unfinished::new(path), lock, is_renamed: false });
                    }
                }
            }
        }
        let problem = format!("{MAX_DRAFTS} processes are writing it");
        Err(io::Error::new(ErrorKind::ResourceBusy, problem))
    }

    fn rename(mut self, path: &Path) -> io::Result<()> {
        fs::rename(self.path.path(), path)?;
        self.is_renamed = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_renamed {
            remove(self.path.path());
        }
    }
}

/// Removes the draft of a process that is dead: nobody holds its lock.
fn remove_if_left_over(path: &Path) -> bool {
    // Held until it is removed: a writer that has just made it, and finds it unlocked, would take it for its own.
    let Ok(lock) = File::open(path) else { return false };
    let is_left_over = lock.try_lock().is_ok() && is_at(&lock, path);
    if is_left_over {
        remove(path);
    }
    is_left_over
}

/// Removes a file or folder. Where that fails, the failure to write is what matters.
pub(crate) fn remove(path: &Path) {
    let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
}

/// Whether a file is still where it was opened: its process may have given it its final name meanwhile.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |metadata: io::Result<fs::Metadata>| metadata.ok().map(|found| (found.dev(), found.ino()));
    place(file.metadata()).is_some_and(|own| Some(own) == place(fs::symlink_metadata(path)))
}

/// Elsewhere an open file cannot be renamed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}
