//! Interrupted in the middle of its work, the program says what is kept, and leaves nothing unfinished behind.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::program::{blemore, refusal, stderr};
use crate::scene::Scene;

/// Starts the program, interrupts it once `is_ready`, and gives its exit code and what it said.
fn interrupted(command: &mut Command, signal: &str, is_ready: impl Fn() -> bool) -> (Option<i32>, String) {
    let mut process = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while !is_ready() {
        assert!(process.try_wait().unwrap().is_none(), "it ended before it was interrupted");
        assert!(start.elapsed() < Duration::from_secs(60), "it did not get far enough");
        sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args([signal, &process.id().to_string()]).status().unwrap().success());
    let output = process.wait_with_output().unwrap();
    (output.status.code(), stderr(&output))
}

fn holds_something(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

#[test]
fn a_temporary_folder_goes() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new(crate::PROGRAM);
    command.args(["reproduce", "--epochs", "100000"]).env("TMPDIR", temporary.path());
    let (code, said) = interrupted(&mut command, "-INT", || holds_something(temporary.path()));
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("interrupted; nothing was written"), "{said}");
    assert!(
        !holds_something(temporary.path()),
        "what is left: {:?}",
        fs::read_dir(temporary.path()).unwrap().next()
    );
}

#[test]
fn cells_are_kept_and_the_same_command_goes_on() {
    let scene = Scene::new();
    let run = scene.path("run");
    let text = |name: &str| scene.path(name).display().to_string();
    let words = |epochs: &str| {
        let [features, metadata, run] = ["features.npz", "train.csv", "run"].map(text);
        let words = [
            "cross-validate",
            "--features",
            &features,
            "--metadata",
            &metadata,
            "-o",
            &run,
            "--epochs",
            epochs,
        ];
        words.map(str::to_owned)
    };
    let mut command = Command::new(crate::PROGRAM);
    command.args(words("900000"));
    let state = || {
        let work = fs::read_dir(run.join(".work")).into_iter().flatten();
        work.flatten().any(|entry| entry.path().join("state.safetensors").is_file())
    };
    let (code, said) = interrupted(&mut command, "-TERM", state);
    assert_eq!(code, Some(143), "{said}");
    assert!(said.contains("goes on from there") && said.contains("run"), "{said}");
    let said = refusal(words("3"));
    assert!(said.contains("epochs 900000 (here 3)"), "{said}");
    let forced = blemore(words("3").into_iter().chain(["--force".to_owned()]));
    assert!(forced.status.success(), "{}", stderr(&forced));
}

/// A disk that is full, stood in for by a limit of file sizes, and a folder that cannot be made: exit code 1, with the path.
#[test]
fn what_cannot_be_written_is_no_bad_input() {
    let scene = Scene::new();
    let text = |name: &str| scene.path(name).display().to_string();
    let [features, metadata, run] = ["features.npz", "train.csv", "run"].map(text);
    let command = format!(
        "ulimit -f 1; exec {} cross-validate --features {features} --metadata {metadata} -o {run} --epochs 20",
        crate::PROGRAM
    );
    let output = Command::new("sh").args(["-c", &command]).output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write") && said.contains(&run), "{said}");

    fs::create_dir(scene.path("blocked")).unwrap();
    fs::write(scene.path("blocked/.work"), "a file").unwrap();
    let blocked = text("blocked");
    let words = ["cross-validate", "--features", &features, "--metadata", &metadata, "-o", &blocked];
    let output = blemore(words);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains(".work"), "{}", stderr(&output));
}

#[test]
fn sizes_that_cannot_be_meant_are_refused_before_anything_is_allocated() {
    let scene = Scene::new();
    let text = |name: &str| scene.path(name).display().to_string();
    let refused = |more: [&str; 2]| {
        let [features, metadata, run] = ["features.npz", "train.csv", "run"].map(text);
        let words = ["cross-validate", "--features", &features, "--metadata", &metadata, "-o", &run];
        refusal(words.into_iter().chain(more))
    };
    for epochs in ["18446744073709551615", "10000000000"] {
        assert!(refused(["--epochs", epochs]).contains("from 1 to 1,000,000"));
    }
    let said = refused(["--models", "mlp-1000000-1000000"]);
    assert!(said.contains("narrower"), "{said}");
    assert!(!scene.path("run").exists());
}
