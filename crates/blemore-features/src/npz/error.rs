//! The ways in which an archive of arrays can be wrong.

use std::fmt;

use blemore_base::limits::{ARCHIVE_MEMBERS, INFLATION};
use blemore_base::text::Excerpt;

use crate::NpyError;

/// Why bytes are not an .npz archive that can be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NpzError {
    /// No zip archive, or one whose directory is damaged.
    #[error("this is not a readable .npz archive ({problem}): save it with numpy.savez")]
    NotZip {
        /// What the zip reader found.
        problem: String,
    },
    /// Two arrays of the same name, of which readers would take either.
    #[error("array {name:?} is in the archive twice: write the archive again")]
    RepeatedMember {
        /// Name of the array.
        name: String,
    },
    /// More arrays than any real archive holds.
    #[error("the archive holds more than {ARCHIVE_MEMBERS} arrays")]
    TooManyMembers,
    /// An array that is not there.
    #[error(
        "array {name:?} is missing (a table has X and filenames, as `blemore aggregate` writes them); the \
         archive holds {}",
        Members(found)
    )]
    MissingMember {
        /// Name of the array.
        name: String,
        /// Names of those that are there.
        found: Vec<String>,
    },
    /// Another number of arrays than one where exactly one belongs.
    #[error("a clip's archive holds exactly one array, found {}: save each clip by itself", Members(found))]
    NotOneMember {
        /// Names of the arrays found.
        found: Vec<String>,
    },
    /// Encrypted, or packed in a way numpy does not use.
    #[error(
        "array {name:?} is encrypted or packed in an unusual way: numpy.savez and savez_compressed are read"
    )]
    Compression {
        /// Name of the array.
        name: String,
    },
    /// Data that do not unpack to what their checksum says.
    #[error("array {name:?} is damaged ({problem}): copy or write the archive again")]
    Damaged {
        /// Name of the array.
        name: String,
        /// What the reader found.
        problem: String,
    },
    /// An array whose header and directory entry contradict each other.
    #[error("array {name:?} should take {promised} bytes by its header, {found} by the archive's directory")]
    MemberLength {
        /// Name of the array.
        name: String,
        /// Bytes by the array's own header.
        promised: u64,
        /// Bytes by the archive's directory.
        found: u64,
    },
    /// A small file made to fill the memory.
    #[error(
        "array {name:?} would inflate from {compressed} to {inflated} bytes, more than {INFLATION} \
         times: \
         refused as a zip bomb; if it is real, save it with numpy.savez (not savez_compressed)"
    )]
    Bomb {
        /// Name of the array.
        name: String,
        /// Bytes in the archive.
        compressed: u64,
        /// Bytes it would take.
        inflated: u64,
    },
    /// An array that is wrong in itself.
    #[error("array {name:?}: {source}")]
    Array {
        /// Name of the array.
        name: String,
        /// What is wrong with it.
        source: NpyError,
    },
}

/// How many names of arrays a message lists.
const LISTED: usize = 10;

/// Names of arrays, the first few of many.
struct Members<'a>(&'a [String]);

impl fmt::Display for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (place, name) in self.0.iter().take(LISTED).enumerate() {
            write!(f, "{}{}", if place == 0 { "" } else { ", " }, Excerpt(name))?;
        }
        match self.0.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
