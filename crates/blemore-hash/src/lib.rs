//! Content hashes: SHA-256 of parts, of bytes, of what a reader gives.
//!
//! Private to the workspace: published because the other crates need it, without a promise about its interface.
//!
//! ```
//! use blemore_hash::{Hash, Hasher};
//!
//! let hash = Hasher::new("made-up results 1").text("WavLM").numbers(&[3, 4]).finish();
//! assert_eq!(hash.to_string().parse(), Ok(hash));
//! assert_eq!(hash.short().len(), Hash::SHORT_DIGITS);
//! ```
//!
//! [`seal`] and [`unseal`] let a JSON document say whether it was changed since it was written.

#![forbid(unsafe_code)]

mod seal;

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use seal::{BrokenSeal, seal, unseal};

/// A SHA-256; its text is 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, std::hash::Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// Digits of [`Hash::short`]: enough that 10 million results collide with a chance of 10^-15.
    pub const SHORT_DIGITS: usize = 24;

    /// The first digits, for names of folders.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..Self::SHORT_DIGITS].to_owned()
    }

    /// Of bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of all that a reader gives, without holding it in memory.
    ///
    /// # Errors
    /// What the system says.
    pub fn of_reader(mut reader: impl Read) -> io::Result<Self> {
        let mut hasher = Hasher(Sha256::new());
        io::copy(&mut reader, &mut hasher)?;
        Ok(hasher.finish())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 has 64 hexadecimal digits")]
pub struct NoHash;

impl FromStr for Hash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| NoHash)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
            let value = |digit: u8| char::from(digit).to_digit(16).ok_or(NoHash);
            *byte = (value(pair[0])? * 16 + value(pair[1])?) as u8;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Hash {
    type Error = NoHash;

    fn try_from(text: String) -> Result<Self, NoHash> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// Collects the parts of a [`Hash`](struct@Hash). Each is set off by its length, so that no two lists of parts look the
/// same.
pub struct Hasher(Sha256);

impl Hasher {
    /// Of parts in this format, whose name changes whenever equal parts mean something else.
    #[must_use]
    pub fn new(format: &str) -> Self {
        Self(Sha256::new()).text(format)
    }

    /// With a text.
    #[must_use]
    pub fn text(self, part: &str) -> Self {
        self.length(part.len()).bytes(part.as_bytes())
    }

    /// With numbers.
    #[must_use]
    pub fn numbers(self, part: &[usize]) -> Self {
        part.iter().fold(self.length(part.len()), |hasher, number| hasher.length(*number))
    }

    /// With the numbers of folds. Those from 0 on are as [`Hasher::numbers`].
    #[must_use]
    pub fn folds(self, part: &[i64]) -> Self {
        part.iter().fold(self.length(part.len()), |hasher, fold| hasher.bytes(&fold.to_le_bytes()))
    }

    /// With bytes whose number follows from the parts before them.
    #[must_use]
    pub fn bytes(mut self, part: &[u8]) -> Self {
        self.0.update(part);
        self
    }

    fn length(self, length: usize) -> Self {
        self.bytes(&(length as u64).to_le_bytes())
    }

    /// The hash of all parts.
    #[must_use]
    pub fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
