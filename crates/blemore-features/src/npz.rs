//! Archives of arrays as `numpy.savez` and `numpy.savez_compressed` write them.

mod error;
mod write;

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;

use blemore_base::limits::{ARCHIVE_MEMBERS, FREE_INFLATION, INFLATION};
use blemore_base::list::Names;
use blemore_base::text::Excerpt;
use blemore_base::{InputFile, is_given_wrong, read_full};
use flate2::read::DeflateDecoder;
use rawzip::{
    CompressionMethod, ErrorKind, RECOMMENDED_BUFFER_SIZE, RangeReader, ReaderAt, ZipArchive,
    ZipArchiveEntryWayfinder, ZipLocator, ZipVerification,
};

pub use error::NpzError;
pub(crate) use write::ArchiveWriter;

use crate::ClipProblem;
use crate::aligned::AlignedBytes;
use crate::npy::header::MAX_PREFIX;
use crate::npy::{Header, NpyArray};

/// Where the bytes of an archive are.
enum Source<'a> {
    Memory(&'a [u8]),
    File(InputFile),
}

impl Source<'_> {
    fn length(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(file) => file.length(),
        }
    }
}

impl ReaderAt for Source<'_> {
    fn read_at(&self, bytes: &mut [u8], position: u64) -> io::Result<usize> {
        match self {
            Self::Memory(source) => source.read_at(bytes, position),
            Self::File(file) => file.read_at(bytes, position),
        }
    }
}

/// An archive, and its arrays in the order of its directory. Of a file, an array is read when it is asked for.
pub(crate) struct Archive<'a> {
    zip: ZipArchive<Source<'a>>,
    members: Vec<Entry>,
    /// Where each name is among the members.
    places: HashMap<String, usize>,
}

struct Entry {
    /// Without the extension `.npy`.
    name: String,
    entry: ZipArchiveEntryWayfinder,
    crc: u32,
    method: CompressionMethod,
    encrypted: bool,
}

impl Archive<'static> {
    pub(crate) fn open(path: &Path) -> Result<Self, ClipProblem> {
        Archive::of(Source::File(InputFile::open(path)?))
    }
}

impl<'a> Archive<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, ClipProblem> {
        Self::of(Source::Memory(bytes))
    }

    fn of(source: Source<'a>) -> Result<Self, ClipProblem> {
        let damaged = |error| unusable(error, not_zip);
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let length = source.length();
        let zip = ZipLocator::new().locate_in_reader(source, &mut buffer, length);
        let zip = zip.map_err(|(_, error)| damaged(error))?;
        let (mut members, mut places) = (Vec::new(), HashMap::new());
        let mut entries = zip.entries(&mut buffer);
        while let Some(entry) = entries.next_entry().map_err(damaged)? {
            let path = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
            let name = path.strip_suffix(".npy").unwrap_or(&path).to_owned();
            if places.insert(name.clone(), members.len()).is_some() {
                return Err(
                    NpzError::member(&name, "is in the archive twice: write the archive again").into()
                );
            }
            if members.len() == ARCHIVE_MEMBERS {
                return Err(NpzError::Archive(format!(
                    "the archive holds more than {ARCHIVE_MEMBERS} arrays"
                ))
                .into());
            }
            members.push(Entry {
                name,
                entry: entry.wayfinder(),
                crc: entry.crc32(),
                method: entry.compression_method(),
                encrypted: entry.flags().is_encrypted(),
            });
        }
        if u64::try_from(members.len()).ok() != Some(zip.entries_hint()) {
            return Err(not_zip("its directory is cut short".to_owned()).into());
        }
        Ok(Self { zip, members, places })
    }

    /// Names of the arrays, without the extension.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.name.as_str())
    }

    /// Reads an array into `bytes`, and checks it: what is checked is what is used.
    pub(crate) fn member<'b>(
        &self,
        name: &str,
        bytes: &'b mut AlignedBytes,
    ) -> Result<NpyArray<'b>, ClipProblem> {
        let entry = self.find(name)?;
        let read = self.unpack(entry, bytes);
        self.check_unchanged()?;
        read?;
        let header = entry.header(bytes)?;
        Ok(NpyArray::new(header, bytes)?)
    }

    /// Reads the only array.
    pub(crate) fn only_member<'b>(&self, bytes: &'b mut AlignedBytes) -> Result<NpyArray<'b>, ClipProblem> {
        match &self.members[..] {
            [entry] => self.member(&entry.name, bytes),
            _ => {
                let problem = "a clip's archive holds exactly one array, found";
                Err(NpzError::Archive(format!("{problem} {}: save each clip by itself", self.listed()))
                    .into())
            }
        }
    }

    /// The header of an array, of which no more than the beginning is read.
    pub(crate) fn header(&self, name: &str) -> Result<Header, ClipProblem> {
        let (entry, mut prefix) = (self.find(name)?, Vec::new());
        let (mut reader, _) = self.reader(entry)?;
        let read = reader.by_ref().take(MAX_PREFIX as u64).read_to_end(&mut prefix);
        self.check_unchanged()?;
        read.map_err(|error| entry.unreadable(error))?;
        entry.header(&prefix)
    }

    /// The names for a message.
    fn listed(&self) -> String {
        let names: Vec<_> = self.names().map(Excerpt).collect();
        if names.is_empty() { "none".to_owned() } else { Names(&names).to_string() }
    }

    fn find(&self, name: &str) -> Result<&Entry, NpzError> {
        let member = self.places.get(name).and_then(|place| self.members.get(*place));
        let member = member.ok_or_else(|| {
            let found = self.listed();
            let problem = format!(
                "is missing (a table has X and filenames, as `blemore aggregate` writes them); the archive holds {found}"
            );
            NpzError::member(name, problem)
        })?;
        let readable = [CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&member.method);
        if member.encrypted || !readable {
            let problem =
                "is encrypted or packed in an unusual way: numpy.savez and savez_compressed are read";
            return Err(NpzError::member(name, problem));
        }
        Ok(member)
    }

    /// Gives the bytes of an array, and says how many there are in the archive.
    fn reader(&self, entry: &Entry) -> Result<(Box<dyn Read + '_>, u64), ClipProblem> {
        let found = self.zip.get_entry(entry.entry);
        let (start, end) =
            found.map_err(|error| unusable(error, |problem| entry.damaged(problem)))?.compressed_data_range();
        if end > self.zip.get_ref().length() {
            return Err(entry.damaged("its data lie outside the file".to_owned()).into());
        }
        let data = RangeReader::new(self.zip.get_ref(), start..end);
        let reader: Box<dyn Read> = if entry.method == CompressionMethod::STORE {
            Box::new(data)
        } else {
            Box::new(DeflateDecoder::new(data))
        };
        Ok((reader, end - start))
    }

    /// Reads as many bytes as the directory says, which have to be all that there are.
    fn unpack(&self, entry: &Entry, bytes: &mut AlignedBytes) -> Result<(), ClipProblem> {
        let (mut reader, compressed) = self.reader(entry)?;
        let length = entry.entry.uncompressed_size_hint();
        if length > FREE_INFLATION && length / INFLATION > compressed {
            let problem = format!(
                "would inflate from {compressed} to {length} bytes, more than {INFLATION} times: refused as a zip bomb; \
                 if it is real, save it with numpy.savez (not savez_compressed)"
            );
            return Err(NpzError::member(&entry.name, problem).into());
        }
        let room = length.saturating_add(1);
        let read = bytes.fill(room, |bytes| read_full(bytes, |rest, _| reader.read(rest)));
        read.map_err(|error| entry.unreadable(error))?;
        let claimed = ZipVerification { crc: entry.crc, uncompressed_size: length };
        let found = ZipVerification { crc: crc32fast::hash(bytes), uncompressed_size: bytes.len() as u64 };
        Ok(claimed.valid(found).map_err(|error| entry.damaged(error.to_string()))?)
    }

    fn check_unchanged(&self) -> Result<(), ClipProblem> {
        match self.zip.get_ref() {
            Source::Memory(_) => Ok(()),
            Source::File(file) => Ok(file.check_unchanged()?),
        }
    }
}

impl Entry {
    /// Reads the header from the beginning of the array, which has to be as long as the directory says.
    fn header(&self, bytes: &[u8]) -> Result<Header, ClipProblem> {
        let header =
            Header::parse(bytes).map_err(|source| NpzError::Array { name: self.name.clone(), source })?;
        let (promised, found) = (header.file_length() as u64, self.entry.uncompressed_size_hint());
        if promised != found {
            let problem =
                format!("should take {promised} bytes by its header, {found} by the archive's directory");
            return Err(NpzError::member(&self.name, problem).into());
        }
        Ok(header)
    }

    fn damaged(&self, problem: String) -> NpzError {
        NpzError::member(&self.name, format!("is damaged ({problem}): copy or write the archive again"))
    }

    fn unreadable(&self, error: io::Error) -> ClipProblem {
        if is_given_wrong(&error) { self.damaged(error.to_string()).into() } else { error.into() }
    }
}

fn not_zip(problem: String) -> NpzError {
    NpzError::Archive(format!("this is not a readable .npz archive ({problem}): save it with numpy.savez"))
}

/// What the zip reader says: that the disk fails, or that the archive is damaged.
fn unusable(error: rawzip::Error, damaged: impl FnOnce(String) -> NpzError) -> ClipProblem {
    let problem = error.to_string();
    match error.into_kind() {
        ErrorKind::IO(error) if !is_given_wrong(&error) => error.into(),
        _ => damaged(problem).into(),
    }
}
