//! A picture in memory.

use crate::error::Error;

/// A picture of bytes: red, green, blue per pixel, rows from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl Picture {
    /// A picture of `3 * width * height` bytes.
    ///
    /// # Errors
    /// [`Error::Picture`] for another number of bytes, and for a picture without pixels.
    pub fn new(width: usize, height: usize, bytes: Vec<u8>) -> Result<Self, Error> {
        let expected = width.checked_mul(height).and_then(|pixels| pixels.checked_mul(3));
        if width == 0 || height == 0 || expected != Some(bytes.len()) {
            return Err(Error::Picture { width, height, bytes: bytes.len() });
        }
        Ok(Self { width, height, bytes })
    }

    /// A picture of one colour.
    ///
    /// # Errors
    /// [`Error::Picture`] for a picture without pixels.
    pub fn filled(width: usize, height: usize, colour: [u8; 3]) -> Result<Self, Error> {
        Self::new(width, height, colour.repeat(width.saturating_mul(height)))
    }

    /// A picture of the same size; there are as many bytes.
    pub(crate) fn with_bytes(&self, bytes: Vec<u8>) -> Self {
        Self { bytes, ..*self }
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bytes, 3 per pixel, row by row.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of one row; `row` is below [`Picture::height`].
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        &self.bytes[row * self.width * 3..(row + 1) * self.width * 3]
    }
}
