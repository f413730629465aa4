//! Where the array of a clip lies, and how it is read.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use blemore_labels::ClipName;

use super::{ClipFault, ClipProblem};
use crate::NpzError;
use crate::aligned::AlignedBytes;
use crate::mapped::Mapped;
use crate::npy::{Header, NpyArray};
use crate::npz::Archive;

/// The array of one clip.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) clip: ClipName,
    /// The file; of a member, the archive and below it the member's name.
    pub(crate) path: PathBuf,
    pub(crate) place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A `.npy` file.
    Npy,
    /// An `.npz` file with this one array.
    Npz,
    /// An array of this name in the archive that holds all clips.
    Member(String),
}

/// What an array is recognised by when an aggregation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// Bytes.
    pub(super) length: u64,
    /// Time of the last change, in nanoseconds since 1970; 0 where the system does not tell.
    pub(super) modified: u64,
    /// Checksum of pages spread over the file, or of all of an archive's member.
    pub(super) checksum: u32,
}

impl Source {
    pub(crate) fn fault(&self, problem: ClipProblem) -> ClipFault {
        ClipFault { path: self.path.clone(), clip: Some(self.clip.clone()), problem }
    }

    /// Tells the system that the array will be read soon.
    pub(super) fn read_ahead(&self) {
        if !matches!(self.place, Place::Member(_))
            && let Ok(file) = File::open(&self.path)
        {
            Mapped::read_ahead(&file);
        }
    }

    /// What the array is recognised by, without reading all of it.
    pub(super) fn fingerprint(&self, archive: Option<&OpenArchive<'_>>) -> io::Result<Fingerprint> {
        if let (Place::Member(name), Some(archive)) = (&self.place, archive) {
            return Ok(archive.fingerprint(name));
        }
        let mut file = File::open(&self.path)?;
        let (length, modified) = stamp(&file.metadata()?);
        let mut hasher = crc32fast::Hasher::new();
        let mut page = [0; PAGE];
        for (start, end) in sampled(length) {
            file.seek(SeekFrom::Start(start))?;
            let page = &mut page[..usize::try_from(end - start).unwrap_or(PAGE).min(PAGE)];
            file.read_exact(page)?;
            hasher.update(page);
        }
        Ok(Fingerprint { length, modified, checksum: hasher.finalize() })
    }
}

/// The archive that holds all clips.
pub(crate) struct OpenArchive<'a> {
    archive: Archive<'a>,
    modified: u64,
}

impl<'a> OpenArchive<'a> {
    pub(super) fn parse(bytes: &'a [u8], metadata: &Metadata) -> Result<Self, NpzError> {
        Ok(Self { archive: Archive::parse(bytes)?, modified: stamp(metadata).1 })
    }

    fn fingerprint(&self, name: &str) -> Fingerprint {
        let (length, checksum) = self.archive.directory_entry(name).unwrap_or_default();
        Fingerprint { length, modified: self.modified, checksum }
    }
}

/// Reads one array after another, small ones into the same memory.
#[derive(Default)]
pub(crate) struct Reader {
    bytes: AlignedBytes,
}

impl Reader {
    /// Hands the array to `take`, with what it is recognised by.
    pub(crate) fn read<T>(
        &mut self,
        path: &Path,
        place: &Place,
        archive: Option<&OpenArchive<'_>>,
        take: impl FnOnce(&NpyArray<'_>, Fingerprint) -> Result<T, ClipProblem>,
    ) -> Result<T, ClipProblem> {
        match (place, archive) {
            (Place::Member(name), Some(archive)) => {
                let bytes = archive.archive.member(name).map_err(ClipProblem::Npz)?;
                let array = NpyArray::parse(&bytes).map_err(ClipProblem::Npy)?;
                take(&array, archive.fingerprint(name))
            }
            (Place::Npz, _) => {
                let mut file = Watched::open(path)?;
                file.read_into(&mut self.bytes)?;
                let archive = Archive::parse(&self.bytes).map_err(ClipProblem::Npz)?;
                let bytes = archive.only_member().map_err(ClipProblem::Npz)?;
                take(&NpyArray::parse(&bytes).map_err(ClipProblem::Npy)?, file.fingerprint(&self.bytes))
            }
            _ => {
                let mut file = Watched::open(path)?;
                // Before the rest of the file fills the memory.
                file.check_header()?;
                if file.length >= MAPPED_FROM {
                    let map = Mapped::new(&file.file).map_err(ClipProblem::read)?;
                    let array = NpyArray::parse(&map).map_err(ClipProblem::Npy)?;
                    let taken = take(&array, file.fingerprint(&map))?;
                    file.check_unchanged()?;
                    return Ok(taken);
                }
                file.read_into(&mut self.bytes)?;
                let array = NpyArray::parse(&self.bytes).map_err(ClipProblem::Npy)?;
                take(&array, file.fingerprint(&self.bytes))
            }
        }
    }
}

/// Bytes from which on a `.npy` file is mapped. A smaller one is read: it stays in a cache near the processor, where
/// its copy costs less than the faults of a map's pages, and if another process cuts it short meanwhile, that is an
/// error, where it ends a program that has it mapped.
const MAPPED_FROM: u64 = 16 << 20;

/// A file that nobody is to change while it is read.
struct Watched {
    file: File,
    length: u64,
    modified: u64,
}

impl Watched {
    fn open(path: &Path) -> Result<Self, ClipProblem> {
        let file = File::open(path).map_err(ClipProblem::read)?;
        let (length, modified) = stamp(&file.metadata().map_err(ClipProblem::read)?);
        Ok(Self { file, length, modified })
    }

    /// Refuses a `.npy` file whose header is wrong.
    fn check_header(&mut self) -> Result<(), ClipProblem> {
        let header = Header::of_file(&mut self.file, self.length).map_err(ClipProblem::read)?;
        header.map(drop).map_err(ClipProblem::Npy)
    }

    fn check_unchanged(&self) -> Result<(), ClipProblem> {
        let now = stamp(&self.file.metadata().map_err(ClipProblem::read)?);
        if now == (self.length, self.modified) { Ok(()) } else { Err(ClipProblem::Changed) }
    }

    /// Replaces `bytes` by those of the whole file.
    fn read_into(&mut self, bytes: &mut AlignedBytes) -> Result<(), ClipProblem> {
        self.file
            .rewind()
            .and_then(|()| bytes.fill(&mut self.file, self.length))
            .map_err(ClipProblem::read)?;
        self.check_unchanged()?;
        if bytes.len() as u64 == self.length { Ok(()) } else { Err(ClipProblem::Changed) }
    }

    /// What the file is recognised by; `bytes` are all of it.
    fn fingerprint(&self, bytes: &[u8]) -> Fingerprint {
        let mut hasher = crc32fast::Hasher::new();
        for (start, end) in sampled(self.length) {
            let page = usize::try_from(start).ok().zip(usize::try_from(end).ok());
            hasher.update(page.and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default());
        }
        Fingerprint { length: self.length, modified: self.modified, checksum: hasher.finalize() }
    }
}

/// Length and time of the last change.
fn stamp(metadata: &Metadata) -> (u64, u64) {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    (metadata.len(), modified.and_then(|age| u64::try_from(age.as_nanos()).ok()).unwrap_or(0))
}

const PAGE: usize = 4096;
/// Pages of a file that its fingerprint looks at; features written anew differ in nearly every one.
const SAMPLED_PAGES: u64 = 16;

/// Ranges of bytes spread evenly over a file of this length, the first and the last page among them.
fn sampled(length: u64) -> impl Iterator<Item = (u64, u64)> {
    let page = PAGE as u64;
    let pages = length.div_ceil(page);
    let count = pages.min(SAMPLED_PAGES);
    (0..count).map(move |index| {
        let start = index * (pages - 1) / (count - 1).max(1) * page;
        (start, (start + page).min(length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_file_is_recognised_by_a_look_at_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test_0001.npy");
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4097, 1024), }\n";
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend([header.len() as u8, 0]);
        bytes.extend(header.bytes());
        bytes.extend((0..4097 * 1024).flat_map(|value| (value as f32).to_le_bytes()));
        std::fs::write(&path, bytes).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > MAPPED_FROM);
        let source = Source { clip: "test_0001".parse().unwrap(), path, place: Place::Npy };
        let take = |array: &NpyArray<'_>, fingerprint| Ok((array.frames().unwrap().dim(), fingerprint));
        let (shape, fingerprint) = Reader::default().read(&source.path, &source.place, None, take).unwrap();
        assert_eq!(shape, (4097, 1024));
        assert_eq!(fingerprint, source.fingerprint(None).unwrap());
    }

    #[test]
    fn pages_are_spread_from_the_first_to_the_last() {
        assert_eq!(sampled(0).count(), 0);
        assert_eq!(sampled(10).collect::<Vec<_>>(), [(0, 10)]);
        assert_eq!(sampled(5000).collect::<Vec<_>>(), [(0, 4096), (4096, 5000)]);
        let large: Vec<_> = sampled(2_048_128).collect();
        assert_eq!(large.len(), 16);
        assert_eq!((large[0].0, large[15]), (0, (2_048_000, 2_048_128)));
        assert!(large.windows(2).all(|pair| pair[0].1 <= pair[1].0));
    }
}
