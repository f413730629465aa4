//! `blemore inspect` on a generated folder, sound and damaged.

use blemore_data::generate::{Corpus, CorpusSize};

use crate::program::{blemore, blemore_json, stderr};

fn corpus() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let size = CorpusSize { training_actors: 2, test_actors: 1, folds: 2 };
    Corpus::generate(42, size).unwrap().write(folder.path()).unwrap();
    folder
}

#[test]
fn a_sound_folder_is_described() {
    let folder = corpus();
    let document = blemore_json(["inspect".as_ref(), folder.path().as_os_str()]);
    assert_eq!(document["train"]["clips"], 108);
    assert_eq!(document["generated"], true);
    assert_eq!(document["folds"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["feature_sets"][1]["encoder"], "Generated audio");
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(0));
    let output = blemore(["inspect".as_ref(), folder.path().as_os_str()]);
    let shown = String::from_utf8(output.stdout).unwrap();
    for part in ["generated, not the dataset's own", "ang+hap 70/30", "Generated video", "<f4"] {
        assert!(shown.contains(part), "{part} not in\n{shown}");
    }
}

#[test]
fn faults_are_listed_and_end_with_exit_code_2() {
    let folder = corpus();
    let arrays = folder.path().join("pre_extracted_test_data/GeneratedAudio_test");
    let array = std::fs::read_dir(&arrays).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(&array).unwrap();
    let output = blemore(["inspect".as_ref(), folder.path().as_os_str()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("1 fault in"), "{}", stderr(&output));
    let clip = array.file_stem().unwrap().to_str().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("has no features of 1 clip") && shown.contains(clip), "{shown}");
}
