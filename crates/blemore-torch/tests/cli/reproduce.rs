//! `blemore reproduce` on a generated corpus, through every step, with few epochs.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use blemore::data::generate::{Corpus, CorpusSize};
use blemore::eval::{Predictions, ProbabilityTable};
use blemore::features::{FeatureFolder, FeatureMatrix};
use blemore::models::{Checkpoint, ClipOutputs};
use serde_json::Value;

use crate::program::{blemore, blemore_json, stderr};

/// Few epochs, so that it ends in seconds; the numbers are those of the files beside them.
const QUICK: [&str; 5] = ["reproduce", "--epochs", "1", "--test-epochs", "1"];

#[test]
fn every_row_has_its_numbers_and_says_that_features_are_generated() {
    let temporary = tempfile::tempdir().unwrap();
    let output = temporary.path().join("results");
    let output_option = ["--models", "linear", "-o", output.to_str().unwrap()];
    let document = blemore_json(QUICK.iter().chain(&output_option));
    assert_eq!(document["generated"], true);
    let rows = document["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["encoder"].as_str().unwrap()).collect();
    assert_eq!(names, ["Generated video", "Generated audio", "Generated video + Generated audio"]);
    for (row, name) in rows.iter().zip(&names) {
        let model = &row["models"][0];
        let cells = output.join("rows").join(name.replace(" + ", "+").replace(' ', "_")).join("cells");
        check_row(model, &cells, &output.join("generated-corpus/test_metadata.csv"));
        assert_eq!(model["test"]["n_clips"], 594);
        let interval = model["test"]["scores"]["acc_presence_ci"].as_array().unwrap();
        assert!(interval[0].as_f64() < interval[1].as_f64());
        assert!(row["paper"]["validation_mean"]["acc_presence"].as_f64().unwrap() > 0.2);
    }
    assert!(document["trivial"]["blend"]["test"]["acc_salience"].as_f64().unwrap() > 0.0);

    // A page of it says so of every system, and what was trained where.
    let page = temporary.path().join("page.html");
    let words = ["report", "--run", output.to_str().unwrap(), "-o", page.to_str().unwrap()];
    let systems = blemore_json(words);
    assert_eq!(systems["systems"][0], "Generated video (generated clips), Linear");
    let html = fs::read_to_string(page).unwrap();
    for part in
        ["Table II, measured beside the paper", "Final trainings before the test, 1 epochs: Generated video,"]
    {
        assert!(html.contains(part), "{part}");
    }
    for part in ["<dd>2456, generated</dd>", "<dt>processor</dt>", "<dd>blemore 0.1.0, libtorch 2.11.0"] {
        assert_eq!(html.matches(part).count(), 3, "{part}");
    }

    // The predictions of a row are a submission.
    let row =
        fs::read_dir(output.join("rows/Generated_video/cells")).unwrap().map(|cell| cell.unwrap().path());
    let test = row.into_iter().find(|cell| cell.display().to_string().contains("-test-")).unwrap();
    let predictions = test.join("predictions.json").display().to_string();
    let metadata = output.join("generated-corpus/test_metadata.csv").display().to_string();
    let bundle = temporary.path().join("submission.zip").display().to_string();
    let words = ["submit", "--predictions", &predictions, "--metadata", &metadata, "-o", &bundle];
    assert_eq!(blemore_json(words)["n_clips"], 594);

    // Run again into the same folder, nothing is trained, and the text says where the numbers come from.
    let again = blemore(QUICK.iter().chain(&output_option));
    assert!(again.status.success(), "{}", stderr(&again));
    let said = stderr(&again);
    for row in names {
        assert!(said.contains(&format!("\n{row}: Linear, presence 0.")), "each row when it is done: {said}");
    }
    let text = String::from_utf8(again.stdout).unwrap();
    let title = text.lines().next().unwrap();
    assert!(title.contains("Table II") && title.contains("GENERATED"), "{title}");
    for part in ["ImageBind + WavLM", "0.345 ± 0.035", "single emotion (trivial)", "No features for"] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// The accuracies of a row are the means of its cells' records, and the score of the predictions of its test.
fn check_row(model: &Value, cells: &Path, test_metadata: &Path) {
    let folders = fs::read_dir(cells).unwrap().map(|cell| cell.unwrap().path());
    let (tests, folds): (Vec<PathBuf>, Vec<PathBuf>) =
        folders.partition(|cell| cell.display().to_string().contains("-test-"));
    let record = |cell: &PathBuf| -> Value {
        serde_json::from_slice(&fs::read(cell.join("result.json")).unwrap()).unwrap()
    };
    for measure in ["acc_presence", "acc_salience"] {
        let sum: f64 = folds.iter().map(|cell| record(cell)["best"][measure].as_f64().unwrap()).sum();
        let shown = model["validation"][measure]["mean"].as_f64().unwrap();
        approx::assert_abs_diff_eq!(shown, sum / folds.len() as f64, epsilon = 1e-12);
    }
    let [test] = &tests[..] else { panic!("{tests:?}") };
    let predictions = test.join("predictions.json").display().to_string();
    let words = ["score", "--predictions", &predictions, "--metadata", test_metadata.to_str().unwrap()];
    let scored = blemore_json(words);
    for measure in ["acc_presence", "acc_salience"] {
        assert_eq!(scored[measure], model["test"]["scores"][measure], "{scored}");
    }
}

/// A corpus whose video features pass for those of an encoder of Table III.
#[test]
fn arrays_of_a_spatio_temporal_encoder_make_a_row_of_table_iii() {
    let temporary = tempfile::tempdir().unwrap();
    let data = temporary.path().join("data");
    Corpus::generate(42, CorpusSize::SMALL).unwrap().write(&data).unwrap();
    for (from, to) in [
        ("pre_extracted_train_data/GeneratedVideo_train", "pre_extracted_train_data/VideoMAEv2_train"),
        ("pre_extracted_test_data/GeneratedVideo_test", "pre_extracted_test_data/VideoMAEv2_test"),
    ] {
        fs::rename(data.join(from), data.join(to)).unwrap();
    }
    let output = temporary.path().join("results");
    let paths = ["--data", data.to_str().unwrap(), "-o", output.to_str().unwrap()];
    let quick = ["--models", "linear", "--subsampled-epochs", "2"];
    let document = blemore_json(QUICK.iter().chain(&paths).chain(&quick));
    // Nothing is trained again; two test actors say little.
    let shown = blemore(QUICK.iter().chain(&paths).chain(&quick)).stdout;
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("\ntest ACC_presence: fewer than ten actors"), "{shown}");
    let [row] = &document["subsampled"].as_array().unwrap()[..] else { panic!("{document}") };
    assert_eq!((&row["encoder"], &row["protocol"]), (&"VideoMAEv2".into(), &"subsampled".into()));
    assert_eq!(row["paper"]["validation_mean"]["acc_presence"], 0.26);
    assert!(row["models"][0]["validation"]["acc_presence"]["mean"].as_f64().unwrap() > 0.0);
    let album = temporary.path().join("album").display().to_string();
    let drawn = blemore_json(["figures", "--run", output.to_str().unwrap(), "-o", &album]);
    let rows = document["rows"].as_array().unwrap().len() + 1;
    assert_eq!(drawn["figures"].as_array().map(Vec::len), Some(rows * 9), "of every row");
    // A cell of it is one of rows, in batches of 512, and scores clips.
    let cells = output.join("rows/VideoMAEv2_subsampled/cells");
    let cell = fs::read_dir(cells).unwrap().next().unwrap().unwrap().path();
    let recipe = fs::read_to_string(cell.join("recipe.toml")).unwrap();
    assert!(recipe.contains("batch_size = 512") && recipe.contains("epochs = 2"), "{recipe}");
    let probabilities = fs::read_to_string(cell.join("probabilities.csv")).unwrap();
    let clips = probabilities.lines().count() - 1;
    let validated = document["rows"][0]["models"][0]["test"]["n_clips"].as_u64().unwrap() as usize;
    assert!(clips > 0 && clips < 4 * validated, "{clips} clips in a fold");

    // Its checkpoint predicts from the same arrays what the run says of the clips of its fold.
    let arrays = data.join("pre_extracted_train_data/VideoMAEv2_train");
    let fold = temporary.path().join("fold.csv");
    let names = probabilities.lines().map(|line| line.split(',').next().unwrap().to_owned() + "\n");
    fs::write(&fold, names.collect::<String>()).unwrap();
    let checkpoint = Checkpoint::read(cell.join("checkpoint.safetensors")).unwrap();
    let table = FeatureFolder::new(&arrays).subsample(&|_| ()).unwrap().table;
    assert!(table.len() > 2 * table.clips().len(), "clips have several rows");
    let expected = ProbabilityTable::read(cell.join("probabilities.csv")).unwrap();
    let of_fold: Vec<usize> =
        expected.clips().iter().map(|clip| table.index().position(clip.as_str()).unwrap()).collect();
    let found = checkpoint.probabilities(table.rows_of_clips(&of_fold).unwrap()).unwrap();
    let expected = expected.probabilities();
    assert_eq!(found.rows().iter().map(|row| row.map(f64::from)).collect::<Vec<_>>(), expected.rows());
    let labels = checkpoint.decision().decode(&ClipOutputs::Emotions(found)).unwrap();
    let clips_of_fold = of_fold.iter().map(|clip| table.clips()[*clip].clone());
    let decoded = temporary.path().join("decoded.json");
    clips_of_fold.zip(labels).collect::<Predictions>().write(&decoded).unwrap();
    let rows_file = temporary.path().join("rows.npz");
    table.write(&rows_file).unwrap();
    for features in [&arrays, &rows_file] {
        let predictions = temporary.path().join("predictions.json");
        let options = [
            ("--checkpoint", &cell.join("checkpoint.safetensors")),
            ("--features", features),
            ("--metadata", &fold),
            ("-o", &predictions),
        ];
        let arguments = options.iter().flat_map(|(option, path)| [OsStr::new(option), path.as_os_str()]);
        let output = blemore([OsStr::new("predict"), OsStr::new("--force")].into_iter().chain(arguments));
        assert!(output.status.success() && stderr(&output).contains("are averaged"), "{}", stderr(&output));
        assert_eq!(fs::read(&predictions).unwrap(), fs::read(&decoded).unwrap(), "{}", features.display());
    }

    let text = blemore(QUICK.iter().chain(&paths).chain(&quick));
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("Table III") && text.contains("0.124 ± 0.027"), "{text}");
    let without =
        blemore(QUICK.iter().chain(&paths).chain(&["--models", "linear", "--subsampled-epochs", "0"]));
    assert!(!String::from_utf8(without.stdout).unwrap().contains("Table III"));
}

#[test]
fn suspect_features_of_a_dataset_are_said_and_with_strict_refused() {
    let data = tempfile::tempdir().unwrap();
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    corpus.write(data.path()).unwrap();
    // The first column of the test clips' video says nothing.
    for clip in corpus.test().clips() {
        let file = format!("pre_extracted_test_data/GeneratedVideo_test/{}.npy", clip.clip);
        let path = data.path().join(file);
        let mut frames = FeatureMatrix::read(&path).unwrap().frames().to_owned();
        frames.column_mut(0).fill(0.5);
        FeatureMatrix::new(frames).unwrap().write(path).unwrap();
    }
    let words = ["--models", "linear", "--data", data.path().to_str().unwrap(), "-o"];
    let run = |folder: &str, more: &[&str]| {
        let folder = data.path().join(folder);
        let words = QUICK.iter().chain(&words).map(OsStr::new).chain([folder.as_os_str()]);
        blemore(words.chain(more.iter().map(OsStr::new)))
    };
    let refused = run("refused", &["--strict"]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    let constant = "7 of 112 columns are constant";
    assert!(stderr(&refused).contains(constant), "{}", stderr(&refused));
    let said = run("said", &[]);
    assert!(said.status.success() && stderr(&said).contains(constant), "{}", stderr(&said));
}
