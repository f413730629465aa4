//! Things that have the same name: each keeps its own numbers, or the second is refused.

use std::fs;
use std::path::Path;

use blemore::data::Metadata;
use blemore::data::generate::{Corpus, CorpusSize};
use blemore::features::FeatureTable;
use blemore::labels::ClipName;
use ndarray::Array2;
use serde_json::Value;

use crate::program::{blemore, blemore_json, refusal, stderr};
use crate::scene::{CLIPS, Scene};

/// Each encoder of Table II: the name of the paper's features, another one, and whether the paper's are the
/// good ones here.
const SETS: [(&str, &str, bool); 8] = [
    ("CLIP", "CLIP_ViT-L14", true),
    ("ImageBind", "imagebind huge", false),
    ("OpenFace", "OpenFace_smooth", true),
    ("VideoMAEv2", "videomae-v2-large", true),
    ("VideoSwin", "Swin_b", false),
    ("HuBERT_large", "HuBERT_base", false),
    ("WavLM_large", "wavlm-base+", true),
    ("HiCMAE", "HiCMAE_2", false),
];

/// Features of twenty values per emotion: with what the clip shows, or without anything. No two clips have the same.
fn features(partition: &str, clips: &[ClipName], is_good: bool) -> FeatureTable {
    let first = if partition == "train" { 0 } else { 600 };
    let value = |(clip, column): (usize, usize)| {
        let row = first + clip;
        let noise = (row * 7919 + column * 104_729 + row * column * 31) % 1009;
        let shown: Vec<usize> =
            clips[clip].label().unwrap().components().map(|(emotion, _)| emotion.index()).collect();
        let signal = if is_good && shown.contains(&(column % 6)) { 6.0 } else { 0.0 };
        signal + noise as f32 / 1009.0
    };
    FeatureTable::new(clips.to_vec(), Array2::from_shape_fn((clips.len(), 120), value)).unwrap()
}

fn clips(metadata: &Metadata) -> Vec<ClipName> {
    metadata.clips().iter().map(|record| record.clip.clone()).collect()
}

/// A dataset folder with metadata of a generated corpus, and its clips.
fn dataset(folder: &Path) -> [(&'static str, Vec<ClipName>); 2] {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    corpus.train().write(folder.join("train_metadata.csv")).unwrap();
    corpus.test().write(folder.join("test_metadata.csv")).unwrap();
    [("train", clips(corpus.train())), ("test", clips(corpus.test()))]
}

/// ACC_presence of the best model of a row: on the folds, and on the test clips.
fn presence(row: &Value) -> [f64; 2] {
    let model = &row["models"][0];
    let numbers = [&model["validation"]["acc_presence"]["mean"], &model["test"]["scores"]["acc_presence"]];
    numbers.map(|number| number.as_f64().unwrap())
}

#[test]
fn two_sets_of_each_encoder_have_each_their_own_numbers() {
    let temporary = tempfile::tempdir().unwrap();
    let (data, output) = (temporary.path().join("data"), temporary.path().join("results"));
    for (partition, clips) in dataset(&data) {
        let place = data.join(format!("pre_extracted_{partition}_data"));
        for (published, other, is_published_good) in SETS {
            for (name, is_good) in [(published, is_published_good), (other, !is_published_good)] {
                features(partition, &clips, is_good)
                    .write(place.join(format!("{name}_{partition}.npz")))
                    .unwrap();
            }
        }
    }
    fs::write(data.join("HUBERT_LARGE_train.npz"), "").unwrap();
    fs::write(data.join("notes.txt"), "").unwrap();
    let paths = ["--data", data.to_str().unwrap(), "-o", output.to_str().unwrap()];
    let quick = ["--models", "linear", "--epochs", "3", "--test-epochs", "3", "--learning-rate", "0.05"];
    let words = ["reproduce"].iter().chain(&paths).chain(&quick);
    let document = blemore_json(words.clone());

    let rows = document["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2 * 8 + 4 * 4);
    for row in rows {
        let name = row["encoder"].as_str().unwrap();
        let sets: Vec<&str> =
            row["feature_sets"].as_array().unwrap().iter().map(|set| set.as_str().unwrap()).collect();
        let is_good = |set: &&str| {
            SETS.iter().any(|(own, other, own_is_good)| *set == if *own_is_good { *own } else { *other })
        };
        let is_papers = |set: &&str| SETS.iter().any(|(own, ..)| own == set);
        for accuracy in presence(row) {
            // Sixteen sets of emotions: whoever knows nothing finds one in ten.
            let as_expected = if sets.iter().any(is_good) { accuracy > 0.5 } else { accuracy < 0.3 };
            assert!(as_expected, "{name}, of {sets:?}: {accuracy}");
        }
        assert_eq!(row["paper"].is_null(), !sets.iter().all(is_papers), "{name}");
        assert!(row["paper"].is_null() || row["paper"]["encoder"] == row["encoder"], "{row}");
        for set in sets.iter().filter(|set| !is_papers(set)) {
            assert!(name.contains(&format!("({set})")), "{name}");
        }
        let cells = fs::read_dir(output.join(row["folder"].as_str().unwrap()).join("cells")).unwrap();
        assert_eq!(cells.count(), 5 + 1, "{name} has a results folder of its own");
    }
    assert_eq!(
        (&document["missing"], &document["ambiguous"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );

    // Again, without training: as text.
    let again = blemore(words);
    let (text, said) = (String::from_utf8(again.stdout.clone()).unwrap(), stderr(&again));
    for (row, is_good) in
        [("HuBERT  ", false), ("HuBERT (HuBERT_base)  ", true), ("WavLM (wavlm-base+)  ", false)]
    {
        let line = text.lines().find(|line| line.trim_start().starts_with(row)).unwrap();
        let number = line.split("measured").nth(1).unwrap().split_whitespace().next().unwrap();
        assert_eq!(number.parse::<f64>().unwrap() > 0.5, is_good, "{line}");
    }
    assert_eq!(text.matches("0.243 ± 0.023").count(), 1, "the paper's HuBERT stands beside one row:\n{text}");
    assert!(said.contains("HUBERT_LARGE_train.npz: ") && said.contains("is used in its place"), "{said}");
    assert!(said.contains("Not used: 1 more") && said.contains("blemore inspect"), "{said}");

    // `merge` and `report` of both rows of an encoder.
    let path = |name: &str| temporary.path().join(name).display().to_string();
    let of_row = |name: &str| {
        let row = rows.iter().find(|row| row["encoder"] == name).unwrap();
        (row, output.join(row["folder"].as_str().unwrap()).display().to_string())
    };
    let [(noise, noise_folder), (good, good_folder)] = ["HuBERT", "HuBERT (HuBERT_base)"].map(of_row);
    for (row, folder, merged) in [(noise, &noise_folder, "noise"), (good, &good_folder, "good")] {
        let document = blemore_json(["merge", folder, "-o", &path(merged)]);
        let summary = &document["summary"][0];
        assert_eq!(summary["features"], row["encoder"]);
        assert_eq!(summary["acc_presence"], row["models"][0]["validation"]["acc_presence"]);
        let page = path(&format!("{merged}.html"));
        let report = blemore_json(["report", "--run", folder, "-o", &page]);
        let model = row["best_model"].as_str().unwrap();
        let system = format!("{} (generated clips), {model}", row["encoder"].as_str().unwrap());
        assert_eq!(report["systems"][0], system);
        let shown = format!("<td>{:.3} ± ", presence(row)[0]);
        assert!(fs::read_to_string(page).unwrap().contains(&shown), "{shown}");
    }
    // The report of all rows has the table.
    let (page, folder) = (path("all.html"), output.display().to_string());
    let report = blemore_json(["report", "--run", &folder, "-o", &page]);
    assert_eq!(report["systems"].as_array().map(Vec::len), Some(rows.len()));
    let html = fs::read_to_string(page).unwrap();
    assert!(html.contains("Table II, measured beside the paper"));
    assert_eq!(html.matches("<td>0.243 ± 0.023</td>").count(), 1, "the paper's HuBERT stands beside one row");
    for words in [
        ["merge", &noise_folder, &good_folder, "-o", &path("both")].to_vec(),
        ["merge", &noise_folder, "-o", &path("good")].to_vec(),
    ] {
        let said = refusal(words);
        assert!(said.contains("differ") && said.contains("features HuBERT"), "{said}");
    }
    let held = fs::read_to_string(temporary.path().join("good/summary.csv")).unwrap();
    assert!(held.contains("HuBERT (HuBERT_base)"), "what was refused has changed nothing: {held}");
}

/// Under other names than the paper's: one alone stands beside the paper's numbers and says so, of two none.
#[test]
fn features_that_are_not_the_papers_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let [(_, clips), _] = dataset(folder.path());
    fs::remove_file(folder.path().join("test_metadata.csv")).unwrap();
    for name in ["HuBERT_base", "HuBERT_xlarge", "WavLM_base"] {
        features("train", &clips, true).write(folder.path().join(format!("{name}_train.npz"))).unwrap();
    }
    let data = folder.path().to_str().unwrap();
    let printed = blemore(["reproduce", "--data", data, "--models", "linear", "--epochs", "1"]);
    let text = String::from_utf8(printed.stdout.clone()).unwrap();
    for part in [
        "HuBERT (HuBERT_base)",
        "HuBERT (HuBERT_xlarge)",
        "Beside WavLM (WavLM_base) stands the paper's row of WavLM.",
        "so beside none stands: HuBERT\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}\n{}", stderr(&printed));
    }
    assert!(text.contains("0.265 ± 0.027") && !text.contains("0.243 ± 0.023"), "{text}");
    let missing = text.lines().find(|line| line.starts_with("No features for")).unwrap();
    let missing: Vec<&str> = missing.split(": ").nth(1).unwrap().split(", ").collect();
    assert!(missing.contains(&"CLIP") && missing.contains(&"ImageBind + HuBERT"), "{missing:?}");
    assert!(!missing.contains(&"HuBERT") && !missing.contains(&"WavLM"), "{missing:?}");
}

/// Before minutes of aggregation.
#[test]
fn a_model_that_is_named_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    dataset(folder.path());
    fs::write(folder.path().join("CLIP_train.npz"), "not looked at").unwrap();
    let data = folder.path().to_str().unwrap();
    for models in ["mlp-256,mlp-256", "MLP-256,linear,mlp_256"] {
        let said = refusal(["reproduce", "--data", data, "--models", models]);
        assert!(said.contains("MLP_256 is named twice"), "{said}");
        let scene = Scene::new();
        let said = refusal(scene.cross_validation("features.npz", &["--models", models]));
        assert!(said.contains("MLP_256 is named twice"), "{said}");
    }
}

impl Scene {
    fn cross_validation(&self, features: &str, more: &[&str]) -> Vec<String> {
        let [features, metadata, run] =
            [features, "train.csv", "run"].map(|name| self.path(name).display().to_string());
        let words = ["cross-validate", "--epochs", "2", "--learning-rate", "0.05"].map(str::to_owned);
        let paths = ["--features".into(), features, "--metadata".into(), metadata, "-o".into(), run];
        words.into_iter().chain(paths).chain(more.iter().map(|word| (*word).to_owned())).collect()
    }
}

/// Files of one name in two folders, and one results folder: the runs are told apart by what they were computed from.
#[test]
fn features_of_one_name_and_other_values_are_another_run() {
    let scene = Scene::new();
    let values = |factor: usize| {
        Array2::from_shape_fn((CLIPS.len(), 3), |(row, column)| ((row * factor + column) % 7) as f32)
    };
    let names = || CLIPS.map(|(clip, _)| clip.parse().unwrap()).to_vec();
    for (folder, factor) in [("one", 2), ("other", 3)] {
        fs::create_dir(scene.path(folder)).unwrap();
        let table = FeatureTable::new(names(), values(factor)).unwrap();
        table.write(scene.path(folder).join("wavlm.npz")).unwrap();
    }
    let run = |folder: &str| scene.cross_validation(&format!("{folder}/wavlm.npz"), &["--models", "linear"]);
    let one = blemore_json(run("one"));
    let said = refusal(run("other"));
    assert!(said.contains("differs in clips, labels or feature values"), "{said}");
    assert_eq!(blemore_json(run("one")), one);
    let twice = scene.cross_validation("features.npz", &["--features", "one.npz"]);
    assert!(refusal(twice).contains("--features"));
}
