//! Which rows the tables have, and what they are called: one epoch of one model on features with made-up names.

use std::collections::BTreeSet;

use blemore::data::Dataset;
use blemore::data::generate::{Corpus, CorpusSize};
use blemore::features::{FeatureMatrix, FeatureTable};
use blemore::run::{Architecture, Recipe, ResultsFolder, Run};
use blemore::{ReproducedTables, Reproduction, TableRow};
use ndarray::Array2;

use crate::features;

/// The tables of a dataset with these feature sets, and the folder of their results. Of `arrays` there are files of
/// each clip, of `tables` one table.
fn reproduced(tables: &[&str], arrays: &[&str]) -> (ReproducedTables, Dataset, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let size = CorpusSize { training_actors: 2, test_actors: 1, folds: 2 };
    let corpus = Corpus::generate(42, size).unwrap();
    corpus.train().write(folder.path().join("train_metadata.csv")).unwrap();
    let table: FeatureTable = features(corpus.train());
    let place = |name: &str| folder.path().join("pre_extracted_train_data").join(name);
    for name in tables {
        table.write(place(&format!("{name}_train.npz"))).unwrap();
    }
    for name in arrays {
        for (number, clip) in table.clips().iter().enumerate() {
            let frames = Array2::from_shape_fn((6, table.width()), |(frame, column)| {
                let noise = (number * 31 + frame * 17 + column * 13) % 101;
                table.values()[[number, column]] + noise as f32 / 101.0
            });
            let frames = FeatureMatrix::new(frames).unwrap();
            frames.write(place(&format!("{name}_train/{clip}.npy"))).unwrap();
        }
    }
    let dataset = Dataset::open(folder.path()).unwrap();
    let recipe = Recipe { epochs: 1, ..Recipe::default() };
    let models = vec![Architecture::linear()];
    let reproduction = Reproduction { models, recipe, subsampled_epochs: 1, ..Reproduction::default() };
    let measured = reproduction.run(&dataset, folder.path().join("results"), &|_| ()).unwrap();
    (measured, dataset, folder)
}

fn folder_of(row: &TableRow) -> &str {
    row.folder.strip_prefix("rows").unwrap().to_str().unwrap()
}

/// `name | results folder | the paper's row` of each row.
fn rows(sets: &[&str]) -> Vec<String> {
    let beside = |row: &TableRow| row.paper.map_or("-", |paper| paper.encoder);
    let (measured, ..) = reproduced(sets, &[]);
    measured
        .rows
        .iter()
        .map(|row| format!("{} | {} | {}", row.encoder, folder_of(row), beside(row)))
        .collect()
}

#[test]
fn the_papers_own_sets_have_the_papers_names_and_numbers() {
    let rows = rows(&["ImageBind", "HuBERT_large", "WavLM_large", "OpenFace_2.0", "my_encoder"]);
    let expected = [
        "ImageBind | ImageBind | ImageBind",
        "OpenFace | OpenFace | OpenFace",
        "HuBERT | HuBERT | HuBERT",
        "WavLM | WavLM | WavLM",
        "my_encoder | my_encoder | -",
        "ImageBind + WavLM | ImageBind+WavLM | ImageBind + WavLM",
        "ImageBind + HuBERT | ImageBind+HuBERT | ImageBind + HuBERT",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn every_other_set_has_rows_of_its_own() {
    let rows = rows(&["HuBERT_base", "HuBERT_large", "videomae-v2-large", "VideoMAEv2"]);
    let expected = [
        "VideoMAEv2 (videomae-v2-large) | VideoMAEv2-videomae-v2-large | -",
        "VideoMAEv2 | VideoMAEv2 | VideoMAEv2",
        "HuBERT (HuBERT_base) | HuBERT-HuBERT_base | -",
        "HuBERT | HuBERT | HuBERT",
        "VideoMAEv2 (videomae-v2-large) + HuBERT (HuBERT_base) | \
         VideoMAEv2-videomae-v2-large+HuBERT-HuBERT_base | -",
        "VideoMAEv2 (videomae-v2-large) + HuBERT | VideoMAEv2-videomae-v2-large+HuBERT | -",
        "VideoMAEv2 + HuBERT (HuBERT_base) | VideoMAEv2+HuBERT-HuBERT_base | -",
        "VideoMAEv2 + HuBERT | VideoMAEv2+HuBERT | VideoMAEv2 + HuBERT",
    ];
    assert_eq!(rows, expected);
}

/// It is shown beside the paper's numbers, but without the paper's name.
#[test]
fn the_only_set_of_an_encoder_says_what_it_is() {
    let found = rows(&["HuBERT_base", "ImageBind"]);
    let expected = [
        "ImageBind | ImageBind | ImageBind",
        "HuBERT (HuBERT_base) | HuBERT-HuBERT_base | HuBERT",
        "ImageBind + HuBERT (HuBERT_base) | ImageBind+HuBERT-HuBERT_base | ImageBind + HuBERT",
    ];
    assert_eq!(found, expected);
    assert_eq!(rows(&["HuBERT"]), ["HuBERT | HuBERT | HuBERT"]);
}

#[test]
fn of_several_that_could_be_the_papers_none_is() {
    let found = rows(&["HuBERT_base", "HuBERT_xlarge"]);
    let expected = [
        "HuBERT (HuBERT_base) | HuBERT-HuBERT_base | -",
        "HuBERT (HuBERT_xlarge) | HuBERT-HuBERT_xlarge | -",
    ];
    assert_eq!(found, expected);
    // The published name comes before the encoder's alone, and its own spelling before others.
    let found = rows(&["HuBERT", "HuBERT_large", "hubert-large", "hubert.large"]);
    let beside: Vec<&String> = found.iter().filter(|row| !row.ends_with("| -")).collect();
    assert_eq!(beside, ["HuBERT | HuBERT | HuBERT"]);
    assert!(found.contains(&"HuBERT (HuBERT) | HuBERT-HuBERT | -".to_owned()), "{found:?}");
    let found = rows(&["hubert-large", "hubert.large", "HuBERT"]);
    assert!(found.iter().all(|row| row.ends_with("| -")), "{found:?}");
}

#[test]
fn rows_of_the_paper_are_missing_or_ambiguous_or_beside_one() {
    let (measured, ..) = reproduced(&["HuBERT_base", "HuBERT_xlarge", "ImageBind", "WavLM_base"], &[]);
    let expected = [
        "CLIP",
        "OpenFace",
        "VideoMAEv2",
        "VideoSwin",
        "VideoMAEv2 + WavLM",
        "VideoMAEv2 + HuBERT",
        "HiCMAE",
    ];
    assert_eq!(measured.missing, expected);
    assert_eq!(measured.ambiguous, ["HuBERT", "ImageBind + HuBERT"]);
}

/// Names that differ only in what a file name or a title could lose.
#[test]
fn names_and_folders_are_unique_and_fit_every_file_system() {
    let long = "x".repeat(200);
    let other = [&long[..], "y"].concat();
    let tables = [
        "my set",
        "my_set",
        "my-set",
        "my:set",
        "my\\set",
        "my+set",
        "my?set",
        "mÿ set",
        "HuBERT_large",
        "HuBERT-large",
        "HuBERT",
        "HuBERT base",
        "HuBERT_base",
        "HuBERT (base)",
        "ImageBind + WavLM",
        "single emotion (trivial)",
        &long,
        &other,
    ];
    let arrays = ["VideoMAEv2", "VideoMAEv2_subsampled", "VideoMAE_a", "VideoMAE_a_subsampled"];
    let (measured, dataset, folder) = reproduced(&tables, &arrays);
    assert_eq!(dataset.feature_sets().len(), tables.len() + arrays.len());
    assert_eq!(measured.subsampled.len(), arrays.len());
    let all: Vec<&TableRow> = measured.rows.iter().chain(&measured.subsampled).collect();
    let distinct = |name: &dyn Fn(&TableRow) -> String| -> BTreeSet<String> {
        all.iter().map(|row| name(row).to_lowercase()).collect()
    };
    let features = |row: &TableRow| {
        let results = ResultsFolder::open(folder.path().join("results").join(&row.folder)).unwrap();
        Run::read(&results).unwrap().features
    };
    assert_eq!(distinct(&features).len(), all.len());
    let folders = distinct(&|row| folder_of(row).to_owned());
    assert_eq!(folders.len(), all.len(), "{folders:#?}");
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "_.-+".contains(letter);
    assert!(folders.iter().all(|name| name.chars().all(is_safe) && name.len() < 200), "{folders:#?}");
    assert!(measured.rows.iter().all(|row| !row.encoder.contains("trivial") || row.paper.is_none()));
}

/// Elsewhere the file system itself allows only one of them.
#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_in_case_are_one_set() {
    let (measured, dataset, _folder) = reproduced(&["Mine", "mine", "HuBERT_large", "HUBERT_LARGE"], &[]);
    let names: Vec<&str> = measured.rows.iter().map(|row| row.encoder.as_str()).collect();
    assert_eq!(names, ["HuBERT", "Mine"]);
    assert_eq!(dataset.overlooked().len(), 2);
}
