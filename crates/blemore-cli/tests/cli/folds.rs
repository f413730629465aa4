//! `blemore folds`: what it writes and shows, and that it refuses.

use std::path::Path;

use blemore_data::generate::{Corpus, CorpusSize};
use blemore_data::{Folds, Metadata};

use crate::program::{blemore, blemore_json, refusal, stderr};

fn corpus() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    Corpus::generate(42, CorpusSize::SMALL).unwrap().write(folder.path()).unwrap();
    folder
}

fn arguments<'a>(clips: &'a Path, output: &'a Path, folds: &'a str) -> [&'a std::ffi::OsStr; 7] {
    let [command, metadata, number, to] = ["folds", "--metadata", "--folds", "-o"].map(AsRef::as_ref);
    [command, metadata, clips.as_os_str(), number, folds.as_ref(), to, output.as_os_str()]
}

#[test]
fn folds_are_written_and_shown() {
    let folder = corpus();
    let clips = folder.path().join("test_metadata.csv");
    let written = folder.path().join("with_folds.csv");
    let document = blemore_json(arguments(&clips, &written, "2"));
    let folds = document["folds"].as_array().unwrap();
    assert_eq!(folds.len(), 2);
    assert_eq!(
        (&folds[0]["clips"], &folds[0]["blends"], &folds[0]["actors"]),
        (&54.into(), &30.into(), &1.into())
    );
    assert_eq!(Folds::new(&Metadata::read(&written).unwrap()).unwrap().count(), 2);

    let again = blemore(arguments(&clips, &written, "2"));
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("exists"), "{}", stderr(&again));
}

#[test]
fn folds_that_are_there_are_replaced_and_this_is_said() {
    let folder = corpus();
    let written = folder.path().join("with_folds.csv");
    let output = blemore(arguments(&folder.path().join("train_metadata.csv"), &written, "3"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("its folds are replaced"), "{}", stderr(&output));
    let shown = String::from_utf8(output.stdout).unwrap();
    for part in ["clips per presence class", "actors by gender", "Farthest from an equal share: fold "] {
        assert!(shown.contains(part), "{part} not in\n{shown}");
    }
}

#[test]
fn more_folds_than_actors_are_refused() {
    let folder = corpus();
    let written = folder.path().join("with_folds.csv");
    let output = blemore(arguments(&folder.path().join("test_metadata.csv"), &written, "3"));
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("2 actors cannot make 3 folds: ask for 2 to 2"), "{}", stderr(&output));
    assert!(!written.exists());
}

#[test]
fn a_class_that_a_fold_lacks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let clips = folder.path().join("clips.csv");
    std::fs::write(&clips, "filename\nA1_hap_int1_ver1\nA2_hap_int1_ver1\nA1_sad_int1_ver1\n").unwrap();
    let document = blemore_json(arguments(&clips, &folder.path().join("folds.csv"), "2"));
    assert_eq!(document["lacking"].as_array().map(Vec::len), Some(1));
    let lacking = document["lacking"][0].as_str().unwrap();
    assert!(lacking.ends_with("has no clip of sad"), "{lacking}");
}

#[test]
fn one_actor_makes_no_folds() {
    let folder = tempfile::tempdir().unwrap();
    let clips = folder.path().join("clips.csv");
    std::fs::write(&clips, "filename\nA1_hap_int1_ver1\nA1_sad_int1_ver1\n").unwrap();
    let said = refusal(arguments(&clips, &folder.path().join("folds.csv"), "2"));
    assert!(said.contains("one actor alone makes no folds"), "{said}");
}

#[test]
fn a_name_of_another_format_than_what_is_written_is_refused() {
    let folder = corpus();
    let clips = folder.path().join("test_metadata.csv");
    for name in ["folds.parquet", "folds.JSON"] {
        let said = refusal(arguments(&clips, &folder.path().join(name), "2"));
        assert!(said.contains("give a name that ends in .csv"), "{said}");
    }
    for name in ["folds", "folds.v2", "folds.CSV"] {
        assert!(blemore(arguments(&clips, &folder.path().join(name), "2")).status.success(), "{name}");
    }
}
