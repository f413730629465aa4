//! `blemore cross-validate --finetune`: from clips and faces to a results folder like any other.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use blemore_media::Ffmpeg;
use blemore_testing::{Need, not_run, write_checkpoint};
use serde_json::Value;

use crate::program::{blemore, blemore_json, refusal, stderr};
use crate::scene::{CLIPS, Scene};

/// Six clips of sound with ten faces each, their metadata, and a small random checkpoint.
struct Corpus {
    scene: Scene,
}

impl Corpus {
    /// None where there is no ffmpeg.
    fn new() -> Option<Self> {
        let Ok(ffmpeg) = Ffmpeg::find(None) else {
            not_run(Need::Ffmpeg);
            return None;
        };
        let corpus = Self { scene: Scene::new() };
        write_checkpoint("hicmae", 1, &corpus.path("checkpoint.safetensors"));
        fs::create_dir(corpus.path("clips")).unwrap();
        for (number, (clip, _)) in CLIPS.iter().enumerate() {
            let faces = corpus.path("faces").join(format!("{clip}_aligned"));
            fs::create_dir_all(&faces).unwrap();
            let colour = ["red", "green", "blue", "gray", "black", "white"][number];
            let picture = format!("color=c={colour}:size=112x112:rate=25:duration=0.4");
            make(&ffmpeg, &picture, &faces.join("frame_det_00_%06d.bmp"));
            let sound = format!("sine=frequency={}:duration=0.5", 200 * (number + 1));
            make(&ffmpeg, &sound, &corpus.path("clips").join(format!("{clip}.wav")));
        }
        Some(corpus)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scene.path(name)
    }

    /// The command line with results in this folder.
    fn command(&self, output: &str, more: &[&str]) -> Vec<OsString> {
        let mut words: Vec<OsString> = ["cross-validate", "--finetune", "hicmae"].map(OsString::from).into();
        for (option, path) in [
            ("--clips", "clips"),
            ("--faces", "faces"),
            ("--checkpoint", "checkpoint.safetensors"),
            ("--metadata", "train.csv"),
            ("--output", output),
        ] {
            words.extend([OsString::from(option), self.path(path).into()]);
        }
        words.extend(["--jobs", "1"].iter().chain(more).map(OsString::from));
        words
    }

    /// The fold's probabilities of every cell in a folder, in the order of the cells' names.
    fn probabilities(&self, output: &str) -> Vec<String> {
        let folders = fs::read_dir(self.path(output).join("cells")).unwrap();
        let mut cells: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
        cells.sort();
        cells.iter().map(|cell| fs::read_to_string(cell.join("probabilities.csv")).unwrap()).collect()
    }
}

fn make(ffmpeg: &Ffmpeg, source: &str, output: &Path) {
    let mut command = Command::new(ffmpeg.path());
    command.args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", source]).arg(output);
    assert!(command.status().unwrap().success(), "{source}");
}

#[test]
fn a_network_has_cells_tables_and_checks_as_models_have() {
    let Some(corpus) = Corpus::new() else { return };
    let finished: Value = blemore_json(corpus.command("whole", &["--epochs", "1"]));
    assert_eq!(finished["cells"].as_array().unwrap().len(), 3);
    assert_eq!(finished["cells"][0]["features"], "HiCMAE fine-tuned");
    let run = corpus.path("whole").into_os_string();
    let verified: Value = blemore_json([OsString::from("verify"), run.clone()]);
    let checked = &verified["runs"][0];
    assert_eq!((&checked["finished"], &checked["recomputed"]), (&3.into(), &3.into()), "{verified}");
    let page = corpus.path("report.html");
    let words = ["report", "--run"].map(OsString::from).into_iter().chain([run, "-o".into()]);
    let report = blemore(words.chain([page.clone().into_os_string()]));
    assert!(report.status.success(), "{}", stderr(&report));
    assert!(fs::read_to_string(page).unwrap().contains("HiCMAE fine-tuned"));
    // The recipe says all that it was trained with, and the cells' own numbers are the published ones.
    let cells = fs::read_dir(corpus.path("whole/cells")).unwrap();
    let recipe = cells.map(|cell| fs::read_to_string(cell.unwrap().path().join("recipe.toml")).unwrap());
    let recipe = recipe.last().unwrap();
    for line in ["layer_decay = 0.75", "drop_path = 0.1", "weight_decay = 0.05", "warm_up_epochs = 5"] {
        assert!(recipe.contains(line), "{recipe}");
    }

    // A job array, and activations that are computed again: the same numbers.
    for share in ["1/3", "3/3", "2/3"] {
        let part = blemore(corpus.command("shared", &["--epochs", "1", "--cell", share, "--recompute"]));
        assert!(part.status.success(), "{}", stderr(&part));
    }
    assert_eq!(corpus.probabilities("shared"), corpus.probabilities("whole"));
}

#[cfg(unix)]
#[test]
fn a_killed_fit_goes_on_with_the_same_bits() {
    let Some(corpus) = Corpus::new() else { return };
    let settings = ["--epochs", "2", "--batch-size", "2", "--fold", "1"];
    let whole = blemore(corpus.command("whole", &settings));
    assert!(whole.status.success(), "{}", stderr(&whole));
    let mut command = Command::new(crate::PROGRAM);
    command.args(corpus.command("killed", &settings)).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    let start = Instant::now();
    while !has_state(&corpus.path("killed/.work")) {
        assert!(start.elapsed() < Duration::from_secs(60), "it did not get far enough");
        sleep(Duration::from_millis(5));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let continued = blemore(corpus.command("killed", &settings));
    assert!(continued.status.success(), "{}", stderr(&continued));
    assert_eq!(corpus.probabilities("killed"), corpus.probabilities("whole"));
}

/// Whether a fit has written its state somewhere in this folder.
fn has_state(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        path.file_name().is_some_and(|name| name == "state.safetensors") || path.is_dir() && has_state(&path)
    })
}

#[test]
fn what_is_missing_is_named() {
    let Some(corpus) = Corpus::new() else { return };
    let message = refusal(["cross-validate", "--finetune", "hicmae", "--metadata", "m.csv", "-o", "run"]);
    assert!(message.contains("--checkpoint"), "{message}");
    fs::remove_dir_all(corpus.path("faces").join(format!("{}_aligned", CLIPS[3].0))).unwrap();
    let message = refusal(corpus.command("run", &["--epochs", "1"]));
    assert!(message.contains(&format!("no aligned faces of {}", CLIPS[3].0)), "{message}");
    fs::remove_file(corpus.path("clips").join(format!("{}.wav", CLIPS[2].0))).unwrap();
    let message = refusal(corpus.command("run", &["--epochs", "1"]));
    assert!(message.contains(CLIPS[2].0), "{message}");
}
