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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use proptest::prelude::*;
    use rawzip::ZipArchiveWriter;

    use super::*;
    use crate::npy::header::{self, ByteOrder, ElementType};

    fn deflated(name: &str, header: &[u8], blocks: usize, block: &[u8]) -> Vec<u8> {
        let mut zip = ZipArchiveWriter::new(Vec::new());
        let (mut entry, config) =
            zip.new_file(name).compression_method(CompressionMethod::DEFLATE).start().unwrap();
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
        writer.write_all(header).unwrap();
        (0..blocks).for_each(|_| writer.write_all(block).unwrap());
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
        zip.finish().unwrap()
    }

    fn single(shape: &[usize]) -> Vec<u8> {
        header::write(ElementType::F32(ByteOrder::Little), shape)
    }

    #[test]
    fn bombs_are_refused_before_they_go_off() {
        let (blocks, block) = (200, vec![0; 1 << 20]);
        let bomb = deflated("X.npy", &single(&[blocks << 18]), blocks, &block);
        assert!(bomb.len() < 1 << 20);
        let archive = Archive::parse(&bomb).unwrap();
        assert!(matches!(archive.member("X"), Err(NpzError::Bomb { inflated, .. }) if inflated > 200 << 20));
        assert_eq!(archive.header("X").unwrap().shape, [blocks << 18], "the header alone can be looked at");
    }

    #[test]
    fn members_that_are_longer_or_shorter_than_their_headers_say_are_refused() {
        for (claimed, blocks) in [(8, 1), (8, 3), (1 << 40, 1)] {
            let bytes = deflated("X.npy", &single(&[claimed]), blocks, &[0; 16]);
            let archive = Archive::parse(&bytes).unwrap();
            assert!(matches!(archive.member("X"), Err(NpzError::MemberLength { .. })), "{claimed} {blocks}");
        }
    }

    #[test]
    fn two_members_of_one_name_are_refused() {
        let mut bytes = Vec::new();
        let mut zip = ArchiveWriter::new(&mut bytes);
        zip.member("X", |out| out.write_all(b"one")).unwrap();
        zip.member("X", |out| out.write_all(b"two")).unwrap();
        zip.finish().unwrap();
        assert!(matches!(Archive::parse(&bytes), Err(NpzError::RepeatedMember { .. })));
    }

    /// No panic, and no data that the checksum does not vouch for.
    fn use_it(bytes: &[u8], true_member: &[u8]) {
        let Ok(archive) = Archive::parse(bytes) else { return };
        let names: Vec<String> = archive.names().map(str::to_owned).collect();
        for name in &names {
            _ = archive.header(name);
            if let Ok(member) = archive.member(name) {
                assert_eq!(&member.bytes[..], true_member);
            }
        }
    }

    fn examples() -> [(Vec<u8>, Vec<u8>); 2] {
        let member = [single(&[3, 2]), (0..24).collect()].concat();
        let mut stored = Vec::new();
        let mut zip = ArchiveWriter::new(&mut stored);
        zip.member("X", |out| out.write_all(&member)).unwrap();
        zip.finish().unwrap();
        [(stored, member.clone()), (deflated("X.npy", &member, 0, &[]), member)]
    }

    #[test]
    fn an_archive_cut_at_any_byte_is_an_error() {
        for (bytes, member) in examples() {
            assert_eq!(Archive::parse(&bytes).unwrap().member("X").unwrap().bytes, member);
            for length in 0..bytes.len() {
                let whole =
                    Archive::parse(&bytes[..length]).and_then(|archive| archive.member("X").map(|_| ()));
                assert!(whole.is_err(), "{length} of {} bytes", bytes.len());
            }
        }
    }

    proptest! {
        #[test]
        fn changed_archives_are_survived(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            deflated in any::<bool>(),
        ) {
            let [stored, packed] = examples();
            let (mut bytes, member) = if deflated { packed } else { stored };
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            use_it(&bytes, &member);
        }
    }
}
