//! Whose fault it is that a file cannot be read.

use std::io::{self, ErrorKind};

/// Whether a failed *read* is the fault of whoever named the file: it is not there, is a folder, or holds
/// something else than it should. Everything else is the machine's: a permission, a disk that fails. A failed
/// write always is.
///
/// ```
/// let missing = std::fs::read("no/such/file").unwrap_err();
/// assert!(blemore_base::is_given_wrong(&missing));
/// ```
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_cannot_do_is_not_the_users_fault() {
        for kind in
            [ErrorKind::PermissionDenied, ErrorKind::StorageFull, ErrorKind::Other, ErrorKind::TimedOut]
        {
            assert!(!is_given_wrong(&io::Error::from(kind)), "{kind}");
        }
        let folder = std::fs::read(env!("CARGO_MANIFEST_DIR")).unwrap_err();
        let inside_a_file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml/x")).unwrap_err();
        assert!(is_given_wrong(&folder) && is_given_wrong(&inside_a_file));
    }
}
