//! Files that are there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::Error;

/// Names that are tried for the unfinished file before giving up: some may be left over from processes that were killed.
const MAX_ATTEMPTS: u32 = 1_000;

/// Writes beside `path` and moves the finished file there, making the folders above it. A reader sees the file that was
/// there before or the new one, and a failure leaves what was there.
pub(crate) fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    replace(path, fill).map_err(|source| Error::Write { path: path.to_owned(), source })
}

fn replace(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    fs::create_dir_all(folder)?;
    let (file, unfinished) = Unfinished::create(folder, name.to_owned())?;
    let mut writer = BufWriter::new(file);
    fill(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    unfinished.rename(path)
}

/// The path of a file that is removed unless it gets its final name; `None` from then on, because another writer may
/// have taken the path meanwhile.
struct Unfinished(Option<PathBuf>);

impl Unfinished {
    fn create(folder: &Path, name: OsString) -> io::Result<(File, Self)> {
        let process = std::process::id();
        let mut attempt = 0;
        loop {
            let mut hidden = OsString::from(".");
            hidden.push(&name);
            hidden.push(format!(".{process}-{attempt}.tmp"));
            let path = folder.join(hidden);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < MAX_ATTEMPTS => {
                    attempt += 1
                }
                opened => return Ok((opened?, Self(Some(path)))),
            }
        }
    }

    fn rename(mut self, path: &Path) -> io::Result<()> {
        if let Some(unfinished) = &self.0 {
            fs::rename(unfinished, path)?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(unfinished) = &self.0 {
            // Where removing fails, the failure to write is what matters.
            let _ = fs::remove_file(unfinished);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made").join("file");
        write(&path, |writer| writer.write_all(b"old")).unwrap();
        let failed = write(&path, |writer| {
            writer.write_all(b"new")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.unwrap_err().to_string().contains("disk full"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write(&path, |writer| writer.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(path.parent().unwrap()), ["file"]);
    }

    #[test]
    fn several_threads_may_write_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::thread::scope(|scope| {
            for letter in *b"abcd" {
                let path = &path;
                scope.spawn(move || write(path, |writer| writer.write_all(&[letter; 100_000])).unwrap());
            }
        });
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() == 100_000 && bytes.iter().all(|byte| *byte == bytes[0]));
        assert_eq!(names(folder.path()).len(), 1);
    }

    #[test]
    fn a_path_without_a_name_is_an_error() {
        assert!(write(Path::new("/"), |_| Ok(())).is_err());
        assert!(write(Path::new(""), |_| Ok(())).is_err());
    }
}
