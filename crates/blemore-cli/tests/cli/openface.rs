//! `blemore openface`: what it says of files as people have them.

use std::fs;
use std::path::Path;

use blemore_features::FeatureMatrix;
use blemore_testing::wild;

use crate::program::{blemore, blemore_json, refusal, stderr};

/// What the program says of a folder that it converts, and the frames of the only clip.
fn convert(folder: &str) -> (String, usize) {
    let place = tempfile::tempdir().unwrap();
    let run = blemore([
        "openface".as_ref(),
        wild(folder).as_os_str(),
        "-o".as_ref(),
        place.path().join("arrays").as_os_str(),
    ]);
    assert!(run.status.success(), "{folder}: {}", stderr(&run));
    let array = FeatureMatrix::read(place.path().join("arrays/X102_ang_int1_ver1.npy")).unwrap();
    (stderr(&run), array.len())
}

#[test]
fn notes_name_the_file() {
    for (folder, frames, what) in [
        ("openface/two-faces", 20, "frames 5-14 show faces 0 and 1"),
        ("openface3/two-faces", 5, "frames 0-4 show faces 0 and 1"),
        ("openface/lost-frames", 10, "frames 6-15 are not in the file"),
        ("openface/shuffled", 5, "not in the order of their frames"),
    ] {
        let (said, found) = convert(folder);
        assert!(said.contains("X102_ang_int1_ver1.csv: ") && said.contains(what), "{said}");
        assert_eq!((found, said.lines().count()), (frames, 1), "{said}");
    }
    for folder in ["na", "windows-nan", "windows-qnan", "tabs", "utf-16", "decimal-comma-semicolon"] {
        assert_eq!(convert(&format!("openface/{folder}")).0, "", "{folder}");
    }
}

#[test]
fn notes_are_in_the_document() {
    let place = tempfile::tempdir().unwrap();
    let (folder, output) = (wild("openface/two-faces"), place.path().join("arrays"));
    let document = blemore_json(["openface".as_ref(), folder.as_os_str(), "-o".as_ref(), output.as_os_str()]);
    let note = document["clips"][0]["notes"][0].as_str().unwrap();
    assert!(note.contains("show faces 0 and 1"), "{note}");
}

fn refused(folder: &Path, options: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    let output = place.path().join("arrays");
    let arguments = ["openface".as_ref(), folder.as_os_str(), "-o".as_ref(), output.as_os_str()];
    refusal(arguments.into_iter().chain(options.iter().map(AsRef::as_ref)))
}

#[test]
fn what_is_refused_is_named_with_a_fix() {
    let said = refused(&wild("openface/two-faces"), &["--on-several-faces", "refuse"]);
    assert!(said.contains("X102_ang_int1_ver1.csv: frames 5-14 show faces 0 and 1: crop"), "{said}");
    let said = refused(&wild("openface/decimal-comma-unquoted"), &[]);
    assert!(said.contains("line 2 has 69 cells, the header 36") && said.contains("LC_ALL=C"), "{said}");
}

#[test]
fn one_broken_file_among_good_ones_is_bad_input() {
    let place = tempfile::tempdir().unwrap();
    let good = wild("openface/tabs/X102_ang_int1_ver1.csv");
    for clip in ["X101_ang_int1_ver1", "X102_ang_int1_ver1"] {
        fs::copy(&good, place.path().join(format!("{clip}.csv"))).unwrap();
    }
    fs::write(place.path().join("X103_ang_int1_ver1.csv"), b"PK\x03\x04xl/workbook.xml").unwrap();
    let said = refused(place.path(), &[]);
    assert!(said.contains("X103_ang_int1_ver1.csv: the file is an Excel spreadsheet"), "{said}");
}
