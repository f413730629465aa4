//! A results folder: one subfolder a result, there whole or not at all, found by content hash.
//!
//! Several processes, and machines with a common file system, may share one. A result is written into a temporary folder
//! and renamed; while it is computed, its lock file is held, and the system lets go of that when a process dies.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use blemore_base::{Blame, InputFile, atomic_folder, atomic_write, entries};
use blemore_hash::Hash;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::key::of_result;
use super::sealed::{read_sealed, write_sealed};
use crate::{Error, Made};

/// Where the subfolders of results are.
const CELLS: &str = "cells";
/// Where lock files and unfinished work are.
const WORK: &str = ".work";
/// Hexadecimal digits that tell names apart which read the same: a dataset folder holds few of them.
const HASH_DIGITS: usize = 8;
/// The file of a result that is read back.
pub const RESULT_FILE: &str = "result.json";

/// A folder of results.
///
/// ```
/// use blemore_run::ResultsFolder;
/// # let temporary = tempfile::tempdir()?;
/// let folder = ResultsFolder::create(temporary.path().join("runs/wavlm"))?;
/// assert!(folder.path().is_dir());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ResultsFolder {
    path: PathBuf,
}

/// What a result's folder keeps in its [`RESULT_FILE`].
pub trait StoredResult: Serialize + DeserializeOwned {
    /// The name of its folder, which ends with the hash of all its inputs.
    fn name(&self) -> &str;
}

/// A result with the hashes of the files beside it, and how it was made.
#[derive(Serialize, Deserialize)]
struct Record<T> {
    #[serde(deserialize_with = "crate::plain_name::of_files")]
    files: BTreeMap<String, Hash>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made: Option<Made>,
    #[serde(flatten)]
    result: T,
}

/// The right to compute one result; it ends when this is dropped, or its process dies.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
}

impl ResultsFolder {
    /// The folder at `path`, made if it is not there.
    ///
    /// # Errors
    /// [`Error::Write`] when it cannot be made.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        for folder in [path.join(CELLS), path.join(WORK)] {
            fs::create_dir_all(&folder).map_err(cannot_write(&folder))?;
        }
        Ok(Self { path })
    }

    /// The folder at `path`, which must be there.
    ///
    /// # Errors
    /// [`Error::NoRun`] when it is not a results folder.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        if path.join(CELLS).is_dir() { Ok(Self { path }) } else { Err(Error::NoRun { path }) }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The subfolder of a result.
    pub fn of_result(&self, name: &str) -> PathBuf {
        self.path.join(CELLS).join(name)
    }

    /// Where a result keeps what it needs to go on after it was interrupted.
    pub fn unfinished(&self, name: &str) -> PathBuf {
        self.path.join(WORK).join(name)
    }

    /// The names of all results, finished and damaged ones, in order. Drafts are hidden, and not among them.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let cells = self.path.join(CELLS);
        let paths = entries(&cells).map_err(cannot_read(&cells))?;
        let names = paths.iter().filter_map(|path| path.file_name()?.to_str());
        Ok(names.filter(|name| !name.starts_with('.')).map(str::to_owned).collect())
    }

    /// A finished result, or `None` when it is not there. All its files are compared with the hashes in its record.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a result that is not whole, was changed, or is another's; [`Error::Read`].
    pub fn read<T: StoredResult>(&self, name: &str) -> Result<Option<T>, Error> {
        let folder = self.of_result(name);
        match fs::symlink_metadata(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found.map_err(cannot_read(&folder))?,
        };
        let path = folder.join(RESULT_FILE);
        let damaged = |problem| Err(Error::Damaged { path: folder.clone(), problem });
        if !folder.is_dir() {
            return damaged("it is no folder".to_owned());
        }
        if is_missing(&path)? {
            return damaged(format!("it has no {RESULT_FILE}"));
        }
        let record: Record<T> = match read_sealed(&path) {
            Err(Error::Damaged { problem, .. }) => return damaged(format!("{RESULT_FILE}: {problem}")),
            record => record?,
        };
        if record.result.name() != name {
            return damaged(format!("it holds the result {}", record.result.name()));
        }
        for (file, expected) in &record.files {
            let path = folder.join(file);
            if is_missing(&path)? {
                return damaged(format!("it has no {file}"));
            }
            match hash_of(&path) {
                Ok(found) if found == *expected => {}
                Ok(_) => return damaged(format!("its {file} was changed since it was written")),
                // Something else than a file is in its place.
                Err(error) if error.is_bad_input() => return damaged(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(record.result))
    }

    /// How a finished result was made, where its record tells it: those of earlier versions do not.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a record that was changed; [`Error::Read`].
    pub fn made(&self, name: &str) -> Result<Option<Made>, Error> {
        #[derive(Deserialize)]
        struct OfRecord {
            made: Option<Made>,
        }
        let record: OfRecord = read_sealed(&self.of_result(name).join(RESULT_FILE))?;
        Ok(record.made)
    }

    /// Removes a result that is damaged. The caller has the claim to it.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let folder = self.of_result(name);
        let removed = if folder.is_dir() { fs::remove_dir_all(&folder) } else { fs::remove_file(&folder) };
        removed.map_err(cannot_write(&folder))
    }

    /// Claims a result, or gives `None` when another process is computing it.
    pub fn try_claim(&self, name: &str) -> Result<Option<Claim>, Error> {
        let (path, lock) = self.lock_file(name)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Claim { _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(Error::Write { path, source }),
        }
    }

    /// Claims a result as soon as no other process is computing it.
    pub fn claim(&self, name: &str) -> Result<Claim, Error> {
        let (path, lock) = self.lock_file(name)?;
        lock.lock().map_err(cannot_write(&path))?;
        Ok(Claim { _lock: lock })
    }

    fn lock_file(&self, name: &str) -> Result<(PathBuf, File), Error> {
        let path = self.path.join(WORK).join(format!("{name}.lock"));
        let lock = File::options().create(true).append(true).open(&path).map_err(cannot_write(&path))?;
        Ok((path, lock))
    }

    /// Writes a result with `fill`, which is given an empty folder, and puts it in place whole, with the hashes of all its
    /// files, and with how it was `made`, if it was by a training.
    ///
    /// When it is there already (computed elsewhere in the meantime, from the same inputs), that one stays.
    ///
    /// # Errors
    /// Those of `fill`, and [`Error::Write`].
    pub fn write<T: StoredResult, E: From<Error>>(
        &self,
        result: &T,
        made: Option<Made>,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        self.place(result.name(), |draft| -> Result<(), E> {
            fill(draft)?;
            let record = Record { files: hashes(draft)?, made, result };
            Ok(write_sealed(&draft.join(RESULT_FILE), &record)?)
        })?;
        Ok(self.remove_unfinished(result.name())?)
    }

    /// Removes what a result kept to go on, if there is anything. The caller has the claim to it.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn remove_unfinished(&self, name: &str) -> Result<(), Error> {
        let unfinished = self.unfinished(name);
        match fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(cannot_write(&unfinished)(error)),
            _ => Ok(()),
        }
    }

    /// Fills a temporary folder and gives it the result's name, unless the result is there by then.
    ///
    /// # Errors
    /// Those of `fill`, and [`Error::Write`].
    pub fn place<E: From<Error>>(
        &self,
        name: &str,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        let target = self.of_result(name);
        match atomic_folder(&target, fill, |error| cannot_write(&target)(error).into()) {
            Err(_) if target.join(RESULT_FILE).is_file() => Ok(()),
            outcome => outcome,
        }
    }
}

/// Whether nothing is at a path.
fn is_missing(path: &Path) -> Result<bool, Error> {
    Ok(!path.try_exists().map_err(cannot_read(path))?)
}

/// The hash of a file's bytes.
fn hash_of(path: &Path) -> Result<Hash, Error> {
    let hash = InputFile::open(path).and_then(|file| Hash::of_reader(file.reader()));
    hash.map_err(cannot_read(path))
}

/// The hashes of the files in a folder.
fn hashes(folder: &Path) -> Result<BTreeMap<String, Hash>, Error> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let paths = entries(folder).map_err(cannot_read(folder))?;
    paths.iter().map(|path| Ok((name(path), hash_of(path)?))).collect()
}

/// Copies the files of a folder.
pub fn copy_folder(source: &Path, target: &Path) -> Result<(), Error> {
    for path in entries(source).map_err(cannot_read(source))? {
        let name = path.file_name().unwrap_or_default();
        fs::copy(&path, target.join(name)).map_err(cannot_write(&path))?;
    }
    Ok(())
}

/// Letters that a name may give to that of a folder: with a key, and two such names in a fusion, it must stay
/// below the 255 bytes of most file systems.
const MAX_LETTERS: usize = 80;

/// What every file system takes of a name; different names may become the same.
fn readable(name: &str) -> String {
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || ['_', '.', '-'].contains(&letter);
    name.chars().take(MAX_LETTERS).map(|letter| if is_safe(letter) { letter } else { '-' }).collect()
}

/// A name that every file system takes: the name itself where it can be, else what is readable of it, with a
/// hash that tells it from others that read the same.
pub fn unique_name(name: &str) -> String {
    let readable = readable(name);
    if readable == name {
        return readable;
    }
    let hash = of_result().text(name).finish().short();
    format!("{readable}-{}", &hash[..HASH_DIGITS])
}

/// The name of a result's subfolder: readable parts, and the key that tells results apart.
pub fn result_name(parts: &[&str], key: &Hash) -> String {
    let mut name = String::new();
    for part in parts {
        name.push_str(&readable(part));
        name.push('-');
    }
    // A name that began with a dot would be hidden.
    format!("{}{}", name.trim_start_matches(['.', '-']), key.short())
}

/// Makes the system's error one that names the file.
pub fn cannot_read(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    move |source| Error::Read { path: path.to_owned(), source }
}

/// Makes the system's error one that names the file.
pub fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    move |source| Error::Write { path: path.to_owned(), source }
}

/// Writes a file whole or not at all, replacing one that is there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    atomic_write(path, |out| out.write_all(bytes)).map_err(cannot_write(path))
}

/// Writes a document as JSON, whole or not at all, replacing a file that is there.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("weights.json");
/// blemore_run::write_json(&path, &[0.5, 0.25])?;
/// assert!(std::fs::read_to_string(&path)?.contains("0.25"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Write`], [`Error::Json`] for a document without a JSON form.
pub fn write_json<T: Serialize>(path: impl AsRef<Path>, value: &T) -> Result<(), Error> {
    let path = path.as_ref();
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|source| Error::Json { path: path.to_owned(), source })?;
    bytes.push(b'\n');
    write_whole(path, &bytes)
}
