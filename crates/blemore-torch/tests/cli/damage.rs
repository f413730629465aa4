//! One changed byte in any file of a run: no command that takes the run ends well without a word.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::program::{blemore, blemore_json, stderr};
use crate::scene::Scene;

/// All files below a folder, but locks.
fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    below.filter(|path| path.extension().is_none_or(|extension| extension != "lock")).collect()
}

/// Names and contents of all files that a run leaves.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut contents: Vec<_> =
        files(folder).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    contents
        .retain(|(path, _)| !path.to_string_lossy().contains("tfevents") && !path.ends_with("result.json"));
    contents.sort_unstable();
    contents
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// A dataset of training and test clips, with a run that was tested.
struct Tested {
    scene: Scene,
}

impl Tested {
    fn new() -> Self {
        let scene = Scene::new();
        let header = fs::read_to_string(scene.path("train.csv")).unwrap().lines().next().unwrap().to_owned();
        let rows = fs::read_to_string(scene.path("train.csv")).unwrap();
        let of_other = rows.lines().skip(1).take(2).map(|row| row.replace("A1", "A9"));
        let test: Vec<String> = [header].into_iter().chain(of_other).collect();
        fs::write(scene.path("test.csv"), test.join("\n")).unwrap();
        scene.write_table("test.npz", &["A9_ang_int1_ver1", "A9_mix_ang_sad_70_30_ver1"], 0.5);
        let tested = Self { scene };
        for command in [tested.cross_validate(), tested.test()] {
            assert!(command.status.success(), "{}", stderr(&command));
        }
        tested
    }

    fn text(&self, name: &str) -> String {
        self.scene.path(name).display().to_string()
    }

    fn cross_validate(&self) -> Output {
        let [features, metadata, run] = ["features.npz", "train.csv", "run"].map(|name| self.text(name));
        let words = ["cross-validate", "--features", &features, "--metadata", &metadata, "-o", &run];
        blemore(words.into_iter().chain(["--models", "linear", "--epochs", "3", "--learning-rate", "0.01"]))
    }

    fn test(&self) -> Output {
        self.test_with(&[])
    }

    fn test_with(&self, more: &[&str]) -> Output {
        let names = ["run", "features.npz", "test.npz", "train.csv", "test.csv"];
        let [run, features, test_features, train, test] = names.map(|name| self.text(name));
        let words = ["test", "--run", &run, "--features", &features, "--test-features", &test_features];
        let metadata = ["--train-metadata", &train, "--test-metadata", &test, "--epochs", "2"];
        blemore(words.into_iter().chain(metadata).chain(more.iter().copied()))
    }

    /// Runs every command that takes a run.
    fn commands(&self) -> [(&'static str, Output); 5] {
        let [run, page, whole] = ["run", "page.html", "whole"].map(|name| self.text(name));
        let _ = fs::remove_dir_all(&whole);
        [
            ("verify", blemore(["verify", &run])),
            ("report", blemore(["report", "--run", &run, "-o", &page, "--force"])),
            ("merge", blemore(["merge", &run, "-o", &whole])),
            ("test", self.test()),
            ("cross-validate", self.cross_validate()),
        ]
    }
}

#[test]
fn a_tested_actor_alone_says_little_and_the_table_says_so() {
    let tested = Tested::new();
    let shown = String::from_utf8(tested.test().stdout).unwrap();
    for measure in ["ACC_presence", "ACC_salience"] {
        let line = format!("\ntest {measure}: there is one actor only: the interval is the whole range");
        assert!(shown.contains(&line), "{line} in\n{shown}");
    }
}

#[test]
fn predictions_on_training_clips_are_counted() {
    let tested = Tested::new();
    let [training, test, output] =
        ["features.npz", "test.npz", "predictions.json"].map(|name| tested.text(name));
    for path in
        files(&tested.scene.path("run")).iter().filter(|path| path.ends_with("checkpoint.safetensors"))
    {
        let is_test = path.display().to_string().contains("-test-");
        for (features, seen) in [(&training, if is_test { 6 } else { 4 }), (&test, 0)] {
            let words = ["predict", "--checkpoint", path.to_str().unwrap(), "--features", features];
            let words = words.into_iter().chain(["-o", &output, "--force"]);
            assert_eq!(blemore_json(words.clone())["n_seen"], seen, "{}", path.display());
            let said = stderr(&blemore(words));
            let note = format!("{features}: {seen} of 6 clips were in the training part of this checkpoint");
            assert_eq!(said.contains(&note), seen > 0, "{said}");
        }
    }
}

/// The features of the two test clips, computed in another way than those of training.
#[test]
fn test_features_far_from_training_are_said_and_with_strict_refused() {
    let tested = Tested::new();
    let clips = ["A9_ang_int1_ver1", "A9_mix_ang_sad_70_30_ver1"].map(|clip| clip.parse().unwrap());
    let values =
        ndarray::Array2::from_shape_fn((2, 3), |(row, column)| 1000.0 * (row * 3 + column + 1) as f32);
    let table = blemore::features::FeatureTable::new(clips, values).unwrap();
    table.write(tested.scene.path("test.npz")).unwrap();
    let output = tested.test();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("test.npz: half of the columns' means are"), "{}", stderr(&output));
    let refused = tested.test_with(&["--strict"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("test.npz: features that cannot be used"), "{}", stderr(&refused));
}

#[test]
fn a_changed_byte_is_noticed_by_every_command_and_healed_by_training() {
    let tested = Tested::new();
    let run = tested.scene.path("run");
    let whole = contents(&run);
    let names = |path: &Path| path.strip_prefix(&run).unwrap().display().to_string();
    for path in files(&run) {
        let name = names(&path);
        if name.contains("fold1-") || name.contains("fold2-") {
            continue;
        }
        flip(&path);
        let is_test = name.contains("-test-");
        let (is_table, is_cell) =
            (name.ends_with(".csv") && !name.contains("cells/"), name.contains("cells/") && !is_test);
        for (command, output) in tested.commands() {
            let said = stderr(&output);
            assert!(
                !output.status.success() || !said.is_empty() || !concerns(command, &name),
                "{command}, {name}"
            );
            assert!(!said.contains("panicked"), "{command}, {name}: {said}");
            match command {
                "verify" => assert_eq!(output.status.code(), Some(1), "{name}: {said}"),
                "report" | "merge" if is_cell => {
                    assert!(!output.status.success(), "{command}, {name}: {said}")
                }
                "test" if is_cell => assert_eq!(output.status.code(), Some(2), "{name}: {said}"),
                "cross-validate" if is_cell => assert!(said.contains("trained again"), "{name}: {said}"),
                "test" if is_test => assert!(said.contains("trained again"), "{name}: {said}"),
                "report" if is_table => {
                    assert!(said.contains("is not what the finished cells give"), "{said}")
                }
                _ => {}
            }
        }
        if name == "run.json" {
            fs::remove_file(&path).unwrap();
            assert!(tested.cross_validate().status.success());
        }
        let verified = blemore(["verify", &tested.text("run")]);
        assert!(verified.status.success(), "after {name}: {}", stderr(&verified));
        assert!(contents(&run) == whole, "after {name}");
    }
    // A cell that was half copied.
    let cell =
        files(&run).into_iter().find(|path| path.ends_with("result.json") && names(path).contains("fold1-"));
    fs::remove_file(cell.unwrap()).unwrap();
    let healed = tested.cross_validate();
    assert!(healed.status.success() && stderr(&healed).contains("trained again"), "{}", stderr(&healed));
    assert!(contents(&run) == whole);
    let document = blemore_json(["verify", &tested.text("run")]);
    assert_eq!(document["runs"][0]["tests"], 1, "{document}");
}

/// Whether a command reads a file: held-out tests are read by `test` and `verify` alone, and what trains writes the tables.
fn concerns(command: &str, name: &str) -> bool {
    let is_test = name.contains("-test-");
    let is_table = name.ends_with(".csv") && !name.contains("cells/");
    match command {
        "verify" => true,
        "test" => !is_table || !is_test,
        "cross-validate" | "merge" => !is_test && !is_table,
        _ => !is_test,
    }
}
