//! `blemore submit`: what it accepts, what it writes, and what it never overwrites.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::program::{blemore, stderr};

const GOOD: &str = r#"{
    "test_0002": [{"emotion": "sad", "salience": 100}],
    "test_0001.mov": [{"emotion": "hap", "salience": 70.0}, {"emotion": "ang", "salience": 30.0}]
}"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn with(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn submit(predictions: &Path, output: &Path, more: &[&str]) -> Output {
    let paths = [predictions, output].map(|path| path.to_str().unwrap());
    blemore(["submit", "--predictions", paths[0], "-o", paths[1]].iter().chain(more))
}

/// What is said on stderr by a run that ends with this code and prints nothing.
fn failure(output: &Output, code: i32) -> String {
    assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{output:?}");
    stderr(output)
}

fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_bundle_is_written_and_scored_like_its_predictions() {
    let folder = Folder::new();
    let predictions = folder.with("predictions.json", GOOD);
    let metadata = folder.with("clips.csv", "filename\ntest_0001.mov\ntest_0002.mov\n");
    let bundle = folder.path("submission.zip");
    let run = submit(&predictions, &bundle, &["--json", "--metadata", metadata.to_str().unwrap()]);
    let document: Value = serde_json::from_str(&done(&run)).unwrap();
    assert_eq!((document["n_clips"].as_u64(), document["n_blends"].as_u64()), (Some(2), Some(1)));
    assert_eq!(stderr(&run), "");

    // The bundle can be bundled again, to the same bytes.
    let again = folder.path("again.zip");
    let run = submit(&bundle, &again, &[]);
    assert!(done(&run).contains("2 clips, 1 of them blends"));
    assert!(stderr(&run).contains("--metadata"));
    assert_eq!(std::fs::read(&bundle).unwrap(), std::fs::read(&again).unwrap());
}

#[test]
fn every_fault_is_told_and_nothing_is_written() {
    let folder = Folder::new();
    let predictions = folder.with(
        "predictions.json",
        r#"{
            "test_0001": [{"emotion": "hap", "salience": 50}, {"emotion": "neu", "salience": 50}],
            "test_0002": [{"emotion": "hap", "salience": 60}, {"emotion": "ang", "salience": 40}],
            "test_0003": [{"emotion": "joy", "salience": 100}],
            "test_0009": [{"emotion": "ang", "salience": 100}]
        }"#,
    );
    let metadata = folder.with("clips.csv", "filename\ntest_0001\ntest_0002\ntest_0003\ntest_0004\n");
    let run = submit(&predictions, &folder.path("s.zip"), &["--metadata", metadata.to_str().unwrap()]);
    let message = failure(&run, 2);
    for part in [
        "predictions.json: 5 faults",
        "test_0001: neutral is never part of a blend",
        "test_0002: saliences 60/40",
        "test_0003: unknown emotion \"joy\"",
        "test_0004: there is no prediction",
        "test_0009: not among the expected clips",
    ] {
        assert!(message.contains(part), "{part} is not in\n{message}");
    }
    assert_eq!(folder.names(), ["clips.csv", "predictions.json"]);
}

#[test]
fn a_file_is_overwritten_by_force_only() {
    let folder = Folder::new();
    let predictions = folder.with("predictions.json", GOOD);
    let bundle = folder.with("submission.zip", "mine");
    let run = submit(&predictions, &bundle, &[]);
    assert!(failure(&run, 2).contains("--force"));
    assert_eq!(std::fs::read(&bundle).unwrap(), b"mine");
    done(&submit(&predictions, &bundle, &["--force"]));
    assert!(std::fs::read(&bundle).unwrap().starts_with(b"PK"));
    assert_eq!(folder.names(), ["predictions.json", "submission.zip"]);
}

#[test]
fn a_place_that_cannot_be_written_is_no_fault_of_the_input() {
    let folder = Folder::new();
    let predictions = folder.with("predictions.json", GOOD);
    let inside_a_file = predictions.join("submission.zip");
    let run = submit(&predictions, &inside_a_file, &[]);
    assert!(failure(&run, 1).contains("cannot write"));
}
