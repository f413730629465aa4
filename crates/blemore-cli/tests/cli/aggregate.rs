//! `blemore aggregate` on the sequences that the published code aggregated.

use std::fs;
use std::path::Path;

use blemore_features::FeatureTable;
use blemore_testing::{shared, wild};

use crate::program::{blemore, blemore_json, refusal, stderr};

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
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 1, "nothing is left beside the arrays");
}

#[test]
fn a_folder_that_is_not_there_or_empty() {
    let temporary = tempfile::tempdir().unwrap();
    assert!(aggregate(&temporary.path().join("nowhere")).contains("nowhere"));
    let empty = temporary.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let said = aggregate(&empty);
    assert!(said.contains("empty") && said.contains("a file per clip"), "{said}");
}

/// What the program says of a folder that it aggregates.
fn said_of(folder: &Path, options: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    let output = place.path().join("table.npz");
    let arguments = ["aggregate".as_ref(), folder.as_os_str(), "-o".as_ref(), output.as_os_str()];
    let run = blemore(arguments.into_iter().chain(options.iter().map(AsRef::as_ref)));
    assert!(run.status.success() && output.exists(), "{}", stderr(&run));
    stderr(&run)
}

#[test]
fn dropped_axes_are_said_once_per_folder() {
    for (folder, clips) in
        [("1xTxD", "3 clips"), ("mixed-1xTxD-and-TxD", "1 clip"), ("clips-of-one-npz/clips.npz", "6 clips")]
    {
        let said = said_of(&wild(&format!("arrays/{folder}")), &[]);
        assert!(said.contains(&format!("axes of length 1 are dropped in {clips}")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert_eq!(said_of(&wild("arrays/integers"), &[]), "");
    let (place, folder) = (tempfile::tempdir().unwrap(), wild("arrays/1xTxD"));
    let output = place.path().join("table.npz");
    let arguments = ["aggregate".as_ref(), folder.as_os_str(), "-o".as_ref(), output.as_os_str()];
    let document = blemore_json(arguments);
    assert!(document["dropped_axes"].as_str().unwrap().contains("(1, 12, 8) is 12 frames of 8 values"));
}

#[test]
fn layers_are_refused_and_the_fix_works() {
    let folder = wild("arrays/layersxTxD");
    let place = tempfile::tempdir().unwrap();
    let output = place.path().join("table.npz");
    let arguments = ["aggregate".as_ref(), folder.as_os_str(), "-o".as_ref(), output.as_os_str()];
    let said = refusal(arguments);
    assert!(said.contains("(3, 12, 8)") && said.contains("choose a layer: --layer N"), "{said}");
    for layer in ["0", "2", "mean"] {
        said_of(&folder, &["--layer", layer]);
        said_of(&wild("arrays/1xlayersxTxD-same"), &["--layer", layer]);
    }
    for (layer, what) in [
        ("3", "has 3 layers"),
        ("-1", "a number from 0 on, or mean"),
        ("last", "a number from 0 on, or mean"),
    ] {
        let said = refusal(arguments.into_iter().chain(["--layer".as_ref(), layer.as_ref()]));
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn what_the_folder_holds_instead_is_named_with_a_fix_that_works() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("arrays");
    for number in 0..12 {
        let clip = folder.join("X102_ang_int1_ver1");
        fs::create_dir_all(&clip).unwrap();
        fs::write(clip.join(format!("frame_{number}.npy")), npy(1, 5)).unwrap();
    }
    let said = aggregate(&folder);
    assert!(said.contains("these are folders of frames") && said.contains("--frames"), "{said}");
    said_of(&folder, &["--frames"]);

    let archive = place.path().join("archive");
    fs::create_dir(&archive).unwrap();
    fs::copy(wild("arrays/clips-of-one-npz/clips.npz"), archive.join("clips.npz")).unwrap();
    let said = aggregate(&archive);
    assert!(said.contains("clips.npz is an archive of clips: give it in place of the folder"), "{said}");
}

#[test]
fn numbers_beyond_f32_are_named() {
    let folder = wild("arrays/finite-but-large");
    let place = tempfile::tempdir().unwrap();
    let output = place.path().join("table.npz");
    let said = refusal(["aggregate".as_ref(), folder.as_os_str(), "-o".as_ref(), output.as_os_str()]);
    assert!(said.contains("1e39, which does not fit f32"), "{said}");
}

#[test]
fn a_table_that_cannot_be_written_is_no_bad_input() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let (folder, output) = (wild("arrays/integers"), file.join("table.npz"));
    let run = blemore(["aggregate".as_ref(), folder.as_os_str(), "-o".as_ref(), output.as_os_str()]);
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    assert!(stderr(&run).contains("cannot write"), "{}", stderr(&run));
}
