//! Sealed JSON documents in files.

use std::path::Path;

use blemore_base::{is_given_wrong, read_input};
use blemore_hash::{seal, unseal};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::folder::{cannot_read, write_whole};
use crate::Error;

/// Writes a document of at least one field, whole or not at all, over one that is there.
///
/// # Errors
/// [`Error::Write`], [`Error::Json`] for a value without a JSON form.
pub(crate) fn write_sealed<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|source| Error::Json { path: path.to_owned(), source })?;
    write_whole(path, format!("{}\n", seal(&text)).as_bytes())
}

/// Reads a document that [`write_sealed`] wrote.
///
/// # Errors
/// [`Error::Read`]; [`Error::Damaged`] for one that was changed since.
pub(crate) fn read_sealed<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let damaged = |problem: String| Error::Damaged { path: path.to_owned(), problem };
    let bytes = match read_input(path) {
        Err(error) if is_given_wrong(&error) => return Err(damaged(error.to_string())),
        bytes => bytes.map_err(cannot_read(path))?,
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged("it is no text".to_owned()))?;
    let text = text.strip_suffix('\n').ok_or_else(|| damaged("it was cut off".to_owned()))?;
    let text = unseal(text).map_err(|problem| damaged(problem.to_string()))?;
    serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))
}
