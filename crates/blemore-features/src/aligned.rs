//! Bytes of a file at a place in memory that suits the processor and the system.

use std::io;
use std::ops::Deref;

use memmap2::MmapMut;

/// Bytes that are read, the first of them at the start of a page; memory that is used again.
///
/// Not a `Vec`: an allocator gives large memory 16 bytes behind the start of a page. From a file's page there the system
/// copies at little more than half its speed, and every register that the aggregation then loads straddles two cache
/// lines. And of its own memory a program may say that it wants large pages: a system hands out 655 MB in pages of 4 KB
/// in four times the time that copying the file into them takes.
#[derive(Debug, Default)]
pub(crate) struct AlignedBytes {
    memory: Option<MmapMut>,
    length: usize,
}

impl AlignedBytes {
    /// Replaces the bytes by those that `read` writes to the start of `room` bytes, and counts.
    pub(crate) fn fill(
        &mut self,
        room: u64,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        self.length = 0;
        let room = usize::try_from(room).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let memory = match self.memory.take().filter(|memory| memory.len() >= room) {
            Some(memory) => memory,
            // No memory of length 0 can be had.
            None => large_pages(MmapMut::map_anon(room.max(1))?),
        };
        let memory = self.memory.insert(memory);
        self.length = read(&mut memory[..room])?.min(room);
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn large_pages(memory: MmapMut) -> MmapMut {
    // A wish: where the system does not grant it, small pages do.
    let _ = memory.advise(memmap2::Advice::HugePage);
    memory
}

#[cfg(not(target_os = "linux"))]
fn large_pages(memory: MmapMut) -> MmapMut {
    memory
}

impl Deref for AlignedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.memory.as_ref().map_or(&[], |memory| &memory[..self.length])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a cache line, and of the widest register.
    const LINE: usize = 64;

    #[test]
    fn bytes_begin_on_a_cache_line_whatever_was_there_before() {
        let mut bytes = AlignedBytes::default();
        assert!(bytes.is_empty());
        for length in [0, 1, 100_000, 3, 65, 200_000] {
            let source: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let write = |bytes: &mut [u8]| {
                bytes[..length].copy_from_slice(&source);
                Ok(length)
            };
            bytes.fill(length as u64 + 1, write).unwrap();
            assert_eq!(*bytes, source);
            assert_eq!(bytes.as_ptr().align_offset(LINE), 0, "{length} bytes");
        }
    }

    #[test]
    fn bytes_of_a_reading_that_failed_are_none() {
        let mut bytes = AlignedBytes::default();
        bytes.fill(3, |bytes| Ok(bytes.len())).unwrap();
        assert_eq!(*bytes, [0; 3]);
        bytes.fill(2, |_| Err(io::ErrorKind::Other.into())).unwrap_err();
        assert!(bytes.is_empty());
        bytes.fill(u64::MAX, |_| Ok(0)).unwrap_err();
    }
}
