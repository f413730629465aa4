//! Archives as `numpy.savez` writes them, with the same bytes for the same arrays.

use std::io::{self, Write};

use rawzip::{CompressionMethod, ZipArchiveWriter};

/// An archive being written, one stored array after another.
pub(crate) struct ArchiveWriter<W> {
    zip: ZipArchiveWriter<W>,
}

impl<W: Write> ArchiveWriter<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { zip: ZipArchiveWriter::new(out) }
    }

    /// Adds an array, given by its name without extension and what writes its bytes, header first.
    pub(crate) fn member(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        // No time of writing: it would make the bytes depend on when they were written.
        let builder = self.zip.new_file(format!("{name}.npy")).compression_method(CompressionMethod::STORE);
        let (mut entry, config) = builder.start().map_err(io::Error::other)?;
        let mut writer = config.wrap(&mut entry);
        write(&mut writer)?;
        let (_, descriptor) = writer.finish().map_err(io::Error::other)?;
        entry.finish(descriptor).map(|_| ()).map_err(io::Error::other)
    }

    pub(crate) fn finish(self) -> io::Result<()> {
        self.zip.finish().map(|_| ()).map_err(io::Error::other)
    }
}
