//! Bytes of a file at a place in memory that suits the processor.

use std::io;
use std::ops::Deref;

/// Bytes of a cache line, and of the widest register.
const LINE: usize = 64;

/// Bytes that are read, the first of them on a cache line; memory that is used again.
///
/// An allocator gives large memory 16 bytes behind the start of a page. From a file's page there the system
/// copies at little more than half its speed, and every register that the aggregation then loads straddles
/// two cache lines.
#[derive(Debug, Default)]
pub(crate) struct AlignedBytes {
    bytes: Vec<u8>,
    start: usize,
}

impl AlignedBytes {
    /// Replaces the bytes by those that `read` appends, at most `length`.
    pub(crate) fn fill(
        &mut self,
        length: u64,
        read: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.bytes.clear();
        let room = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(LINE);
        self.bytes.try_reserve_exact(room)?;
        self.start = self.bytes.as_ptr().align_offset(LINE).min(LINE);
        self.bytes.resize(self.start, 0);
        read(&mut self.bytes)
    }
}

impl Deref for AlignedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_begin_on_a_cache_line_whatever_was_there_before() {
        let mut bytes = AlignedBytes::default();
        assert!(bytes.is_empty());
        for length in [0, 1, 100_000, 3, 65, 200_000] {
            let source: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let append = |bytes: &mut Vec<u8>| {
                bytes.extend(&source);
                Ok(())
            };
            bytes.fill(length as u64, append).unwrap();
            assert_eq!(*bytes, source);
            assert_eq!(bytes.as_ptr().align_offset(LINE), 0, "{length} bytes");
        }
    }
}
