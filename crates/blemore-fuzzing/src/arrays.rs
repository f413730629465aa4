//! Arrays and features: npy, npz, OpenFace.

use blemore_features::openface::{self, SeveralFaces};
use blemore_features::{FeatureMatrix, FeatureTable};

/// The array of one clip: it holds no more values than there are bytes.
pub fn npy(bytes: &[u8]) -> bool {
    let Ok(matrix) = FeatureMatrix::parse(bytes) else { return false };
    assert!(matrix.len() * matrix.width() <= bytes.len());
    true
}

/// A table of features: its shape is that of its values.
pub fn npz(bytes: &[u8]) -> bool {
    let Ok(table) = FeatureTable::parse(bytes) else { return false };
    assert_eq!(table.values().dim(), (table.len(), table.width()));
    assert!(table.clips().len() <= table.len());
    true
}

/// The CSV of OpenFace 2 or 3: no more frames come out than were read.
pub fn openface(bytes: &[u8]) -> bool {
    let several = [SeveralFaces::Keep, SeveralFaces::Refuse];
    let read = several.map(|several| openface::parse(bytes, several));
    for recording in read.iter().flatten() {
        assert!(recording.matrix.len() <= recording.quality.frames.max(1));
    }
    read.iter().any(Result::is_ok)
}
