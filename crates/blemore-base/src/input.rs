//! Whose fault it is that a file cannot be read.

use std::io::{self, ErrorKind};

/// Whether a failed *read* is the fault of whoever named the file: it is not there, is a folder, or holds
/// something else than it should. Everything else is the machine's: a permission, a disk that fails. A failed
/// write always is.
pub fn is_given_wrong(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidData
            | ErrorKind::UnexpectedEof
    )
}
