//! Input files: regular ones, that stay as they are while they are read.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::SystemTime;

use crate::limits;

/// A regular file that is read by position, and in which every change is an error.
///
/// Anything else is refused before it is opened: a pipe would block, a device may never end. Whoever has read
/// what he needs calls [`check_unchanged`](Self::check_unchanged) before he uses it. A name that is given to
/// another file meanwhile changes nothing: the one that was opened is read to its end.
#[derive(Debug)]
pub struct InputFile {
    file: File,
    length: u64,
    modified: Option<SystemTime>,
}

impl InputFile {
    /// Opens a file.
    ///
    /// # Errors
    /// Those of the system; for a folder, a pipe, a socket, a terminal or another device, which it names.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        check_regular(&fs::metadata(path)?)?;
        let file = File::open(path)?;
        let found = file.metadata()?;
        check_regular(&found)?;
        let (length, modified) = stamp(&found);
        Ok(Self { file, length, modified })
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Reads bytes from a position on, and says how many: as many as there is room for, or fewer at the end.
    ///
    /// # Errors
    /// Those of the system.
    pub fn read_at(&self, bytes: &mut [u8], position: u64) -> io::Result<usize> {
        #[cfg(unix)]
        let read_at = std::os::unix::fs::FileExt::read_at;
        #[cfg(windows)]
        let read_at = std::os::windows::fs::FileExt::seek_read;
        read_full(bytes, |rest, done| read_at(&self.file, rest, position + done as u64))
    }

    /// The file from its start, which can be read once.
    pub fn reader(&self) -> impl Read {
        (&self.file).take(self.length)
    }

    /// Reads the whole file into `bytes`, which are as many; gives their number.
    ///
    /// # Errors
    /// Those of the system; for a file that was changed meanwhile, or is not as long as `bytes`.
    pub fn read_all(&self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.read_at(bytes, 0)?;
        // A byte more shows a file that grows, and one that tells no length.
        let more = self.read_at(&mut [0], read as u64)?;
        self.check_unchanged()?;
        if (read as u64, more) == (self.length, 0) { Ok(read) } else { Err(changed()) }
    }

    /// Refuses a file that has another length, or was written to, since it was opened.
    ///
    /// # Errors
    /// Those of the system; for a file that was changed.
    pub fn check_unchanged(&self) -> io::Result<()> {
        let now = stamp(&self.file.metadata()?);
        if now == (self.length, self.modified) { Ok(()) } else { Err(changed()) }
    }

    /// The file, for a library that reads it.
    pub fn into_file(self) -> File {
        self.file
    }
}

/// Reads until `bytes` are full, or there is no more; says how many were read. `read` is given the room that is left, and how
/// many bytes stand before it.
///
/// ```
/// use std::io::Read;
///
/// let (mut source, mut bytes) = (&b"text"[..], [0; 6]);
/// assert_eq!(blemore_base::read_full(&mut bytes, |rest, _| source.read(rest))?, 4);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Those of `read`.
pub fn read_full(
    bytes: &mut [u8],
    mut read: impl FnMut(&mut [u8], usize) -> io::Result<usize>,
) -> io::Result<usize> {
    let mut done = 0;
    while done < bytes.len() {
        match read(&mut bytes[done..], done) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// All bytes of a file of text, or of another format that is read whole.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("notes.txt");
/// std::fs::write(&path, "text")?;
/// assert_eq!(blemore_base::read_input(&path)?, b"text");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Those of [`InputFile`]; for more than [`limits::TEXT_BYTES`].
pub fn read_input(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let file = InputFile::open(path)?;
    let length = file.length();
    if length > limits::TEXT_BYTES {
        let limit = limits::TEXT_BYTES;
        return Err(refused(&format!("it has {length} bytes; more than {limit} are no text")));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length as usize)?;
    bytes.resize(length as usize, 0);
    file.read_all(&mut bytes)?;
    Ok(bytes)
}

/// As [`read_input`], of UTF-8 text.
///
/// # Errors
/// Those of [`read_input`]; for bytes that are no UTF-8.
pub fn read_input_text(path: impl AsRef<Path>) -> io::Result<String> {
    String::from_utf8(read_input(path)?).map_err(|_| refused("it is not UTF-8 text: save it as UTF-8"))
}

/// Refuses what is no regular file, and says what it is.
///
/// # Errors
/// For a folder, a pipe, a socket, a terminal or another device.
pub fn check_regular(found: &Metadata) -> io::Result<()> {
    match found {
        _ if found.is_file() => Ok(()),
        _ if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        _ => Err(refused(&format!(
            "it is {}, not a regular file: save what it gives to a file first",
            kind(found)
        ))),
    }
}

#[cfg(unix)]
fn kind(found: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match found.file_type() {
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a terminal or another device",
    }
}

#[cfg(not(unix))]
fn kind(_: &Metadata) -> &'static str {
    "a device"
}

/// Length and time of the last change, where the system tells it.
fn stamp(found: &Metadata) -> (u64, Option<SystemTime>) {
    (found.len(), found.modified().ok())
}

fn changed() -> io::Error {
    refused("it was changed while it was read: run again when it is complete")
}

fn refused(problem: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, problem)
}
