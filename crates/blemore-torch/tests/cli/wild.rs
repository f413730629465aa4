//! Inputs as people have them: folds that are not numbered from 0, folds without a blend; and whose fault a
//! failure is.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use blemore::data::generate::{Corpus, CorpusSize};
use blemore_testing::wild;

use crate::program::{blemore, blemore_json, refusal, stderr};
use crate::scene::Scene;

fn cross_validation(metadata: &Path, run: &Path, more: &[&str]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> =
        ["cross-validate", "--epochs", "2", "--models", "linear"].map(OsString::from).into();
    for (option, path) in [
        ("--features", wild("metadata/features.npz")),
        ("--metadata", metadata.to_owned()),
        ("-o", run.to_owned()),
    ] {
        arguments.extend([option.into(), path.into_os_string()]);
    }
    arguments.extend(more.iter().map(OsString::from));
    arguments
}

/// The column `fold` of a table of the run.
fn folds_in(table: &Path) -> Vec<String> {
    let mut reader = csv::Reader::from_path(table).unwrap();
    let column = reader.headers().unwrap().iter().position(|name| name == "fold").unwrap();
    reader.records().map(|record| record.unwrap()[column].to_owned()).collect()
}

#[test]
fn folds_from_one_keep_their_numbers_everywhere() {
    let temporary = tempfile::tempdir().unwrap();
    let (metadata, run) = (wild("metadata/folds-from-one.csv"), temporary.path().join("run"));
    let said = refusal(cross_validation(&metadata, &run, &["--fold", "0"]));
    assert!(said.contains("there is no fold 0: the folds are 1, 2, 3, 4, 5"), "{said}");

    blemore_json(cross_validation(&metadata, &run, &["--fold", "5"]));
    assert_eq!(folds_in(&run.join("cells.csv")), ["5"]);
    let output = blemore(cross_validation(&metadata, &run, &["--nested", "--json"]));
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(folds_in(&run.join("cells.csv")), ["1", "2", "3", "4", "5"]);
    let mut cells: Vec<String> = fs::read_dir(run.join("cells"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.rsplit_once('-').unwrap().0.to_owned())
        .collect();
    cells.sort_unstable();
    assert_eq!(cells, [1, 2, 3, 4, 5].map(|fold| format!("features-Linear-fold{fold}")));

    // All clips show single emotions: the number is the published one, and it is said once.
    let said = stderr(&output);
    let note = "folds-from-one.csv: folds 1, 2, 3, 4, 5: no clip shows a blend, so ACC_salience is 0/0";
    assert_eq!(said.matches(note).count(), 1, "{said}");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["summary"][0]["acc_salience"]["mean"], 0.0, "{document}");
}

/// The same folds under other names, negative and with gaps, give the same accuracies.
#[test]
fn any_whole_numbers_name_folds() {
    let temporary = tempfile::tempdir().unwrap();
    let plain = wild("metadata/folds-from-one.csv");
    let renamed = temporary.path().join("renamed.csv");
    let text: Vec<String> = fs::read_to_string(&plain)
        .unwrap()
        .lines()
        .map(|line| match line.rsplit_once(',').unwrap() {
            (rest, "1") => format!("{rest},-7"),
            (rest, "5") => format!("{rest},2024.0"),
            _ => line.to_owned(),
        })
        .collect();
    fs::write(&renamed, text.join("\n")).unwrap();
    let reference = ["--rng", "reference"];
    let folds = |metadata: &Path, name: &str| {
        let run = temporary.path().join(name);
        let document = blemore_json(cross_validation(metadata, &run, &reference));
        (folds_in(&run.join("cells.csv")), document["summary"].clone())
    };
    let (names, summary) = folds(&renamed, "renamed-run");
    assert_eq!(names, ["-7", "2", "3", "4", "2024"]);
    assert_eq!(summary, folds(&plain, "plain-run").1);
    let one = cross_validation(&renamed, &temporary.path().join("one"), &["--fold", "-7"]);
    assert!(blemore(one).status.success());
}

#[test]
fn folders_before_names_are_said_once() {
    let temporary = tempfile::tempdir().unwrap();
    let output = blemore(cross_validation(&wild("metadata/paths.csv"), &temporary.path().join("run"), &[]));
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        stderr(&output).matches("folders before clip names are left out").count(),
        1,
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_cannot_be_written_ends_with_code_1_and_what_is_not_there_with_code_2() {
    let scene = Scene::new();
    let metadata = wild("metadata/folds-from-one.csv");
    let inside_a_file = scene.path("train.csv").join("run");
    let output = blemore(cross_validation(&metadata, &inside_a_file, &[]));
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("cannot write"), "{}", stderr(&output));
    let said = refusal(cross_validation(&scene.path("nowhere.csv"), &scene.path("run"), &[]));
    assert!(said.contains("cannot read") && said.contains("nowhere.csv"), "{said}");

    let run = scene.path("run");
    blemore_json(cross_validation(&metadata, &run, &["--fold", "1"]));
    let cell = fs::read_dir(run.join("cells")).unwrap().next().unwrap().unwrap().path();
    let predict = |output: &Path| {
        let paths = [cell.join("checkpoint.safetensors"), wild("metadata/features.npz"), output.to_owned()];
        let options = ["--checkpoint", "--features", "-o"].map(OsString::from);
        let pairs = options.into_iter().zip(paths.map(|path| path.into_os_string()));
        let names = ["--metadata".into(), wild("metadata/paths.csv").into_os_string()];
        blemore(
            [OsString::from("predict")]
                .into_iter()
                .chain(pairs.flat_map(|(option, path)| [option, path]))
                .chain(names),
        )
    };
    assert!(predict(&scene.path("predictions.json")).status.success());
    let failed = predict(&inside_a_file);
    assert_eq!(failed.status.code(), Some(1), "{}", stderr(&failed));
    assert_eq!(stderr(&failed).matches("cannot write").count(), 1, "{}", stderr(&failed));
}

/// The bytes of a 1 x 3 x 2 array of f32.
fn with_batch_axis(first: f32) -> Vec<u8> {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 2), }\n";
    let values = (0..6).flat_map(|place| (first + place as f32).to_le_bytes());
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    b"\x93NUMPY\x01\x00".iter().copied().chain(length).chain(header.bytes()).chain(values).collect()
}

#[test]
fn reproduce_says_once_per_folder_that_a_batch_axis_was_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    corpus.train().write(data.join("train_metadata.csv")).unwrap();
    let arrays = data.join("pre_extracted_train_data/WavLM_large_train");
    fs::create_dir_all(&arrays).unwrap();
    for (place, record) in corpus.train().clips().iter().enumerate() {
        fs::write(arrays.join(format!("{}.npy", record.clip)), with_batch_axis(place as f32)).unwrap();
    }
    let output = blemore([
        "reproduce",
        "--data",
        data.to_str().unwrap(),
        "--models",
        "linear",
        "--epochs",
        "1",
        "--subsampled-epochs",
        "0",
    ]);
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("WavLM_large_train: ").count(), 1, "{said}");
    assert!(said.contains("(1, 3, 2)") || said.contains("1 x 3 x 2"), "{said}");
}
