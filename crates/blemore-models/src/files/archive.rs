//! Named arrays and a description in one safetensors file, written whole or not at all.
//!
//! The description is a JSON document under one metadata key. It holds the SHA-256 of every array and of itself. Arrays
//! are stored in the order given, so that equal contents are equal bytes. A reader reads the header before any array, and
//! reads only arrays of the shape that it expects, so a foreign or broken file takes no memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use blemore_base::{InputFile, atomic_write};
use blemore_hash::{Hash, Hasher, seal, unseal};
use bytemuck::Pod;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The metadata key of the description.
const DESCRIPTION: &str = "blemore";
/// Longest header that is read: the limit of the safetensors crate.
const MAX_HEADER_BYTES: u64 = 100_000_000;
/// Bytes of the header's length at the start of the file.
const LENGTH_BYTES: u64 = 8;
/// Headers are filled up to a multiple of this.
const HEADER_ALIGNMENT: usize = 8;

#[cfg(target_endian = "big")]
compile_error!("numbers in safetensors files begin with their lowest byte: numbers in memory must do so too");

/// A number that arrays are made of.
pub(crate) trait Number: Pod {
    /// Its name in the format.
    const DTYPE: Dtype;
    /// Whether it is neither NaN nor infinite.
    fn is_finite(&self) -> bool;
}

impl Number for f32 {
    const DTYPE: Dtype = Dtype::F32;
    fn is_finite(&self) -> bool {
        f32::is_finite(*self)
    }
}

impl Number for f64 {
    const DTYPE: Dtype = Dtype::F64;
    fn is_finite(&self) -> bool {
        f64::is_finite(*self)
    }
}

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
        let bytes: Cow<'a, [u8]> = match values.into() {
            Cow::Borrowed(values) => bytemuck::cast_slice(values).into(),
            Cow::Owned(values) => bytemuck::cast_slice(&values).to_vec().into(),
        };
        let start = self.arrays.last().map_or(0, |(_, info, _)| info.data_offsets.1);
        let data_offsets = (start, start + bytes.len());
        self.arrays.push((
            name.into(),
            TensorInfo { dtype: N::DTYPE, shape: shape.to_vec(), data_offsets },
            bytes,
        ));
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

/// An archive whose header has been read and checked. Faults are sentences about "it", the file.
#[derive(Debug)]
pub(crate) struct Contents {
    path: PathBuf,
    kind: &'static str,
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
        let cut_off = |expected| unusable(format!("it is cut off: {found} bytes of {expected}"));
        if found < LENGTH_BYTES {
            return Err(cut_off(LENGTH_BYTES));
        }
        let mut length = [0; LENGTH_BYTES as usize];
        file.read_exact(&mut length).map_err(unreadable)?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER_BYTES {
            return Err(unusable(format!(
                "its header would have {length} bytes, over the limit of {MAX_HEADER_BYTES}: it is not a safetensors \
                 file of this project"
            )));
        }
        let arrays_start = LENGTH_BYTES + length;
        if found < arrays_start {
            return Err(cut_off(arrays_start));
        }
        let mut header = vec![0; length as usize];
        file.read_exact(&mut header).map_err(unreadable)?;
        let metadata: Metadata =
            serde_json::from_slice(&header).map_err(|error| unusable(invalid_header(&error)))?;
        let expected = arrays_start.saturating_add(metadata.data_len() as u64);
        if found < expected {
            return Err(cut_off(expected));
        }
        if found > expected {
            return Err(unusable(format!("it has {found} bytes, but its header describes {expected}")));
        }
        Ok(Self { path: path.to_owned(), kind, file, arrays_start, metadata, hashes: BTreeMap::new() })
    }

    /// The description, if this is an archive of ours. Read it before the arrays: it has their hashes.
    pub(crate) fn description<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        let text = self.metadata.metadata().as_ref().and_then(|metadata| metadata.get(DESCRIPTION));
        let text = text.ok_or(
            "it is a safetensors file of another program: only files of this project hold what is needed",
        )?;
        let text =
            unseal(text).map_err(|broken| format!("its description is not as it was written: {broken}"))?;
        let sealed: Sealed<T> = serde_json::from_str(&text).map_err(|error| invalid_header(&error))?;
        self.hashes = sealed.arrays;
        Ok(sealed.description)
    }

    /// What the header says of an array.
    pub(crate) fn info(&self, name: &str) -> Result<&TensorInfo, String> {
        self.metadata.info(name).ok_or_else(|| format!("it lacks the array `{name}`"))
    }

    /// The values of an array of this shape, as they were written, all finite.
    pub(crate) fn array<N: Number>(&mut self, name: &str, shape: &[usize]) -> Result<Vec<N>, String> {
        let info = self.info(name)?;
        if info.dtype != N::DTYPE || info.shape != shape {
            let (found, found_shape, expected) = (info.dtype, &info.shape, N::DTYPE);
            return Err(format!(
                "its array `{name}` is {found:?} {found_shape:?}, expected {expected:?} {shape:?}"
            ));
        }
        let start = self.arrays_start + info.data_offsets.0 as u64;
        let mut values = vec![N::zeroed(); shape.iter().product()];
        self.file
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.file.read_exact(bytemuck::cast_slice_mut(&mut values)))
            .map_err(|error| format!("its array `{name}` cannot be read: {error}"))?;
        if self.hashes.get(name) != Some(&hash_of(self.info(name)?, bytemuck::cast_slice(&values))) {
            return Err(format!("its array `{name}` was changed since it was written"));
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => {
                Err(format!("its array `{name}` holds a value that is not finite at index {index}"))
            }
            None => Ok(values),
        }
    }

    /// An error that says what is wrong with this file.
    pub(crate) fn unusable(&self, faults: Vec<String>) -> Error {
        Error::UnusableFile { path: self.path.clone(), kind: self.kind, faults }
    }
}

fn invalid_header(error: &serde_json::Error) -> String {
    format!("its header is invalid: {error}")
}

/// Refuses a file of another kind, or of another version of its format.
pub(crate) fn check_format(found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("it holds a {found}, expected a {expected}")) }
}

/// The value, or `None` with its fault added to `faults`.
pub(crate) fn take<T>(faults: &mut Vec<String>, result: Result<T, String>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}
