//! Whose fault it is that a file cannot be read.

use std::io::{self, ErrorKind};

use blemore_base::*;

#[test]
fn what_the_machine_cannot_do_is_not_the_users_fault() {
    for kind in [ErrorKind::PermissionDenied, ErrorKind::StorageFull, ErrorKind::Other, ErrorKind::TimedOut] {
        assert!(!is_given_wrong(&io::Error::from(kind)), "{kind}");
    }
    let folder = std::fs::read(env!("CARGO_MANIFEST_DIR")).unwrap_err();
    let inside_a_file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml/x")).unwrap_err();
    assert!(is_given_wrong(&folder) && is_given_wrong(&inside_a_file));
}
