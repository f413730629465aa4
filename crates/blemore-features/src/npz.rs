//! Archives of arrays as `numpy.savez` and `numpy.savez_compressed` write them.

mod error;
mod write;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipSliceArchive, ZipVerification};

pub use error::NpzError;
pub(crate) use write::ArchiveWriter;

use crate::NpyError;
use crate::npy::header::MAX_PREFIX;
use crate::npy::{Header, NpyArray};

/// The most arrays that an archive may hold.
pub(crate) const MAX_MEMBERS: usize = 1 << 16;
/// An array that inflates to no more than this is always read.
pub(crate) const FREE_INFLATION: u64 = 64 << 20;
/// Beyond [`FREE_INFLATION`], how many times its compressed size an array may have: features compress by 2,
/// bombs by 1,000.
pub(crate) const MAX_INFLATION: u64 = 100;

/// An archive, and its arrays in the order of its directory.
pub(crate) struct Archive<'a> {
    zip: ZipSliceArchive<&'a [u8]>,
    bytes: &'a [u8],
    members: Vec<Entry>,
    /// Where each name is among the members.
    places: HashMap<String, usize>,
}

struct Entry {
    /// Without the extension `.npy`.
    name: String,
    entry: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    encrypted: bool,
}

impl<'a> Archive<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, NpzError> {
        let damaged = |error: rawzip::Error| NpzError::NotZip { problem: error.to_string() };
        let zip = ZipArchive::from_slice(bytes).map_err(damaged)?;
        let (mut members, mut places) = (Vec::new(), HashMap::new());
        let mut entries = zip.entries();
        while let Some(entry) = entries.next_entry().map_err(damaged)? {
            let path = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
            let name = path.strip_suffix(".npy").unwrap_or(&path).to_owned();
            if places.insert(name.clone(), members.len()).is_some() {
                return Err(NpzError::RepeatedMember { name });
            }
            if members.len() == MAX_MEMBERS {
                return Err(NpzError::TooManyMembers);
            }
            members.push(Entry {
                name,
                entry: entry.wayfinder(),
                method: entry.compression_method(),
                encrypted: entry.flags().is_encrypted(),
            });
        }
        if u64::try_from(members.len()).ok() != Some(zip.entries_hint()) {
            return Err(NpzError::NotZip { problem: "its directory is cut short".to_owned() });
        }
        Ok(Self { zip, bytes, members, places })
    }

    /// Names of the arrays, without the extension.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.name.as_str())
    }

    /// An array: its bytes are those of the archive where they are stored, else inflated.
    pub(crate) fn member(&self, name: &str) -> Result<Member<'a>, NpzError> {
        let entry = self.find(name)?;
        if entry.method != CompressionMethod::STORE {
            return self.inflate(entry);
        }
        let data = self.compressed(entry)?;
        self.verify(entry, data)?;
        Ok(Member { header: self.header_of(entry)?, bytes: Cow::Borrowed(data) })
    }

    /// The only array.
    pub(crate) fn only_member(&self) -> Result<Member<'a>, NpzError> {
        match &self.members[..] {
            [entry] => self.member(&entry.name),
            _ => Err(NpzError::NotOneMember { found: self.names().map(str::to_owned).collect() }),
        }
    }

    /// The header of an array, of which no more than the beginning is inflated.
    pub(crate) fn header(&self, name: &str) -> Result<Header, NpzError> {
        self.header_of(self.find(name)?)
    }

    fn header_of(&self, member: &Entry) -> Result<Header, NpzError> {
        let data = self.compressed(member)?;
        let prefix = if member.method == CompressionMethod::STORE {
            Cow::Borrowed(data)
        } else {
            Cow::Owned(inflate_prefix(data, MAX_PREFIX).map_err(|error| damaged(&member.name, &error))?)
        };
        let header =
            Header::parse(&prefix).map_err(|source| NpzError::Array { name: member.name.clone(), source })?;
        let (promised, found) = (header.file_length() as u64, member.entry.uncompressed_size_hint());
        if promised != found {
            return Err(NpzError::MemberLength { name: member.name.clone(), promised, found });
        }
        Ok(header)
    }

    fn find(&self, name: &str) -> Result<&Entry, NpzError> {
        let member = self.places.get(name).and_then(|place| self.members.get(*place));
        let member = member.ok_or_else(|| NpzError::MissingMember {
            name: name.to_owned(),
            found: self.names().map(str::to_owned).collect(),
        })?;
        let readable = [CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&member.method);
        if member.encrypted || !readable {
            return Err(NpzError::Compression { name: name.to_owned() });
        }
        Ok(member)
    }

    fn compressed(&self, member: &Entry) -> Result<&'a [u8], NpzError> {
        let entry = self.zip.get_entry(member.entry).map_err(|error| damaged(&member.name, &error))?;
        let (start, end) = entry.compressed_data_range();
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        let data = range.and_then(|(start, end)| self.bytes.get(start..end));
        data.ok_or_else(|| damaged(&member.name, &"its data lie outside the file"))
    }

    /// Inflates as many bytes as the header promises, which have to be as many as the directory says.
    fn inflate(&self, entry: &Entry) -> Result<Member<'a>, NpzError> {
        let header = self.header_of(entry)?;
        let (length, data) = (header.file_length(), self.compressed(entry)?);
        let (inflated, compressed) = (length as u64, data.len() as u64);
        if inflated > FREE_INFLATION && inflated / MAX_INFLATION > compressed {
            return Err(NpzError::Bomb { name: entry.name.clone(), compressed, inflated });
        }
        let bytes =
            inflate_prefix(data, length.saturating_add(1)).map_err(|error| damaged(&entry.name, &error))?;
        self.verify(entry, &bytes)?;
        Ok(Member { header, bytes: Cow::Owned(bytes) })
    }

    fn verify(&self, entry: &Entry, bytes: &[u8]) -> Result<(), NpzError> {
        let found = ZipVerification { crc: crc32fast::hash(bytes), uncompressed_size: bytes.len() as u64 };
        let wrong = |error: rawzip::Error| damaged(&entry.name, &error);
        self.zip.get_entry(entry.entry).map_err(wrong)?.claim_verifier().valid(found).map_err(wrong)
    }
}

/// An array of an archive: its header, and all of its bytes, as many as the header promises.
pub(crate) struct Member<'a> {
    header: Header,
    bytes: Cow<'a, [u8]>,
}

impl Member<'_> {
    pub(crate) fn array(&self) -> Result<NpyArray<'_>, NpyError> {
        NpyArray::new(&self.header, &self.bytes)
    }
}

fn damaged(name: &str, problem: &dyn std::fmt::Display) -> NpzError {
    NpzError::Damaged { name: name.to_owned(), problem: problem.to_string() }
}

/// At most `limit` bytes; the buffer grows with what is really there, not with what is claimed.
fn inflate_prefix(data: &[u8], limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(data).take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
