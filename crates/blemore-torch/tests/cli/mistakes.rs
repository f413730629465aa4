//! What newcomers give a command that trains, in place of what is meant: the error ends with the command that works.

use std::fs;

use blemore::data::{ClipRecord, Metadata};

use crate::program::{blemore, refusal, stderr};
use crate::scene::{CLIPS, Scene};

/// The words of the command that a refusal ends with, after `blemore`.
fn advice(words: &[&str]) -> Vec<String> {
    let said = refusal(words);
    let command = said.trim_end().rsplit_once("\ntry: blemore ");
    let (_, command) = command.unwrap_or_else(|| panic!("no command: {said}"));
    command.split(' ').map(str::to_owned).collect()
}

/// Runs the command that a refusal ends with.
fn follow(words: &[&str]) -> Vec<String> {
    let advised = advice(words);
    let run = blemore(&advised);
    assert!(run.status.success(), "{advised:?}: {}", stderr(&run));
    advised
}

#[test]
fn what_is_not_quite_right_leads_to_what_is() {
    let scene = Scene::new();
    let text = |name: &str| scene.path(name).display().to_string();
    let (features, metadata, run) = (text("features.npz"), text("train.csv"), text("runs/one"));
    let train = ["cross-validate", "--features", &features, "--metadata", &metadata, "-o", &run];
    let quick = ["--epochs", "1", "--models", "linear"];

    // Metadata without folds.
    let records = CLIPS.map(|(clip, _)| ClipRecord::of_name(clip.parse().unwrap()));
    let folded = fs::read(&metadata).unwrap();
    Metadata::from_records(&records).unwrap().write(&metadata).unwrap();
    assert_eq!(advice(&[&train[..], &quick].concat())[..3], ["folds", "--metadata", &metadata]);
    fs::write(&metadata, folded).unwrap();

    let trained = blemore([&train[..], &quick].concat());
    assert!(trained.status.success(), "{}", stderr(&trained));
    let cell = fs::read_dir(scene.path("runs/one/cells")).unwrap().next().unwrap().unwrap().path();
    let cell = cell.display().to_string();

    // A folder around, or a cell of it, in place of the run.
    for wrong in [text("runs"), cell] {
        let page = text("page.html");
        let advised = follow(&["report", "--run", &wrong, "--force", "-o", &page]);
        assert_eq!(advised[2], run, "{wrong}");
    }
    // A run in place of a checkpoint.
    let predictions = text("predictions.json");
    let advised = follow(&["predict", "--checkpoint", &run, "--features", &features, "-o", &predictions]);
    assert!(advised[2].ends_with("/checkpoint.safetensors"), "{advised:?}");
}

#[test]
fn a_dataset_is_found_around_a_part_of_it() {
    let scene = Scene::new();
    let text = |name: &str| scene.path(name).display().to_string();
    fs::create_dir_all(scene.path("data/pre_extracted_train_data")).unwrap();
    fs::rename(scene.path("train.csv"), scene.path("data/train_metadata.csv")).unwrap();
    let advised = advice(&["reproduce", "--data", &text("data/pre_extracted_train_data"), "--epochs", "1"]);
    assert_eq!(advised, ["reproduce", "--data", &text("data"), "--epochs", "1"]);
}
