//! `blemore aggregate` on the sequences that the published code aggregated.

use std::fs;
use std::path::Path;

use blemore_features::FeatureTable;
use blemore_testing::shared;

use crate::program::{blemore, refusal, stderr};

#[test]
fn descriptors_are_the_published_ones() {
    let (Some(sequences), Some(published)) =
        (shared("parity/aggregation/sequences"), shared("parity/cross_validation/features.npz"))
    else {
        return;
    };
    let temporary = tempfile::tempdir().unwrap();
    let output = temporary.path().join("descriptors.npz");
    let run = blemore(["aggregate".as_ref(), sequences.as_os_str(), "-o".as_ref(), output.as_os_str()]);
    assert!(run.status.success(), "{}", stderr(&run));

    let ours = FeatureTable::read(&output).unwrap();
    let published = FeatureTable::read(published).unwrap();
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
    fs::write(&output, "precious").unwrap();
    let said =
        refusal(["aggregate".as_ref(), temporary.path().as_os_str(), "-o".as_ref(), output.as_os_str()]);
    assert!(said.contains("--force"), "{said}");
    assert_eq!(fs::read(&output).unwrap(), b"precious");
}

/// A version 1.0 .npy file of f32 zeros.
fn npy(rows: usize, columns: usize) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    header += &" ".repeat(127 - (10 + header.len()) % 64);
    header.truncate((10 + header.len()) / 64 * 64 - 11);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + rows * columns * 4, 0);
    bytes
}

fn aggregate(folder: &Path) -> String {
    let output = folder.join("../table.npz");
    let said = refusal(["aggregate".as_ref(), folder.as_os_str(), "-o".as_ref(), output.as_os_str()]);
    assert!(!output.exists(), "{said}");
    said
}

#[test]
fn arrays_of_different_width_and_a_cut_one_are_all_named() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("arrays");
    fs::create_dir(&folder).unwrap();
    for clip in ["A1_ang_int1_ver1", "A1_sad_int1_ver1", "A2_sad_int1_ver1"] {
        fs::write(folder.join(format!("{clip}.npy")), npy(4, 5)).unwrap();
    }
    fs::write(folder.join("A2_hap_int1_ver1.npy"), npy(4, 6)).unwrap();
    fs::write(folder.join("A3_hap_int1_ver1.npy"), &npy(4, 5)[..100]).unwrap();
    let said = aggregate(&folder);
    assert!(said.contains("A2_hap_int1_ver1") && said.contains("A3_hap_int1_ver1"), "{said}");
    assert!(said.contains("table.npz.partial: finished clips are kept here"), "{said}");
}

#[test]
fn a_folder_that_is_not_there_or_empty() {
    let temporary = tempfile::tempdir().unwrap();
    assert!(aggregate(&temporary.path().join("nowhere")).contains("nowhere"));
    let empty = temporary.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let said = aggregate(&empty);
    assert!(said.contains("empty") && said.contains("a file a clip"), "{said}");
}
