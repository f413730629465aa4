//! The format of `torch.save` before PyTorch 1.6: five pickles (a magic number, a version, the system, the object, the
//! keys of its storages), and then each storage: its number of values and the values.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};

use rawzip::{FileReader, ReaderAt};

use super::pickle::{self, MAX_PICKLE_BYTES, Node, Pickle};
use super::state_dict::{self, StorageSource};
use super::{Contents, Region, WeightFileProblem};

/// Bytes of a storage's number of values.
const COUNT_BYTES: u64 = 8;
/// The version of the format, the only one there was.
const VERSION: i64 = 1001;

/// Reads the pickles, and where the storages are that follow them.
pub(super) fn contents(file: File, bytes: u64) -> Result<Contents, WeightFileProblem> {
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(0))?;
    let mut pickles = Pickles { reader, left: MAX_PICKLE_BYTES };
    pickles.next("magic number")?;
    let version = pickles.next("version")?;
    if !matches!(version.root(), Node::Int(VERSION)) {
        return Err(WeightFileProblem::OtherFile { kind: "of an unknown version of torch.save" });
    }
    let system = pickles.next("description of the system")?;
    if matches!(system.get("little_endian"), Some(Node::Bool(false))) {
        return Err(WeightFileProblem::BigEndian);
    }
    let object = pickles.next("pickle")?;
    let keys = pickles.next("list of storages")?;
    let Pickles { mut reader, .. } = pickles;
    let start = reader.stream_position()?;
    let file = FileReader::from(reader.into_inner());
    let storages = Storages { regions: regions(&file, start, bytes, &object, &keys)? };
    state_dict::contents(&object, &storages)
}

/// One pickle after the other, which together may take so many bytes.
struct Pickles<R> {
    reader: R,
    left: u64,
}

impl<R: BufRead + Seek> Pickles<R> {
    fn next(&mut self, part: &'static str) -> Result<Pickle, WeightFileProblem> {
        let before = self.reader.stream_position()?;
        let pickle = pickle::load(&mut self.reader, self.left)
            .map_err(|source| WeightFileProblem::Pickle { part, source })?;
        self.left = self.left.saturating_sub(self.reader.stream_position()? - before);
        Ok(pickle)
    }
}

struct Storages {
    regions: HashMap<String, Region>,
}

impl StorageSource for Storages {
    fn region(&self, key: &str) -> Result<Option<Region>, WeightFileProblem> {
        Ok(self.regions.get(key).copied())
    }
}

/// Where the storages are, in the order of their keys.
fn regions(
    file: &FileReader,
    start: u64,
    bytes: u64,
    object: &Pickle,
    keys: &Pickle,
) -> Result<HashMap<String, Region>, WeightFileProblem> {
    let malformed = |what| WeightFileProblem::Pickle {
        part: "list of storages",
        source: super::PickleProblem::Malformed { position: start, what },
    };
    let element_bytes = object.storages();
    let Node::List(keys_listed) = keys.root() else { return Err(malformed("it is no list")) };
    let mut regions = HashMap::new();
    let mut at = start;
    for key in keys_listed {
        let Node::Text(key) = keys.node(*key) else { return Err(malformed("a key is no text")) };
        let element =
            element_bytes.get(key.as_str()).copied().ok_or_else(|| malformed("a key is of no storage"))?;
        let data = at.saturating_add(COUNT_BYTES);
        if data > bytes {
            return Err(WeightFileProblem::Truncated { expected: data, found: bytes });
        }
        let mut count = [0; COUNT_BYTES as usize];
        file.read_exact_at(&mut count, at)?;
        let length = u64::from_le_bytes(count).saturating_mul(element as u64);
        at = data.saturating_add(length);
        if at > bytes {
            return Err(WeightFileProblem::Truncated { expected: at, found: bytes });
        }
        if regions.insert(key.clone(), Region { start: data, bytes: length, crc: None }).is_some() {
            return Err(malformed("a key is there twice"));
        }
    }
    Ok(regions)
}
