//! Input that cannot be used: an error that names file and clips, exit code 2, nothing half-written.

use std::fs;
use std::path::{Path, PathBuf};

use blemore::data::{ClipRecord, Metadata};
use blemore::features::FeatureTable;
use ndarray::Array2;

use crate::program::refusal;

/// Six clips of three actors, one actor a fold.
const CLIPS: [(&str, u8); 6] = [
    ("A1_ang_int1_ver1", 0),
    ("A1_mix_ang_sad_70_30_ver1", 0),
    ("A2_hap_int1_ver1", 1),
    ("A2_mix_ang_sad_50_50_ver1", 1),
    ("A3_sad_int1_ver1", 2),
    ("A3_mix_fea_hap_30_70_ver1", 2),
];

/// A folder with metadata and features that fit together.
struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        scene.write_metadata(&CLIPS);
        scene.write_features(&CLIPS.map(|(clip, _)| clip));
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_metadata(&self, clips: &[(&str, u8)]) {
        let records: Vec<ClipRecord> = clips
            .iter()
            .map(|(clip, fold)| ClipRecord {
                fold: Some(*fold),
                ..ClipRecord::of_name(clip.parse().unwrap())
            })
            .collect();
        Metadata::from_records(&records).unwrap().write(self.path("train.csv")).unwrap();
    }

    fn write_features(&self, clips: &[&str]) {
        let names = clips.iter().map(|clip| clip.parse().unwrap()).collect();
        let values = Array2::from_shape_fn((clips.len(), 3), |(row, column)| (row * 3 + column) as f32);
        FeatureTable::new(names, values).unwrap().write(self.path("features.npz")).unwrap();
    }

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

#[test]
fn a_fold_out_of_range() {
    let scene = Scene::new();
    scene.write_metadata(&CLIPS.map(|(clip, fold)| (clip, if fold == 2 { 7 } else { fold })));
    assert_says(&scene.refusal(), &["train.csv", "fold 7", "A3_sad_int1_ver1"]);
}

#[test]
fn a_fold_that_is_no_number() {
    let scene = Scene::new();
    let text = fs::read_to_string(scene.path("train.csv")).unwrap();
    fs::write(scene.path("train.csv"), text.replace(",2\n", ",-1\n")).unwrap();
    assert_says(&scene.refusal(), &["train.csv", "A3_sad_int1_ver1"]);
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
    assert_says(&aggregate(&folder), &["A2_hap_int1_ver1", "A3_hap_int1_ver1"]);
}

#[test]
fn a_folder_that_is_not_there_or_empty() {
    let temporary = tempfile::tempdir().unwrap();
    assert_says(&aggregate(&temporary.path().join("nowhere")), &["nowhere"]);
    let empty = temporary.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_says(&aggregate(&empty), &["empty", "a file a clip"]);
    let said = refusal(["reproduce".as_ref(), "--data".as_ref(), empty.as_os_str()]);
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
