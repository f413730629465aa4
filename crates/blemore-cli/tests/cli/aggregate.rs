//! `blemore aggregate` on the sequences that the published code aggregated.

use blemore::features::FeatureTable;

use crate::program::{blemore, refusal, stderr};
use crate::shared;

#[test]
fn descriptors_are_the_published_ones() {
    let Some(shared) = shared::folder() else { return };
    let temporary = tempfile::tempdir().unwrap();
    let output = temporary.path().join("descriptors.npz");
    let sequences = shared.join("parity/aggregation/sequences");
    let run = blemore(["aggregate".as_ref(), sequences.as_os_str(), "-o".as_ref(), output.as_os_str()]);
    assert!(run.status.success(), "{}", stderr(&run));

    let ours = FeatureTable::read(&output).unwrap();
    let published = FeatureTable::read(shared.join("parity/cross_validation/features.npz")).unwrap();
    assert_eq!((ours.len(), ours.width()), (50, 56));
    let (our_values, published_values) = (ours.values(), published.values());
    for (row, clip) in ours.clips().iter().enumerate() {
        let published_row = published.clips().iter().position(|other| other == clip).unwrap();
        for (ours, published) in our_values.row(row).iter().zip(published_values.row(published_row)) {
            approx::assert_relative_eq!(ours, published, max_relative = 2e-6);
        }
    }
}

#[test]
fn an_existing_table_is_kept_unless_forced() {
    let temporary = tempfile::tempdir().unwrap();
    let output = temporary.path().join("kept.npz");
    std::fs::write(&output, "precious").unwrap();
    let said =
        refusal(["aggregate".as_ref(), temporary.path().as_os_str(), "-o".as_ref(), output.as_os_str()]);
    assert!(said.contains("--force"), "{said}");
    assert_eq!(std::fs::read(&output).unwrap(), b"precious");
}
