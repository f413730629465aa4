//! Event files for TensorBoard.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use blemore_models::EventFile;

/// `tests/fixtures/events.tfevents` holds what TensorBoard's own writer wrote of the same scalars.
#[test]
fn files_are_those_of_tensorboards_own_writer() {
    let mut events = EventFile::new(UNIX_EPOCH + Duration::from_millis(1_700_000_000_500));
    events.scalar(1, "loss/train", 0.1);
    events.scalar(300, "accuracy/presence", 0.25);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/events.tfevents");
    events.write(&path).unwrap();
    let expected = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/events.tfevents");
    assert_eq!(fs::read(path).unwrap(), fs::read(expected).unwrap());
}
