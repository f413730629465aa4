//! What newcomers give in place of what is meant: the error ends with the command that works.

use std::fs;
use std::path::Path;

use blemore_data::generate::{Corpus, CorpusSize};

use crate::figures::outputs;
use crate::program::{blemore, refusal, stderr};

/// The words of the command that a refusal ends with, after `blemore`.
fn advice(words: &[&str]) -> Vec<String> {
    let refused = blemore(words);
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    let command = said.trim_end().rsplit_once("\ntry: blemore ");
    let (_, command) = command.unwrap_or_else(|| panic!("no command: {said}"));
    command.split(' ').map(str::to_owned).collect()
}

/// Runs the command that a refusal ends with.
fn follow(words: &[&str], folder: &Path) -> Vec<String> {
    let mut advised = advice(words);
    let output = folder.join("advised.npz").display().to_string();
    // A table is named after its arrays, in the folder that one is in.
    if advised[0] == "aggregate" {
        advised[3] = output;
    }
    let run = blemore(&advised);
    assert!(run.status.success(), "{advised:?}: {}", stderr(&run));
    advised
}

#[test]
fn folders_that_are_not_the_right_ones_lead_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = |path: &str| folder.path().join(path).display().to_string();
    let size = CorpusSize { training_actors: 4, test_actors: 1, folds: 2 };
    Corpus::generate(7, size).unwrap().write(text("corpus")).unwrap();
    let arrays = text("corpus/pre_extracted_train_data/GeneratedVideo_train");

    let advised =
        follow(&["fuse", &arrays, &arrays.replace("Video", "Audio"), "-o", &text("f.npz")], folder.path());
    assert_eq!(advised[..2], ["aggregate".to_owned(), arrays.clone()], "arrays in place of a table");
    fs::remove_file(text("advised.npz")).unwrap();
    let advised = follow(&["aggregate", &text("corpus"), "-o", &text("f.npz")], folder.path());
    assert!(
        advised[1].contains("pre_extracted_train_data/Generated"),
        "a dataset in place of a set: {advised:?}"
    );
    let advised = follow(&["inspect", &text("corpus/pre_extracted_train_data")], folder.path());
    assert_eq!(advised[1], text("corpus"), "a part in place of the dataset");
    let advised = follow(
        &["figures", "--data", &folder.path().display().to_string(), "-o", &text("album")],
        folder.path(),
    );
    assert_eq!(advised[2], text("corpus"), "what is around in place of the dataset");
}

#[test]
fn probabilities_in_place_of_predictions_lead_to_decoding() {
    let folder = tempfile::tempdir().unwrap();
    let (table, zip) = (outputs(folder.path()), folder.path().join("s.zip").display().to_string());
    for words in [&["score", "--predictions", &table][..], &["submit", "--predictions", &table, "-o", &zip]] {
        assert_eq!(advice(words)[..3], ["decode".to_owned(), "--probabilities".to_owned(), table.clone()]);
    }
}

#[test]
fn words_that_are_nearly_right_are_named() {
    assert!(refusal(["crossvalidate"]).contains("'cross-validate'"));
    assert!(refusal(["score", "--prediction", "f.json"]).contains("'--predictions'"));
    assert!(refusal(["score", "f.json"]).contains("--predictions <F.json>"));
}
