//! Whose fault an error is.

use std::error::Error;
use std::io::{self, ErrorKind};

/// An error that knows whose fault it is. A program ends with exit code 2 for the user's, and 1 for the machine's.
pub trait Blame: Error {
    /// Whether the user gave something wrong; otherwise the machine could not do the work, or the work itself failed.
    fn is_bad_input(&self) -> bool;
}

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
