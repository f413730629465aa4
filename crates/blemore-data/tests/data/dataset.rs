use std::fs;
use std::path::Path;

use blemore_data::{Dataset, Encoder, Error, OverlookedReason, Source, Standing};

use crate::shared::HEADER;

const TRAIN: &str = "A1_hap_int3_ver1,A1,0,hap,1,3,,,,,0\nA2_hap_int3_ver1,A2,0,hap,1,3,,,,,1\n";

/// A dataset folder with both metadata files and these empty files.
fn folder_with(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "train_metadata.csv", &format!("{HEADER}\n{TRAIN}"));
    write(folder.path(), "test_metadata.csv", "filename\ntest_0001.mov\n");
    for file in files {
        write(folder.path(), file, "");
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn faults(folder: &Path) -> Vec<String> {
    match Dataset::open(folder) {
        Err(Error::Dataset { faults, .. }) => faults,
        other => panic!("expected faults, found {other:?}"),
    }
}

/// `name: train source, test source`, paths relative to the folder.
fn listed(folder: &Path, dataset: &Dataset) -> Vec<String> {
    let shown = |source: &Source| {
        let kind = if matches!(source, Source::Table(_)) { "table" } else { "folder" };
        format!("{kind} {}", source.path().strip_prefix(folder).unwrap().display())
    };
    let sets = dataset.feature_sets().iter();
    sets.map(|set| {
        format!("{}: {}, {}", set.name(), shown(set.train()), set.test().map_or("none".to_owned(), shown))
    })
    .collect()
}

#[test]
fn the_published_layout_comes_in_the_order_of_table_ii() {
    let names = [
        "WavLM_large",
        "HiCMAE",
        "VideoSwin",
        "ImageBind",
        "HuBERT_large",
        "OpenFace",
        "CLIP",
        "VideoMAEv2",
        "Mine",
    ];
    let mut files = Vec::new();
    for name in names {
        files.push(format!("pre_extracted_train_data/{name}_train/A1_hap_int3_ver1.npy"));
        files.push(format!("pre_extracted_test_data/{name}_test/test_0001.npy"));
    }
    let folder = folder_with(&files.iter().map(String::as_str).collect::<Vec<_>>());
    let dataset = Dataset::open(folder.path()).unwrap();
    let found: Vec<String> = dataset.feature_sets().iter().map(|set| set.encoder().to_string()).collect();
    let expected =
        ["CLIP", "ImageBind", "OpenFace", "VideoMAEv2", "VideoSwin", "HuBERT", "WavLM", "HiCMAE", "Mine"];
    assert_eq!(found, expected);
    assert_eq!(dataset.feature_sets()[8].encoder(), &Encoder::Other("Mine".to_owned()));
    assert_eq!(
        listed(folder.path(), &dataset)[5],
        "HuBERT_large: folder pre_extracted_train_data/HuBERT_large_train, folder pre_extracted_test_data/HuBERT_large_test"
    );
    assert_eq!(dataset.overlooked(), []);
}

#[test]
fn tables_lie_in_any_of_the_three_folders() {
    let folder = folder_with(&[
        "CLIP_train.npz",
        "CLIP_test.npz",
        "ImageBind.npz",
        "pre_extracted_train_data/WavLM_large_train.npz",
        "pre_extracted_test_data/WavLM_large_test.npz",
        "pre_extracted_train_data/HuBERT_base.npz",
        "pre_extracted_test_data/HuBERT_base.NPZ",
        "pre_extracted_train_data/HuBERT_large.npz",
    ]);
    let dataset = Dataset::open(folder.path()).unwrap();
    let expected = [
        "CLIP: table CLIP_train.npz, table CLIP_test.npz",
        "ImageBind: table ImageBind.npz, table ImageBind.npz",
        "HuBERT_base: table pre_extracted_train_data/HuBERT_base.npz, table pre_extracted_test_data/HuBERT_base.NPZ",
        "HuBERT_large: table pre_extracted_train_data/HuBERT_large.npz, none",
        "WavLM_large: table pre_extracted_train_data/WavLM_large_train.npz, table pre_extracted_test_data/WavLM_large_test.npz",
    ];
    assert_eq!(listed(folder.path(), &dataset), expected);
    assert_eq!(dataset.overlooked(), []);
}

/// Case is no difference (some file systems have none), punctuation is one.
#[test]
fn names_that_differ_in_case_are_one_set_and_all_others_several() {
    let folder = folder_with(&[
        "pre_extracted_train_data/HuBERT_large_train.npz",
        "pre_extracted_test_data/hubert_LARGE_test.npz",
        "HUBERT_large_train.npz",
        "hubert-large_train.npz",
        "HuBERT_base_train.npz",
        "WavLM_base_train.npz",
        "Mine_train.npz",
        "mine_TEST.npz",
    ]);
    let dataset = Dataset::open(folder.path()).unwrap();
    let sets: Vec<(String, Standing, bool)> = dataset
        .feature_sets()
        .iter()
        .map(|set| (set.title(), set.standing(), set.test().is_some()))
        .collect();
    let expected = [
        ("HuBERT (hubert-large)", Standing::Other, false),
        ("HuBERT (HuBERT_base)", Standing::Other, false),
        ("HuBERT", Standing::Published, true),
        ("WavLM (WavLM_base)", Standing::Only, false),
        ("Mine", Standing::Published, true),
    ];
    assert_eq!(sets, expected.map(|(title, standing, test)| (title.to_owned(), standing, test)));
    let [second] = dataset.overlooked() else { panic!("{:?}", dataset.overlooked()) };
    assert!(second.path.ends_with("HUBERT_large_train.npz"));
    assert!(second.to_string().ends_with("HuBERT_large_train.npz is used in its place"), "{second}");
}

#[test]
fn of_features_that_are_there_twice_the_more_finished_count() {
    let folder = folder_with(&[
        "pre_extracted_train_data/ImageBind_train/A1_hap_int3_ver1.npy",
        "pre_extracted_test_data/ImageBind_test/test_0001.npy",
        "ImageBind_train.npz",
        "imagebind.npz",
        "CLIP_train/A1_hap_int3_ver1.npy",
        "pre_extracted_train_data/CLIP_train/A1_hap_int3_ver1.npy",
    ]);
    let dataset = Dataset::open(folder.path()).unwrap();
    let expected = [
        "CLIP: folder pre_extracted_train_data/CLIP_train, none",
        "ImageBind: table ImageBind_train.npz, table imagebind.npz",
    ];
    assert_eq!(listed(folder.path(), &dataset), expected);
    let overlooked: Vec<String> = dataset.overlooked().iter().map(ToString::to_string).collect();
    assert_eq!(overlooked.len(), 3);
    for (line, used) in
        overlooked.iter().zip(["pre_extracted_train_data/CLIP_train", "imagebind.npz", "ImageBind_train.npz"])
    {
        assert!(line.ends_with(&format!("{used} is used in its place")), "{line}");
    }
}

#[test]
fn what_is_not_used_is_listed_with_the_reason() {
    let folder = folder_with(&[
        "README.md",
        ".hidden",
        "train_metadata.parquet",
        "results.npz",
        "latest.npz",
        "videos/A1_hap_int3_ver1.mov",
        "OpenFace_train/A1_hap_int3_ver1.csv",
        "pre_extracted_train_data/notes.txt",
        "pre_extracted_train_data/CLIP_train/nested/A1_hap_int3_ver1.npy",
        "pre_extracted_test_data/WavLM_large_test/test_0001.npy",
        "_train.npz",
    ]);
    let dataset = Dataset::open(folder.path()).unwrap();
    assert_eq!(listed(folder.path(), &dataset), Vec::<String>::new());
    let overlooked = dataset.overlooked().iter();
    let overlooked: Vec<(&str, OverlookedReason)> = overlooked
        .map(|found| {
            (found.path.strip_prefix(folder.path()).unwrap().to_str().unwrap(), found.reason.clone())
        })
        .collect();
    let expected = [
        ("OpenFace_train", OverlookedReason::NoArrays),
        ("README.md", OverlookedReason::Unknown),
        ("_train.npz", OverlookedReason::Unknown),
        ("latest.npz", OverlookedReason::Unknown),
        ("pre_extracted_test_data/WavLM_large_test", OverlookedReason::NoTrainFeatures),
        ("pre_extracted_train_data/CLIP_train", OverlookedReason::NoArrays),
        ("pre_extracted_train_data/notes.txt", OverlookedReason::Unknown),
        ("results.npz", OverlookedReason::Unknown),
        (
            "train_metadata.parquet",
            OverlookedReason::Duplicate { used: folder.path().join("train_metadata.csv") },
        ),
        ("videos", OverlookedReason::Unknown),
    ];
    assert_eq!(overlooked, expected);
}

#[test]
fn without_test_metadata_test_features_are_not_used() {
    let folder = folder_with(&["CLIP_train.npz", "CLIP_test.npz", "ImageBind.npz"]);
    fs::remove_file(folder.path().join("test_metadata.csv")).unwrap();
    let dataset = Dataset::open(folder.path()).unwrap();
    assert!(dataset.test().is_none() && dataset.feature_sets().iter().all(|set| set.test().is_none()));
    let [overlooked] = dataset.overlooked() else { panic!("{:?}", dataset.overlooked()) };
    assert_eq!(overlooked.reason, OverlookedReason::NoTestMetadata);
    assert!(overlooked.to_string().contains("CLIP_test.npz"));
}

#[test]
fn every_fault_comes_at_once() {
    let folder = folder_with(&[]);
    write(folder.path(), "train_metadata.csv", &format!("{HEADER}\nA1_joy_int3_ver1,A1,0,hap,9,3,,,,,0\n"));
    write(folder.path(), "test_metadata.csv", "clip,label\nA1_hap_int3_ver1,hap\n");
    let message = Dataset::open(folder.path()).unwrap_err().to_string();
    for part in
        ["2 faults", "train_metadata.csv", "joy", "test_metadata.csv has no column filename", "clip, label"]
    {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn folders_that_are_none_say_what_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    let [message] = &faults(folder.path())[..] else { panic!("one fault") };
    assert!(message.contains("train_metadata.csv is not there"), "{message}");
    assert_eq!(faults(&folder.path().join("missing")), ["there is no such folder"]);
    write(folder.path(), "a_file", "");
    assert_eq!(faults(&folder.path().join("a_file")), ["there is no such folder"]);
    fs::create_dir(folder.path().join("train_metadata.csv")).unwrap();
    let [message] = &faults(folder.path())[..] else { panic!("one fault") };
    assert!(message.starts_with("cannot read") && message.contains("train_metadata.csv"), "{message}");
}

#[test]
fn actors_in_both_partitions_are_refused() {
    let folder = folder_with(&[]);
    write(folder.path(), "test_metadata.csv", &format!("{HEADER}\nA2_sad_int3_ver1,A2,0,sad,1,3,,,,,\n"));
    let [message] = &faults(folder.path())[..] else { panic!("one fault") };
    assert!(message.starts_with("actors in both the training and the test metadata: A2;"), "{message}");
}

/// Of sets by these names, each the only one of its encoder or beside another.
#[test]
fn names_say_whether_features_are_the_papers() {
    let standings = |names: &[&str]| {
        let files: Vec<_> =
            names.iter().map(|name| format!("pre_extracted_train_data/{name}_train/a.npy")).collect();
        let folder = folder_with(&files.iter().map(String::as_str).collect::<Vec<_>>());
        let dataset = Dataset::open(folder.path()).unwrap();
        let of =
            |name: &&str| dataset.feature_sets().iter().find(|set| set.name() == *name).unwrap().standing();
        names.iter().map(of).collect::<Vec<_>>()
    };
    for name in [
        "HuBERT_large",
        "hubert_LARGE",
        "HuBERT-large",
        "HuBERT",
        "WavLM",
        "VideoMAEv2",
        "videomae-v2",
        "OpenFace",
        "OpenFace_2.0",
        "OpenFace 2.2.0",
        "OpenFace_3.0",
        "openface3",
        "Video-Swin-Transformer",
        "CLIP",
        "GeneratedVideo",
        "My encoder",
    ] {
        assert_eq!(standings(&[name]), [Standing::Published], "{name}");
    }
    for name in [
        "HuBERT_base",
        "hubert-large-ll60k",
        "wavlm-base-plus",
        "videomae-v2-large",
        "VideoMAE",
        "OpenFace_2.0_smooth",
        "openface3_30fps",
        "swin_b",
        "clips",
    ] {
        assert_eq!(standings(&[name]), [Standing::Only], "{name}");
    }
    // The published name counts before other punctuation, and that before the encoder's name alone.
    for pair in [["HuBERT_large", "HuBERT-large"], ["HuBERT-large", "HuBERT"], ["HuBERT", "HuBERT_base"]] {
        assert_eq!(standings(&pair), [Standing::Published, Standing::Other], "{pair:?}");
    }
}
