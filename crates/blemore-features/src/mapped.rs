//! Files mapped into memory.

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::Mmap;

/// The bytes of a file, read as they are looked at.
///
/// For archives of many clips, of which never more than a few are wanted at a time, and for long clips.
pub(crate) struct Mapped {
    map: Mmap,
}

impl Mapped {
    pub(crate) fn new(file: &File) -> io::Result<Self> {
        // SAFETY: a map of a file is sound as long as nobody changes the file. Within this program nothing
        // writes to a file that is mapped: files are replaced whole by renaming, which leaves the mapped one
        // as it was. A change from outside can change what is read, as with any way of reading, and the
        // readers behind trust no byte.
        let map = unsafe { Mmap::map(file)? };
        Ok(Self { map })
    }

    /// Asks the system to fetch the file before it is read, and does not wait. Where the system takes no such
    /// advice, the file is only read later.
    #[cfg(unix)]
    pub(crate) fn read_ahead(file: &File) {
        if let Ok(Self { map }) = Self::new(file) {
            _ = map.advise(memmap2::Advice::WillNeed);
        }
    }

    /// There is no such advice to give here.
    #[cfg(not(unix))]
    pub(crate) fn read_ahead(_: &File) {}
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}
