//! Against the rows that the published code made of the same sequences.

use approx::relative_eq;
use blemore_features::{Aggregator, FeatureFolder, FeatureTable};

use blemore_testing::shared;

/// Largest difference relative to the value, of values over 1, else absolute.
const TOLERANCE: f32 = 2e-6;

#[test]
fn a_folder_gives_the_published_rows() {
    let (Some(folder), Some(published)) =
        (shared("parity/aggregation/sequences"), shared("parity/cross_validation/features.npz"))
    else {
        return;
    };
    let published = FeatureTable::read(published).unwrap();
    let report = FeatureFolder::new(folder).aggregate(&Aggregator::default(), &|_| ()).unwrap();
    let (table, values) = (&report.table, report.table.values());
    assert_eq!((table.len(), table.width(), published.len()), (50, 56, 3050));
    for (row, clip) in table.clips().iter().enumerate() {
        let expected = published.index().rows_of(clip.as_str())[0];
        for (column, (found, expected)) in
            values.row(row).iter().zip(published.values().row(expected)).enumerate()
        {
            assert!(
                relative_eq!(*found, *expected, epsilon = TOLERANCE, max_relative = TOLERANCE),
                "{clip}, {column}: {found} {expected}"
            );
        }
    }
}

#[test]
fn the_published_table_is_written_back_with_the_same_arrays() {
    let Some(path) = shared("parity/cross_validation/features.npz") else { return };
    let table = FeatureTable::read(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.npz"), folder.path().join("below/other.npz"));
    table.write(&one).unwrap();
    table.write(&other).unwrap();
    assert_eq!(FeatureTable::read(&one).unwrap(), table);
    assert_eq!(std::fs::read(one).unwrap(), std::fs::read(other).unwrap());
}
