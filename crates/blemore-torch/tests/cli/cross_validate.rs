//! `blemore cross-validate` held against the published code's own run, and resumed.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use blemore::run::{Recipe, Schedule};

use crate::program::{blemore, blemore_json, refusal, stderr};

/// The lines of a CSV file as maps from column to text.
fn lines(path: &Path) -> Vec<HashMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

fn number(line: &HashMap<String, String>, column: &str) -> f64 {
    line[column].parse().unwrap()
}

/// Starts the program with these arguments; what it prints is thrown away.
fn spawn(arguments: Vec<OsString>) -> Child {
    let mut command = Command::new(crate::PROGRAM);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The settings of the published run.
fn published_run(shared: &Path, output: &Path) -> Vec<OsString> {
    let settings = ["--epochs", "8", "--learning-rate", "5e-4", "--seed", "42", "--rng", "reference"];
    cross_validation(shared, output, &settings)
}

/// A quick run of one model, with `more` options.
fn quick_run(shared: &Path, output: &Path, more: &[&str]) -> Vec<OsString> {
    cross_validation(shared, output, &[&["--epochs", "30", "--models", "linear"], more].concat())
}

/// Cross-validation of the published features.
fn cross_validation(shared: &Path, output: &Path, settings: &[&str]) -> Vec<OsString> {
    let features = shared.join("parity/cross_validation/features.npz");
    let metadata = shared.join("blemore/train_metadata.csv");
    let paths = [("--features", &features), ("--metadata", &metadata), ("--output", &output.to_owned())];
    let mut arguments = arguments("cross-validate", &[], &paths);
    arguments.extend(settings.iter().map(OsString::from));
    arguments
}

#[test]
fn the_published_run_is_followed_in_all_cells_and_epochs() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let output = temporary.path().join("run");
    let document = blemore_json(published_run(&shared, &output));

    let published = shared.join("parity/cross_validation");
    let cells = document["cells"].as_array().unwrap();
    let best = lines(&published.join("reference_validation_summary.csv"));
    assert_eq!((cells.len(), best.len()), (15, 15));
    for (cell, expected) in cells.iter().zip(&best) {
        assert_eq!(cell["model"], expected["model"]);
        for (ours, theirs) in [
            ("fold", "fold"),
            ("epoch", "epoch"),
            ("alpha", "best_alpha"),
            ("beta", "best_beta"),
            ("acc_presence", "best_acc_presence"),
            ("acc_salience", "best_acc_salience"),
        ] {
            let found = cell[ours].as_f64().unwrap();
            assert!(found == number(expected, theirs), "{ours} of {cell} against {expected:?}");
        }
    }

    let our_epochs = lines(&output.join("epochs.csv"));
    let their_epochs = lines(&published.join("reference_epochs.csv"));
    assert_eq!((our_epochs.len(), their_epochs.len()), (120, 120));
    for (ours, theirs) in our_epochs.iter().zip(&their_epochs) {
        assert_eq!(ours["model"], theirs["model"]);
        for column in ["fold", "epoch", "alpha", "beta", "acc_presence", "acc_salience"] {
            assert!(
                number(ours, column) == number(theirs, column),
                "{column} of {ours:?} against {theirs:?}"
            );
        }
        for column in ["train_loss", "val_loss"] {
            let difference = (number(ours, column) - number(theirs, column)).abs();
            assert!(difference < 1e-5, "{column} differs by {difference}: {ours:?} against {theirs:?}");
        }
    }

    // The same run again finds every cell, and says the same.
    let time_of = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let cell_folders: Vec<_> =
        fs::read_dir(output.join("cells")).unwrap().map(|e| e.unwrap().path()).collect();
    let times: Vec<_> = cell_folders.iter().map(|folder| time_of(folder)).collect();
    assert_eq!(blemore_json(published_run(&shared, &output)), document);
    assert_eq!(cell_folders.iter().map(|folder| time_of(folder)).collect::<Vec<_>>(), times);
}

/// The tables of a run, and the bytes of each cell's checkpoint and probabilities.
fn outcome(run: &Path) -> Vec<(String, Vec<u8>)> {
    let tables = ["epochs.csv", "cells.csv", "summary.csv"].map(|name| run.join(name));
    let cells = fs::read_dir(run.join("cells")).unwrap().map(|cell| cell.unwrap().path());
    let of_cells =
        cells.flat_map(|cell| ["checkpoint.safetensors", "probabilities.csv"].map(|name| cell.join(name)));
    let mut outcome: Vec<(String, Vec<u8>)> = tables
        .into_iter()
        .chain(of_cells)
        .map(|path| (path.strip_prefix(run).unwrap().display().to_string(), fs::read(&path).unwrap()))
        .collect();
    outcome.sort();
    outcome
}

/// Whether a process is at work at a cell: it holds the cell's lock.
fn is_at_work(run: &Path) -> bool {
    let is_held = |path: PathBuf| {
        let lock =
            path.extension().is_some_and(|extension| extension == "lock").then(|| File::open(path).ok());
        lock.flatten().is_some_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    };
    let work = fs::read_dir(run.join(".work")).into_iter().flatten().flatten();
    work.into_iter().any(|entry| is_held(entry.path()))
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_as_one_that_never_was() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let undisturbed = temporary.path().join("undisturbed");
    blemore_json(quick_run(&shared, &undisturbed, &[]));
    let killed = temporary.path().join("killed");
    let mut killed_at_work = 0;
    for milliseconds in [0, 40, 10, 80, 20, 60] {
        let mut process = spawn(quick_run(&shared, &killed, &[]));
        while process.try_wait().unwrap().is_none() && !is_at_work(&killed) {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
        killed_at_work += usize::from(is_at_work(&killed));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert!(killed_at_work > 0, "no kill met a cell that was being trained");
    blemore_json(quick_run(&shared, &killed, &[]));
    assert_same_outcome(&killed, &undisturbed);
}

/// Names the file that differs.
fn assert_same_outcome(ours: &Path, theirs: &Path) {
    let (ours, theirs) = (outcome(ours), outcome(theirs));
    assert_eq!(ours.len(), theirs.len());
    for ((name, ours), (other, theirs)) in ours.iter().zip(&theirs) {
        let place = ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs).unwrap_or(0);
        let around = |bytes: &[u8]| {
            let start = place.saturating_sub(120);
            String::from_utf8_lossy(&bytes[start..bytes.len().min(place + 120)]).into_owned()
        };
        let differing = || format!("{name}, {other}: {} against {}", around(ours), around(theirs));
        assert!(name == other && ours == theirs, "{}", differing());
    }
}

#[test]
fn processes_share_a_folder_and_shares_make_a_whole() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let (alone, together) = (temporary.path().join("alone"), temporary.path().join("together"));
    let document = blemore_json(quick_run(&shared, &alone, &["--jobs", "1"]));
    let mut processes = [&["--cell", "1/2"][..], &["--cell", "2/2"], &[]]
        .map(|more| spawn(quick_run(&shared, &together, more)));
    for process in &mut processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(blemore_json(quick_run(&shared, &together, &[])), document);
    let nested = blemore_json(quick_run(&shared, &together, &["--nested"]));
    assert_eq!(nested["cells"], document["cells"]);
    let composite = |summary: &serde_json::Value| {
        ["acc_presence", "acc_salience"]
            .map(|accuracy| summary[accuracy]["mean"].as_f64().unwrap())
            .iter()
            .sum::<f64>()
    };
    assert!(composite(&nested["nested"][0]) <= composite(&nested["summary"][0]));
    assert_same_outcome(&together, &alone);
}

#[test]
fn a_renamed_file_gives_the_same_numbers() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let path = |name: &str| temporary.path().join(name);
    fs::copy(shared.join("parity/cross_validation/features.npz"), path("renamed.npz")).unwrap();
    let metadata = shared.join("blemore/train_metadata.csv");
    let mut renamed = arguments(
        "cross-validate",
        &[],
        &[("--features", &path("renamed.npz")), ("--metadata", &metadata), ("-o", &path("run-2"))],
    );
    renamed.extend(["--epochs", "30", "--models", "linear"].map(OsString::from));
    let summary = |document: serde_json::Value| {
        let model = &document["summary"][0];
        (model["acc_presence"].clone(), model["acc_salience"].clone())
    };
    let original = summary(blemore_json(quick_run(&shared, &path("run-1"), &[])));
    assert_eq!(summary(blemore_json(renamed)), original);
}

/// Before anything is written.
#[test]
fn a_device_that_is_not_there_and_a_folder_for_a_table_are_refused() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let run = temporary.path().join("run");
    let said = refusal(quick_run(&shared, &run, &["--device", "cuda:99"]));
    assert!(said.contains("cuda:99") && !said.contains("cell") && !run.exists(), "{said}");
    let sequences = shared.join("parity/aggregation/sequences");
    let metadata = shared.join("blemore/train_metadata.csv");
    let said = refusal(arguments(
        "cross-validate",
        &[],
        &[("--features", &sequences), ("--metadata", &metadata), ("-o", &run)],
    ));
    assert!(
        said.contains("try: blemore aggregate") && said.ends_with("sequences -o sequences.npz\n"),
        "{said}"
    );
}

#[test]
fn another_run_in_the_same_folder_is_refused_by_name() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let run = temporary.path().join("run");
    blemore_json(quick_run(&shared, &run, &["--fold", "0"]));
    blemore_json(quick_run(&shared, &run, &["--fold", "1"]));
    let said = refusal(quick_run(&shared, &run, &["--fold", "0", "--seed", "7"]));
    assert!(said.contains("seed 42 (here 7)") && said.contains("--force"), "{said}");
    let document = blemore_json(quick_run(&shared, &run, &["--fold", "0", "--seed", "7", "--force"]));
    assert_eq!(document["cells"].as_array().unwrap().len(), 1);
}

/// One step an epoch: the first of rate 0, the second large enough to overflow.
#[test]
fn a_loss_that_overflows_fails_with_the_last_good_epoch_kept() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let path = |name: &str| temporary.path().join(name);
    let schedule = Schedule::Cosine { warm_up_epochs: 2, start: 0.0, end: 0.0 };
    let recipe = Recipe { epochs: 5, batch_size: 4096, learning_rate: 1e38, schedule, ..Recipe::default() };
    fs::write(path("recipe.toml"), recipe.to_toml().unwrap()).unwrap();
    let settings =
        ["--recipe", path("recipe.toml").to_str().unwrap(), "--models", "mlp-6"].map(str::to_owned);
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let output = blemore(cross_validation(&shared, &path("run"), &settings));
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in ["5 cells failed", "MLP_6, fold 4", "epoch 2", "learning rate", "last-good.safetensors"] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    let kept = said.lines().last().unwrap().split("; ").last().unwrap();
    let kept = PathBuf::from(kept.split(" has the best").next().unwrap());
    let features = shared.join("parity/cross_validation/features.npz");
    let options = [("--checkpoint", &kept), ("--features", &features), ("-o", &path("predictions.json"))];
    assert_eq!(blemore_json(arguments("predict", &[], &options))["n_clips"], 3050);
}

/// A share has not all the folds that nested selection chooses on.
#[test]
fn a_share_is_not_nested() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let run = temporary.path().join("run");
    let said = refusal(quick_run(&shared, &run, &["--cell", "1/5", "--nested"]));
    assert!(said.contains("--nested") && said.contains("--cell") && !run.exists(), "{said}");
}

#[test]
fn parts_of_a_job_array_are_joined_and_their_checkpoints_predict() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let temporary = tempfile::tempdir().unwrap();
    let path = |name: &str| temporary.path().join(name);
    let (part_1, part_2, whole, other) = (path("part-1"), path("part-2"), path("whole"), path("other"));
    blemore_json(quick_run(&shared, &part_1, &["--cell", "1/2"]));
    blemore_json(quick_run(&shared, &part_2, &["--cell", "2/2"]));
    let half = blemore(arguments("merge", &[&part_1], &[("-o", &path("half"))]));
    assert_eq!(half.status.code(), Some(1));
    assert!(stderr(&half).contains("2 cells") && stderr(&half).contains("--partial"), "{}", stderr(&half));
    let mut partial = arguments("merge", &[&part_1], &[("-o", &path("half"))]);
    partial.push("--partial".into());
    assert_eq!(blemore_json(partial)["cells"].as_array().unwrap().len(), 3);

    let merged = blemore_json(arguments("merge", &[&part_1, &part_2], &[("-o", &whole)]));
    assert_eq!(merged["cells"].as_array().unwrap().len(), 5);
    assert_eq!(blemore_json(quick_run(&shared, &whole, &[])), merged);

    blemore_json(quick_run(&shared, &other, &["--seed", "7", "--fold", "0"]));
    let said = refusal(arguments("merge", &[&part_1, &other], &[("-o", &whole)]));
    assert!(said.contains("not parts of one run"), "{said}");

    let cell = fs::read_dir(whole.join("cells")).unwrap().next().unwrap().unwrap().path();
    let (checkpoint, predictions) = (cell.join("checkpoint.safetensors"), path("predictions.json"));
    let features = shared.join("parity/cross_validation/features.npz");
    let options = [("--checkpoint", &checkpoint), ("--features", &features), ("-o", &predictions)];
    assert_eq!(blemore_json(arguments("predict", &[], &options))["n_clips"], 3050);
    let test_metadata = shared.join("blemore/test_metadata.csv");
    let of_test = path("test-predictions.json");
    let test_options = [&options[..2], &[("-o", &of_test), ("--metadata", &test_metadata)]].concat();
    assert_eq!(blemore_json(arguments("predict", &[], &test_options))["n_clips"], 594);
    // With a decoder that the fold's own probabilities taught, in place of the checkpoint's thresholds.
    let (of_fold, rule) = (cell.join("probabilities.csv"), PathBuf::from("expected-score"));
    let (decoder, decoded) = (path("decoder.json"), path("decoded.json"));
    let files = [("--probabilities", &of_fold), ("--fit", &of_fold), ("--save", &decoder), ("-o", &decoded)];
    blemore_json(arguments("decode", &[], &[&files[..], &[("--decoder", &rule)]].concat()));
    let again = path("again.json");
    let files = [("-o", &again), ("--metadata", &test_metadata), ("--decoder", &decoder)];
    assert_eq!(blemore_json(arguments("predict", &[], &[&options[..2], &files].concat()))["n_clips"], 594);
    assert_ne!(fs::read(&again).unwrap(), fs::read(&of_test).unwrap());
    let scores = blemore_json(arguments("score", &[], &[("--predictions", &predictions)]));
    assert_eq!((&scores["n_clips"], &scores["n_blends"]), (&3050.into(), &1660.into()));

    // Features of another width are refused, and predictions that exist are kept.
    let fused = path("fused.npz");
    let copy = path("copy.npz");
    fs::copy(&features, &copy).unwrap();
    blemore_json(arguments("fuse", &[&features, &copy], &[("-o", &fused)]));
    let options = [("--checkpoint", &checkpoint), ("--features", &fused), ("-o", &predictions)];
    let said = refusal(arguments("predict", &[], &options));
    assert!(said.contains("--force"), "{said}");
    fs::remove_file(&predictions).unwrap();
    let said = refusal(arguments("predict", &[], &options));
    assert!(said.contains("112") && said.contains("56") && !predictions.exists(), "{said}");
}

fn arguments(command: &str, paths: &[&PathBuf], options: &[(&str, &PathBuf)]) -> Vec<OsString> {
    let options = options.iter().flat_map(|(option, path)| [option.into(), path.as_os_str().to_owned()]);
    [OsString::from(command)]
        .into_iter()
        .chain(paths.iter().map(|path| path.as_os_str().to_owned()))
        .chain(options)
        .collect()
}
