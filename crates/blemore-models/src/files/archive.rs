//! Named arrays and a description in one safetensors file, written whole or not at all.
//!
//! The description is one JSON document under one metadata key, with the SHA-256 of every array and of itself. Arrays are stored in the order given, so that equal contents
//! are equal bytes. A reader reads the header before any array, and reads only arrays of the shape that it expects: a
//! foreign or broken file takes no memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use blemore_base::{InputFile, atomic_write};
use blemore_hash::{Hash, Hasher, seal, unseal};
use safetensors::tensor::{Metadata, TensorInfo};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::numbers::{Number, bytes_of, read_values};
use crate::{Error, FileFault};

/// The metadata key of the description.
const DESCRIPTION: &str = "blemore";
/// Longest header that is read: the limit of the safetensors crate.
const MAX_HEADER_BYTES: u64 = 100_000_000;
/// Bytes of the header's length at the start of the file.
const LENGTH_BYTES: u64 = 8;
/// Headers are filled up to a multiple of this.
const HEADER_ALIGNMENT: usize = 8;

/// What the metadata hold: a description, and the hash of each array by name.
#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    description: T,
    arrays: BTreeMap<String, Hash>,
}

/// The hash of an array: of its type, shape and bytes.
fn hash_of(info: &TensorInfo, bytes: &[u8]) -> Hash {
    Hasher::new(&format!("{:?}", info.dtype)).numbers(&info.shape).bytes(bytes).finish()
}

/// What is to be written.
pub(crate) struct Archive<'a, T> {
    description: T,
    arrays: Vec<(String, TensorInfo, Cow<'a, [u8]>)>,
}

impl<'a, T: Serialize> Archive<'a, T> {
    /// An archive with this description and no array yet.
    pub(crate) fn new(description: T) -> Self {
        Self { description, arrays: Vec::new() }
    }

    /// Adds an array of this shape.
    pub(crate) fn push<N: Number>(
        &mut self,
        name: impl Into<String>,
        shape: &[usize],
        values: impl Into<Cow<'a, [N]>>,
    ) {
        let start = self.arrays.last().map_or(0, |(_, info, _)| info.data_offsets.1);
        let bytes = bytes_of(values.into());
        let info =
            TensorInfo { dtype: N::DTYPE, shape: shape.to_vec(), data_offsets: (start, start + bytes.len()) };
        self.arrays.push((name.into(), info, bytes));
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(crate) fn write(self, path: &Path) -> Result<(), Error> {
        atomic_write(path, |out| {
            let hashes = self.arrays.iter().map(|(name, info, bytes)| (name.clone(), hash_of(info, bytes)));
            let sealed = Sealed { description: &self.description, arrays: hashes.collect() };
            let sealed = seal(&serde_json::to_string(&sealed)?);
            let description = HashMap::from([(DESCRIPTION.to_owned(), sealed)]);
            let infos = self.arrays.iter().map(|(name, info, _)| (name.clone(), info.clone())).collect();
            let metadata = Metadata::new(Some(description), infos).map_err(io::Error::other)?;
            let mut header = serde_json::to_vec(&metadata)?;
            header.resize(header.len().next_multiple_of(HEADER_ALIGNMENT), b' ');
            out.write_all(&(header.len() as u64).to_le_bytes())?;
            out.write_all(&header)?;
            self.arrays.iter().try_for_each(|(_, _, bytes)| out.write_all(bytes))
        })
        .map_err(|source| Error::Write { path: path.to_owned(), source })
    }
}

/// An archive whose header has been read and checked.
#[derive(Debug)]
pub(crate) struct Contents {
    path: PathBuf,
    file: File,
    arrays_start: u64,
    metadata: Metadata,
    hashes: BTreeMap<String, Hash>,
}

impl Contents {
    /// Opens a file and checks that it is a whole safetensors file.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::UnusableFile`] with `kind`, what the file should have been.
    pub(crate) fn open(path: &Path, kind: &'static str) -> Result<Self, Error> {
        let unreadable = |source| Error::Read { path: path.to_owned(), source };
        let unusable = |fault| Error::UnusableFile { path: path.to_owned(), kind, faults: vec![fault] };
        let file = InputFile::open(path).map_err(unreadable)?;
        let (found, mut file) = (file.length(), file.into_file());
        if found < LENGTH_BYTES {
            return Err(unusable(FileFault::Truncated { expected: LENGTH_BYTES, found }));
        }
        let mut length = [0; LENGTH_BYTES as usize];
        file.read_exact(&mut length).map_err(unreadable)?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER_BYTES {
            return Err(unusable(FileFault::HeaderTooLong { found: length, limit: MAX_HEADER_BYTES }));
        }
        let arrays_start = LENGTH_BYTES + length;
        if found < arrays_start {
            return Err(unusable(FileFault::Truncated { expected: arrays_start, found }));
        }
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header).map_err(unreadable)?;
        let metadata: Metadata = serde_json::from_slice(&header).map_err(|fault| unusable(fault.into()))?;
        let expected = arrays_start.saturating_add(metadata.data_len() as u64);
        match found.cmp(&expected) {
            std::cmp::Ordering::Less => Err(unusable(FileFault::Truncated { expected, found })),
            std::cmp::Ordering::Greater => Err(unusable(FileFault::TooLong { expected, found })),
            std::cmp::Ordering::Equal => {
                Ok(Self { path: path.to_owned(), file, arrays_start, metadata, hashes: BTreeMap::new() })
            }
        }
    }

    /// The description, if this is an archive of ours. It comes before the arrays: it has their hashes.
    pub(crate) fn description<T: DeserializeOwned>(&mut self) -> Result<T, FileFault> {
        let text = self.metadata.metadata().as_ref().and_then(|metadata| metadata.get(DESCRIPTION));
        let sealed: Sealed<T> = serde_json::from_str(&unseal(text.ok_or(FileFault::Foreign)?)?)?;
        self.hashes = sealed.arrays;
        Ok(sealed.description)
    }

    /// The shape of an array.
    pub(crate) fn shape(&self, name: &str) -> Result<&[usize], FileFault> {
        self.info(name).map(|info| info.shape.as_slice())
    }

    fn info(&self, name: &str) -> Result<&TensorInfo, FileFault> {
        self.metadata.info(name).ok_or_else(|| FileFault::MissingArray { name: name.to_owned() })
    }

    /// The values of an array of this shape, as they were written, all finite.
    pub(crate) fn array<N: Number>(&mut self, name: &str, shape: &[usize]) -> Result<Vec<N>, FileFault> {
        let info = self.info(name)?;
        if info.dtype != N::DTYPE || info.shape != shape {
            return Err(FileFault::OtherArray {
                name: name.to_owned(),
                expected: format!("{:?} {shape:?}", N::DTYPE),
                found: format!("{:?} {:?}", info.dtype, info.shape),
            });
        }
        let start = info.data_offsets.0;
        let values = self
            .file
            .seek(SeekFrom::Start(self.arrays_start + start as u64))
            .and_then(|_| read_values::<N>(&mut self.file, shape.iter().product()))
            .map_err(|source| FileFault::Array { name: name.to_owned(), source })?;
        let is_whole =
            self.hashes.get(name) == Some(&hash_of(self.info(name)?, &bytes_of(Cow::Borrowed(&values))));
        if !is_whole {
            return Err(FileFault::Changed { name: name.to_owned() });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(FileFault::NotFinite { name: name.to_owned(), index }),
            None => Ok(values),
        }
    }

    /// An error that says what is wrong with this file.
    pub(crate) fn unusable(&self, kind: &'static str, faults: Vec<FileFault>) -> Error {
        Error::UnusableFile { path: self.path.clone(), kind, faults }
    }
}
