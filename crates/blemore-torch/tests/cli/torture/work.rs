//! The commands that are tried, each in a folder with its inputs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use blemore::features::FeatureMatrix;
use ndarray::Array2;

use super::content::{Content, content, copy};
use crate::program::stderr;
use crate::scene::{CLIPS, Scene};

const SWEEP: &str = r#"
metadata = "train.csv"
heads = ["emotions", "set-and-ratio"]
decoders = ["grid", "expected-score"]
features = [{ name = "made up", tables = ["features.npz"] }]
recipe = { epochs = 20, learning_rate = 0.01 }
baseline = { features = "made up", head = "emotions", objective = "kl-divergence", decoder = "grid" }
"#;
const TRAIN: &str = "cross-validate --features features.npz --metadata train.csv --models linear --learning-rate 0.01 \
                     --epochs 40 -o new";
const TEST: &str = "test --run run --features features.npz --test-features test.npz --train-metadata train.csv \
                    --test-metadata test.csv --epochs 40";
const TEST_CLIPS: [&str; 2] = ["A9_ang_int1_ver1", "A9_mix_ang_sad_70_30_ver1"];
/// What reads a table, and where it writes what it has read.
const READ_TABLE: &str = "fuse out.npz features.npz -o read.npz";
pub(crate) const READ_INTO: &str = "read.npz";

/// Command, the input that is changed, where its result is, and what reads the result; none for what only people read.
const WORKS: [[&str; 4]; 8] = [
    ["aggregate arrays -o out.npz", "arrays/A1_ang_int1_ver1.npy", "out.npz", READ_TABLE],
    ["fuse features.npz other.npz -o out.npz", "other.npz", "out.npz", READ_TABLE],
    [TRAIN, "features.npz", "new", "verify new"],
    [TEST, "test.npz", "run", "verify run"],
    ["merge run -o whole", "run/run.json", "whole", "verify whole"],
    ["report --run run -o page.html", "run/run.json", "page.html", ""],
    [
        "submit --predictions predictions.json -o out.zip",
        "predictions.json",
        "out.zip",
        "score --predictions out.zip --metadata test.csv",
    ],
    ["sweep sweep.toml -o sweep", "features.npz", "sweep", "verify sweep"],
];
/// Takes seconds, and makes its own inputs: what is changed is nothing that it reads.
const SLOW: [&str; 4] =
    ["reproduce --models linear --epochs 1 --test-epochs 1 -o results", "features.npz", "results", ""];

/// What shells limit the size of files by, in bytes.
const BLOCK: usize = 512;

/// A command with its inputs and what it gives.
pub(crate) struct Work {
    command: &'static str,
    /// The input that is changed, and the bytes that it gets.
    pub(crate) input: &'static str,
    pub(crate) other: Vec<u8>,
    /// Where the result is.
    pub(crate) result: &'static str,
    /// The command that reads the result.
    pub(crate) reader: &'static str,
    inputs: tempfile::TempDir,
    /// What is there when nothing happened, and when the input was the other one from the start.
    pub(crate) expected: Content,
    pub(crate) expected_with_other: Content,
    /// How long the command takes.
    pub(crate) duration: Duration,
    /// The size of the largest file that it makes, in blocks of [`BLOCK`] begun.
    pub(crate) blocks: usize,
}

impl Work {
    /// All commands; those that take seconds only if they are asked for.
    pub(crate) fn all(with_slow: bool) -> Vec<Self> {
        let scene = inputs();
        let slow = with_slow.then_some(SLOW);
        WORKS.into_iter().chain(slow).map(|work| Self::new(&scene.path(""), work)).collect()
    }

    fn new(scene: &Path, [command, input, result, reader]: [&'static str; 4]) -> Self {
        let inputs = tempfile::tempdir().unwrap();
        copy(scene, inputs.path());
        let other = other_bytes(&inputs.path().join(input));
        let mut work = Self {
            command,
            input,
            other,
            result,
            reader,
            inputs,
            expected: Content::new(),
            expected_with_other: Content::new(),
            duration: Duration::ZERO,
            blocks: 0,
        };
        let folder = work.folder();
        let start = Instant::now();
        let output = run(folder.path(), command);
        work.duration = start.elapsed();
        assert!(output.status.success(), "{command}: {}", stderr(&output));
        work.expected = content(folder.path());
        let given = content(work.inputs.path());
        let made = work.expected.iter().filter(|(path, _)| !given.contains_key(*path));
        work.blocks = made.map(|(_, bytes)| bytes.len().div_ceil(BLOCK)).max().unwrap();
        let folder = work.folder();
        fs::write(folder.path().join(input), &work.other).unwrap();
        run(folder.path(), command);
        work.expected_with_other = content(folder.path());
        work
    }

    /// The name of the command.
    pub(crate) fn name(&self) -> &'static str {
        self.command.split(' ').next().unwrap()
    }

    /// A new folder with the inputs.
    pub(crate) fn folder(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        copy(self.inputs.path(), folder.path());
        folder
    }

    /// The command, to be run in a folder.
    pub(crate) fn command(&self, folder: &Path) -> Command {
        command(folder, self.command)
    }

    /// The command in a shell that lets no file grow beyond so many blocks of [`BLOCK`].
    pub(crate) fn with_little_space(&self, folder: &Path, blocks: usize) -> Output {
        let line = format!("ulimit -f {blocks}; exec {} {}", crate::PROGRAM, self.command);
        Command::new("sh").args(["-c", &line]).current_dir(folder).output().unwrap()
    }
}

/// Runs a command in a folder.
pub(crate) fn run(folder: &Path, words: &str) -> Output {
    command(folder, words).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap()
}

fn command(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(crate::PROGRAM);
    command.args(words.split_whitespace()).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A dataset with arrays, a finished run, and what was predicted.
fn inputs() -> Scene {
    let scene = Scene::new();
    scene.write_table("other.npz", &CLIPS.map(|(clip, _)| clip), 7.0);
    scene.write_table("test.npz", &TEST_CLIPS, 0.5);
    let rows = fs::read_to_string(scene.path("train.csv")).unwrap();
    let of_test = rows.lines().take(3).map(|row| row.replace("A1", "A9"));
    fs::write(scene.path("test.csv"), of_test.collect::<Vec<_>>().join("\n")).unwrap();
    fs::write(scene.path("sweep.toml"), SWEEP).unwrap();
    let entry = |clip: &str| format!("\"{clip}\": [{{\"emotion\": \"ang\", \"salience\": 100}}]");
    let predictions = format!("{{{}}}", TEST_CLIPS.map(entry).join(", "));
    fs::write(scene.path("predictions.json"), predictions).unwrap();
    fs::create_dir(scene.path("arrays")).unwrap();
    for (number, (clip, _)) in CLIPS.iter().enumerate() {
        let values =
            Array2::from_shape_fn((200, 64), |(row, column)| ((row * 7 + column * 3 + number) % 31) as f32);
        FeatureMatrix::new(values).unwrap().write(scene.path("arrays").join(format!("{clip}.npy"))).unwrap();
    }
    let output = run(&scene.path(""), &TRAIN.replace("-o new", "-o run"));
    assert!(output.status.success(), "{}", stderr(&output));
    scene
}

/// Another array, table or list of predictions, as good as the one that is there; another byte in a record.
fn other_bytes(path: &Path) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    let scene = Scene::new();
    let other = scene.path("other");
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("npz") => {
            let table = blemore::features::FeatureTable::read(path).unwrap();
            let clips: Vec<&str> = table.clips().iter().map(|clip| clip.as_str()).collect();
            scene.write_table("other", &clips, 100.0);
            fs::read(other).unwrap()
        }
        Some("npy") => {
            FeatureMatrix::new(Array2::from_elem((200, 64), 3.0)).unwrap().write(&other).unwrap();
            fs::read(other).unwrap()
        }
        _ if path.ends_with("predictions.json") => {
            String::from_utf8(bytes).unwrap().replace("\"ang\"", "\"sad\"").into()
        }
        _ => {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            bytes
        }
    }
}
