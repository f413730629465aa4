//! The zip archive of `torch.save` since PyTorch 1.6: a pickle `NAME/data.pkl`, and one stored member
//! `NAME/data/KEY` per storage.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};

use rawzip::{CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder};

use super::pickle::{self, MAX_PICKLE_BYTES};
use super::state_dict::{self, StorageSource};
use super::{Contents, Region, WeightFileProblem};

/// Most members that are looked at: a hundred times those of ImageBind.
const MAX_MEMBERS: usize = 100_000;
/// The pickle with the names of all tensors.
const PICKLE: &str = "/data.pkl";

/// Reads the pickle, and where its storages are.
pub(super) fn contents(file: File) -> Result<Contents, WeightFileProblem> {
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_file(file, &mut buffer).map_err(unusable)?;
    let mut members = HashMap::new();
    let mut entries = archive.entries(&mut buffer);
    while let Some(entry) = entries.next_entry().map_err(unusable)? {
        if members.len() == MAX_MEMBERS {
            return Err(WeightFileProblem::Zip(format!("it has more than {MAX_MEMBERS} members")));
        }
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        let member = Member {
            wayfinder: entry.wayfinder(),
            crc: entry.crc32(),
            is_stored: entry.compression_method() == CompressionMethod::STORE,
        };
        if members.insert(name.clone(), member).is_some() {
            return Err(WeightFileProblem::Zip(format!("member {name} is there twice")));
        }
    }
    let mut roots =
        members.keys().filter_map(|name| name.strip_suffix(PICKLE)).filter(|root| !root.contains('/'));
    let (Some(root), None) = (roots.next(), roots.next()) else {
        return Err(WeightFileProblem::Zip(
            "it has no single NAME/data.pkl, so torch.save did not make it".to_owned(),
        ));
    };
    let source = Members { archive: &archive, members: &members, root };
    if source.small("byteorder")?.is_some_and(|order| order == b"big") {
        return Err(WeightFileProblem::BigEndian);
    }
    let pickle = source.small("data.pkl")?.unwrap_or_default();
    let pickle = pickle::load(&mut BufReader::new(pickle.as_slice()), MAX_PICKLE_BYTES)
        .map_err(|source| WeightFileProblem::Pickle { part: "pickle", source })?;
    state_dict::contents(&pickle, &source)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where a function that maps errors does")]
fn unusable(error: rawzip::Error) -> WeightFileProblem {
    WeightFileProblem::Zip(error.to_string())
}

/// A member of the archive, by its directory.
#[derive(Debug, Clone, Copy)]
struct Member {
    wayfinder: ZipArchiveEntryWayfinder,
    crc: u32,
    is_stored: bool,
}

struct Members<'a> {
    archive: &'a ZipArchive<FileReader>,
    members: &'a HashMap<String, Member>,
    root: &'a str,
}

impl Members<'_> {
    /// The bytes of a small member, verified, if it is there.
    fn small(&self, name: &str) -> Result<Option<Vec<u8>>, WeightFileProblem> {
        let Some(member) = self.members.get(&format!("{}/{name}", self.root)) else { return Ok(None) };
        let region = region(self.archive, member, name)?;
        if region.bytes > MAX_PICKLE_BYTES {
            let (found, limit) = (region.bytes, MAX_PICKLE_BYTES);
            return Err(WeightFileProblem::TableTooLarge { part: "pickle", found, limit });
        }
        let entry = self.archive.get_entry(member.wayfinder).map_err(unusable)?;
        let mut bytes = Vec::new();
        entry.verifying_reader(entry.reader()).read_to_end(&mut bytes).map_err(|error| {
            WeightFileProblem::Zip(format!("member {name} is damaged ({error}): download it again"))
        })?;
        Ok(Some(bytes))
    }
}

impl StorageSource for Members<'_> {
    fn region(&self, key: &str) -> Result<Option<Region>, WeightFileProblem> {
        let member = self.members.get(&format!("{}/data/{key}", self.root));
        member.map(|member| region(self.archive, member, key)).transpose()
    }
}

/// Where a member's bytes are, which must be stored as they are.
fn region(
    archive: &ZipArchive<FileReader>,
    member: &Member,
    name: &str,
) -> Result<Region, WeightFileProblem> {
    let entry = archive.get_entry(member.wayfinder).map_err(unusable)?;
    let (start, end) = entry.compressed_data_range();
    let bytes = member.wayfinder.uncompressed_size_hint();
    if !member.is_stored || end.checked_sub(start) != Some(bytes) {
        let problem = format!("member {name} is packed, which torch.save never does");
        return Err(WeightFileProblem::Zip(problem));
    }
    Ok(Region { start, bytes, crc: Some(member.crc) })
}
