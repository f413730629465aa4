//! Input that cannot be used: an error that names file and clips, exit code 2, nothing half-written.

use std::fs;
use std::path::PathBuf;

use blemore::data::{ClipRecord, Metadata};
use blemore::features::FeatureTable;
use ndarray::Array2;

use crate::program::{blemore, refusal, stderr};
use crate::scene::{CLIPS, Scene};

impl Scene {
    /// What `cross-validate` says when it refuses this scene; it must not leave anything behind.
    fn refusal(&self) -> String {
        let (features, metadata, run) = (self.path("features.npz"), self.path("train.csv"), self.path("run"));
        let said = refusal(
            ["cross-validate", "--epochs", "1", "--features"].map(PathBuf::from).into_iter().chain([
                features,
                "--metadata".into(),
                metadata,
                "-o".into(),
                run.clone(),
            ]),
        );
        assert!(!run.exists(), "{said}");
        said
    }
}

fn assert_says(said: &str, expected: &[&str]) {
    for part in expected {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
}

#[test]
fn a_clip_without_features() {
    let scene = Scene::new();
    scene.write_features(&CLIPS.map(|(clip, _)| clip)[1..]);
    assert_says(&scene.refusal(), &["features.npz", "A1_ang_int1_ver1", "train.csv"]);
}

#[test]
fn features_without_a_clip() {
    let scene = Scene::new();
    scene.write_metadata(&CLIPS[..5]);
    assert_says(&scene.refusal(), &["features.npz", "A3_mix_fea_hap_30_70_ver1", "train.csv"]);
}

/// Also where the whole actor is unknown, and where the metadata of the test partition is there but does not list it.
#[test]
fn features_of_an_actor_that_no_metadata_list() {
    let scene = Scene::new();
    scene.write_metadata(&CLIPS[..4]);
    let test_clip = ClipRecord::of_name("A3_sad_int1_ver1".parse().unwrap());
    Metadata::from_records(&[test_clip]).unwrap().write(scene.path("test_metadata.csv")).unwrap();
    let said = scene.refusal();
    assert_says(&said, &["features.npz", "A3_mix_fea_hap_30_70_ver1", "train.csv", "test_metadata.csv"]);
    assert!(!said.contains("A3_sad_int1_ver1"), "{said}");
}

/// Metadata of the test partition stand beside those of the training partition, and share an actor, or a clip, with them.
#[test]
fn an_actor_of_both_partitions() {
    let scene = Scene::new();
    for (clip, said) in [
        ("A3_sad_int4_ver1", "test metadata: A3;"),
        ("A3_sad_int1_ver1", "test metadata: A3, with 1 clip in both: A3_sad_int1_ver1;"),
    ] {
        let test_clip = ClipRecord::of_name(clip.parse().unwrap());
        Metadata::from_records(&[test_clip]).unwrap().write(scene.path("test_metadata.csv")).unwrap();
        assert_says(&scene.refusal(), &[said]);
    }
}

/// A table of the scene's clips with these values.
fn write_values(scene: &Scene, value: impl Fn(usize, usize) -> f32) {
    let names = CLIPS.map(|(clip, _)| clip.parse().unwrap());
    let values = Array2::from_shape_fn((CLIPS.len(), 3), |(row, column)| value(row, column));
    FeatureTable::new(names, values).unwrap().write(scene.path("features.npz")).unwrap();
}

#[test]
fn features_that_say_nothing() {
    let scene = Scene::new();
    write_values(&scene, |_, _| 0.0);
    assert_says(&scene.refusal(), &["features.npz", "every value is 0"]);
    write_values(&scene, |row, column| if column == 0 { row as f32 } else { 4.5 });
    assert_says(
        &scene.refusal(),
        &["features.npz", "2 of 3 columns are constant: more than half say nothing"],
    );
    write_values(&scene, |row, column| ((row % 5) * 3 + column) as f32);
    assert_says(
        &scene.refusal(),
        &["features.npz", "2 clips have the same values: A1_ang_int1_ver1, A3_mix_fea_hap_30_70_ver1"],
    );
}

#[test]
fn suspect_features_are_said_and_with_strict_refused() {
    let scene = Scene::new();
    write_values(&scene, |row, column| if column == 0 { 4.5 } else { (row * column + row * row) as f32 });
    let [features, metadata, run] =
        ["features.npz", "train.csv", "run"].map(|name| scene.path(name).display().to_string());
    let words = [
        "cross-validate",
        "--epochs",
        "1",
        "--models",
        "linear",
        "--features",
        &features,
        "--metadata",
        &metadata,
    ];
    let words = words.into_iter().chain(["-o", &run]);
    let said = refusal(words.clone().chain(["--strict"]));
    assert_says(&said, &["features.npz", "1 of 3 columns is constant"]);
    assert!(!scene.path("run").exists());
    let output = blemore(words);
    assert!(output.status.success());
    assert_says(&stderr(&output), &["features.npz: 1 of 3 columns is constant"]);
}

#[test]
fn one_fold_alone() {
    let scene = Scene::new();
    scene.write_metadata(&CLIPS.map(|(clip, _)| (clip, 7)));
    assert_says(&scene.refusal(), &["train.csv", "every clip is in fold 7"]);
}

#[test]
fn a_fold_that_is_no_number() {
    let scene = Scene::new();
    let text = fs::read_to_string(scene.path("train.csv")).unwrap();
    fs::write(scene.path("train.csv"), text.replace(",2\n", ",two\n")).unwrap();
    assert_says(&scene.refusal(), &["train.csv", "A3_sad_int1_ver1", "\"two\"", "whole number"]);
}

#[test]
fn an_unreadable_csv() {
    let scene = Scene::new();
    fs::write(scene.path("train.csv"), b"\xff\xfe\x00garbage\n\"unclosed").unwrap();
    assert_says(&scene.refusal(), &["train.csv"]);
    fs::write(scene.path("train.csv"), "").unwrap();
    assert_says(&scene.refusal(), &["train.csv"]);
}

#[test]
fn a_missing_or_damaged_table() {
    let scene = Scene::new();
    let bytes = fs::read(scene.path("features.npz")).unwrap();
    fs::write(scene.path("features.npz"), &bytes[..bytes.len() / 2]).unwrap();
    assert_says(&scene.refusal(), &["features.npz"]);
    fs::remove_file(scene.path("features.npz")).unwrap();
    assert_says(&scene.refusal(), &["features.npz"]);
}

#[test]
fn a_folder_without_a_dataset() {
    let empty = tempfile::tempdir().unwrap();
    let said = refusal(["reproduce".as_ref(), "--data".as_ref(), empty.path().as_os_str()]);
    assert_says(&said, &["train_metadata.csv"]);
}

#[test]
fn a_model_that_is_none() {
    let said = refusal([
        "cross-validate",
        "--features",
        "x.npz",
        "--metadata",
        "x.csv",
        "-o",
        "x",
        "--models",
        "resnet",
    ]);
    assert_says(&said, &["resnet", "mlp-256"]);
}
