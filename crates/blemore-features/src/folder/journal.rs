//! The rows that an aggregation has finished, beside its output, so that a run that was killed goes on where
//! it stopped.
//!
//! A header with the settings, then one record a clip, appended whole as it is done. Each carries a checksum:
//! what a killed process or a full disk left half written is cut off when the file is opened again.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use blemore_labels::ClipName;

use super::source::Fingerprint;
use super::worker::{About, Row};
use crate::{Error, Mending};

/// What the file begins with.
const MAGIC: &[u8] = b"blemore rows 1\n";
/// The longest record that is read: a row of 2^28 values.
const MAX_RECORD: usize = 1 << 30;
/// Added to the output's name.
const SUFFIX: &str = ".partial";

/// The file of finished rows, locked against other processes.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Where the next record goes.
    end: u64,
    rows: HashMap<String, Kept>,
}

/// A row that lies in the file.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    pub(super) about: About,
    /// Where its values begin.
    offset: u64,
    /// Number of its values.
    pub(super) values: usize,
}

/// The file beside `output`.
pub(super) fn path(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}

impl Journal {
    /// Opens the file beside `output`, or begins it. Rows of other settings are thrown away.
    pub(super) fn open(output: &Path, settings: &str) -> Result<Self, Error> {
        let path = path(output);
        let cannot = |source| Error::Write { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(cannot)?;
        }
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(cannot)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { output: output.to_owned() }),
            // Some file systems know no locks; there, two processes at once are the user's to avoid.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut journal = Self { path: path.clone(), file, end: 0, rows: HashMap::new() };
        if !journal.resume(settings).map_err(cannot)? {
            return Err(Error::ForeignFile { path });
        }
        Ok(journal)
    }

    /// Takes over the rows of an earlier run with the same settings. `false` when the file is something else.
    fn resume(&mut self, settings: &str) -> io::Result<bool> {
        let header = header(settings);
        let mut reader = BufReader::new(&self.file);
        let mut found = Vec::new();
        reader.by_ref().take(header.len() as u64).read_to_end(&mut found)?;
        let magic = found.len().min(MAGIC.len());
        if found[..magic] != MAGIC[..magic] {
            return Ok(false);
        }
        if found == header {
            self.end = header.len() as u64;
            let mut payload = Vec::new();
            while let Some((clip, about)) = read_record(&mut reader, &mut payload)? {
                let offset = self.end + (LENGTH + payload.len() - about.values * VALUE) as u64;
                self.end += (LENGTH + payload.len() + CHECKSUM) as u64;
                self.rows.insert(clip, Kept { about: about.about, offset, values: about.values });
            }
            self.file.set_len(self.end)?;
        } else {
            self.file.set_len(0)?;
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(&header)?;
            self.end = header.len() as u64;
        }
        Ok(true)
    }

    /// The row of a clip, if it has been finished.
    pub(super) fn kept(&self, clip: &ClipName) -> Option<&Kept> {
        self.rows.get(clip.as_str())
    }

    /// Adds the row of a clip; it counts instead of an earlier one.
    pub(super) fn append(&mut self, clip: &ClipName, row: &Row) -> Result<(), Error> {
        let payload = encode(clip, row);
        let record = match u32::try_from(payload.len()) {
            Ok(length) if payload.len() <= MAX_RECORD => {
                let checksum = crc32fast::hash(&payload).to_le_bytes();
                [&length.to_le_bytes()[..], &payload, &checksum].concat()
            }
            _ => return Err(self.cannot_write(io::Error::other("the row is too long"))),
        };
        let write = |mut file: &File| {
            file.seek(SeekFrom::Start(self.end))?;
            file.write_all(&record)
        };
        write(&self.file).map_err(|source| self.cannot_write(source))?;
        let values = row.values.len();
        let offset = self.end + (LENGTH + payload.len() - values * VALUE) as u64;
        self.rows.insert(clip.to_string(), Kept { about: row.about, offset, values });
        self.end += record.len() as u64;
        Ok(())
    }

    /// The values of a row, as little-endian bytes, into `bytes`.
    pub(super) fn read_values(&self, kept: &Kept, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.resize(kept.values * VALUE, 0);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(kept.offset))?;
        file.read_exact(bytes)
    }

    /// Removes the file: its rows are in the output.
    pub(super) fn remove(self) -> Result<(), Error> {
        match std::fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(self.cannot_write(source)),
            _ => Ok(()),
        }
    }

    fn cannot_write(&self, source: io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }
}

/// Bytes of a record's length, before it.
const LENGTH: usize = size_of::<u32>();
/// Bytes of a record's checksum, behind it.
const CHECKSUM: usize = size_of::<u32>();
/// Bytes of a value.
const VALUE: usize = size_of::<f32>();

fn header(settings: &str) -> Vec<u8> {
    [MAGIC, settings.as_bytes(), b"\n"].concat()
}

fn encode(clip: &ClipName, row: &Row) -> Vec<u8> {
    let About { fingerprint: Fingerprint { length, modified, checksum }, dimensions, mending } = row.about;
    let name = clip.as_str().as_bytes();
    let mut payload = Vec::with_capacity(64 + name.len() + row.values.len() * VALUE);
    payload.extend((name.len() as u64).to_le_bytes());
    payload.extend(name);
    for number in [length, modified, u64::from(checksum), dimensions as u64, u64::from(mending.is_some())] {
        payload.extend(number.to_le_bytes());
    }
    let Mending { frames_dropped, values_interpolated } = mending.unwrap_or_default();
    payload.extend((frames_dropped as u64).to_le_bytes());
    payload.extend((values_interpolated as u64).to_le_bytes());
    payload.extend(row.values.iter().flat_map(|value| value.to_le_bytes()));
    payload
}

/// What a record says, but for its values.
struct Record {
    about: About,
    /// Number of values.
    values: usize,
}

/// The next record, with its bytes in `payload`; `None` at the end, and where the rest is damaged.
fn read_record(reader: &mut impl Read, payload: &mut Vec<u8>) -> io::Result<Option<(String, Record)>> {
    payload.clear();
    let mut number = [0; LENGTH];
    if !read_whole(reader, &mut number)? {
        return Ok(None);
    }
    let length = u32::from_le_bytes(number) as usize;
    if length > MAX_RECORD || reader.take(length as u64).read_to_end(payload)? != length {
        return Ok(None);
    }
    let whole = read_whole(reader, &mut number)? && u32::from_le_bytes(number) == crc32fast::hash(payload);
    Ok(if whole { decode(payload) } else { None })
}

/// Whether there were as many bytes as the buffer takes.
fn read_whole(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn decode(mut payload: &[u8]) -> Option<(String, Record)> {
    let name_length = usize::try_from(take_number(&mut payload)?).ok()?;
    let (name, rest) = payload.split_at_checked(name_length)?;
    payload = rest;
    let mut number = || take_number(&mut payload);
    let (length, modified, checksum) = (number()?, number()?, u32::try_from(number()?).ok()?);
    let (dimensions, mended) = (usize::try_from(number()?).ok()?, number()? != 0);
    let (frames_dropped, values_interpolated) =
        (usize::try_from(number()?).ok()?, usize::try_from(number()?).ok()?);
    let mending = mended.then_some(Mending { frames_dropped, values_interpolated });
    let fingerprint = Fingerprint { length, modified, checksum };
    let about = About { fingerprint, dimensions, mending };
    let name = String::from_utf8(name.to_vec()).ok()?;
    Some((name, Record { about, values: payload.len() / VALUE }))
}

fn take_number(payload: &mut &[u8]) -> Option<u64> {
    let (number, rest) = payload.split_first_chunk()?;
    *payload = rest;
    Some(u64::from_le_bytes(*number))
}
