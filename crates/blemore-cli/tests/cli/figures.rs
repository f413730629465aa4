//! `blemore figures`: pictures of a dataset, of features and of tables of outputs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use blemore_data::generate::{Corpus, CorpusSize};
use serde_json::Value;

use crate::program::{blemore, blemore_json, refusal, stderr};

/// The names of the files in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A table of outputs for clips of two actors, in a folder.
pub(crate) fn outputs(folder: &Path) -> String {
    let mut table = "filename,ang,disg,fea,hap,sad,neu,fold\n".to_owned();
    for (fold, actor) in ["A1", "A2"].iter().enumerate() {
        for (clip, row) in [
            ("ang_int1_ver1", "0.7,0.1,0.05,0.05,0.05,0.05"),
            ("sad_int4_ver1", "0.3,0.1,0.05,0.05,0.45,0.05"),
            ("mix_ang_sad_70_30_ver1", "0.5,0.1,0.05,0.05,0.25,0.05"),
            ("mix_hap_sad_50_50_ver1", "0.1,0.1,0.05,0.35,0.35,0.05"),
        ] {
            table.push_str(&format!("{actor}_{clip},{row},{fold}\n"));
        }
    }
    let path = folder.join("system.csv");
    fs::write(&path, table).unwrap();
    path.display().to_string()
}

#[test]
fn a_table_of_outputs_becomes_figures() {
    let folder = tempfile::tempdir().unwrap();
    let table = outputs(folder.path());
    let album = folder.path().join("new/album");
    let album_text = album.display().to_string();
    let words = ["figures", "--probabilities", &table, "--by", "intensity_level", "-o", &album_text];
    let document = blemore_json(words);
    let figures = document["figures"].as_array().unwrap();
    let expected = [
        "confusion-sets",
        "confusion-labels",
        "confusion-labels-shares",
        "calibration",
        "threshold-surface",
        "thresholds-of-folds",
        "accuracies-by-emotions",
        "accuracies-by-intensity_level",
    ];
    assert_eq!(names(&album), expected.iter().map(|name| format!("system-{name}.svg")).collect());
    assert_eq!(figures.len(), expected.len());
    assert!(figures[0]["caption"].as_str().unwrap().contains("16 sets of emotions, 8 clips"));

    // The same command ends well, another figure is not replaced.
    assert!(blemore(words).status.success());
    fs::write(album.join("system-calibration.svg"), "mine").unwrap();
    assert!(refusal(words).contains("system-calibration.svg exists: give --force"));
    let forced = blemore([&words[..], &["--force"]].concat());
    assert!(forced.status.success(), "{}", stderr(&forced));
}

#[test]
fn a_dataset_has_durations_and_structure_and_its_features_components() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("corpus");
    let size = CorpusSize { training_actors: 4, test_actors: 1, folds: 2 };
    Corpus::generate(7, size).unwrap().write(&data).unwrap();
    let text = |path: &str| folder.path().join(path).display().to_string();
    let table = text("video.npz");
    let arrays = text("corpus/pre_extracted_train_data/GeneratedVideo_train");
    assert!(blemore(["aggregate", &arrays, "-o", &table]).status.success());

    let words = ["figures", "--data", &text("corpus"), "--features", &table, "--emotions", "sad,hap"];
    let run = blemore([&words[..], &["--format", "svg,png,pdf", "-o", &text("frames")]].concat());
    assert!(run.status.success(), "{}", stderr(&run));
    let expected = ["corpus-durations", "corpus-structure", "video-sad-hap-components"];
    let endings = ["svg", "png", "pdf"];
    let files = expected.iter().flat_map(|name| endings.map(|ending| format!("{name}.{ending}")));
    assert_eq!(names(Path::new(&text("frames"))), files.collect());
    for (ending, start) in [("svg", "<svg"), ("png", "\u{89}PNG"), ("pdf", "%PDF")] {
        let bytes = fs::read(text(&format!("frames/corpus-structure.{ending}"))).unwrap();
        let start: Vec<u8> = start.chars().map(|letter| letter as u8).collect();
        assert!(bytes.starts_with(&start), "{ending}");
    }
    let durations = |album: &str| fs::read_to_string(text(&format!("{album}/corpus-durations.svg"))).unwrap();
    assert!(durations("frames").contains("duration (frames)"), "no side file tells seconds");
    let document: Value = blemore_json([&words[..], &["--fps", "25", "-o", &text("seconds")]].concat());
    assert!(durations("seconds").contains("duration (s)"), "{document}");
    let structure = fs::read_to_string(text("seconds/corpus-structure.svg")).unwrap();
    assert!(structure.contains("corpus (generated clips)"));

    // The report has them beside outputs.
    let (outputs, page) = (outputs(folder.path()), text("page.html"));
    let words =
        ["report", "--probabilities", &outputs, "--data", &text("corpus"), "--features", &table, "-o", &page];
    assert!(blemore(words).status.success());
    let html = fs::read_to_string(page).unwrap();
    assert_eq!(html.matches("<figcaption>").count(), 7 + 2 + 10);
    assert!(html.contains("Datasets and features"));

    let all = blemore(["figures", "--features", &table, "-o", &text("all")]);
    assert!(all.status.success(), "{}", stderr(&all));
    assert_eq!(names(Path::new(&text("all"))).len(), 10, "a figure per pair");
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("album").display().to_string();
    assert!(refusal(["figures", "-o", &output]).contains("--run"));
    let table = outputs(folder.path());
    for emotions in ["hap,neu", "hap,hap", "hap", "hap,joy"] {
        let said = refusal(["figures", "--features", "f.npz", "--emotions", emotions, "-o", &output]);
        assert!(said.contains("--emotions"), "{said}");
    }
    let said = refusal(["figures", "--probabilities", &table, "--by", "camera", "-o", &output]);
    assert!(said.contains("camera"), "{said}");
    assert!(!Path::new(&output).exists());
}
