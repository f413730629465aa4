//! Every example, run as its reader runs it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use blemore::data::generate::{Corpus, CorpusSize};
use blemore_media::Ffmpeg;
use blemore_testing::{Need, not_run, write_checkpoint};

/// What an example prints. Cargo builds examples before tests, into a folder beside theirs.
fn run<A: AsRef<OsStr>>(name: &str, arguments: &[A]) -> String {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().with_file_name("examples").join(name);
    let output = Command::new(&program).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{}: {error}; cargo build -p blemore-examples --examples makes it", program.display())
    });
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Without arguments.
fn run_alone(name: &str) -> String {
    run::<&str>(name, &[])
}

#[test]
fn each_example_is_short() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines < 80, "{} has {lines} lines", path.display());
            files += 1;
        }
    }
    assert!(files >= 8);
}

#[test]
fn a_submission_is_scored() {
    let said = run_alone("score_submission");
    assert!(said.contains("ACC_presence 0.750") && said.contains("holds 4 clips"), "{said}");
}

#[test]
fn a_folder_is_aggregated() {
    let said = run_alone("aggregate_folder");
    assert!(said.contains("video.npz: ") && said.contains(" columns"), "{said}");
}

#[test]
fn baselines_are_reproduced() {
    let folder = tempfile::tempdir().unwrap();
    Corpus::generate(42, CorpusSize::SMALL).unwrap().write(folder.path()).unwrap();
    let said = run("reproduce_baselines", &[folder.path()]);
    assert!(said.contains("Table II, Generated video with ") && said.contains("held-out test: "), "{said}");
}

#[test]
fn thresholds_are_chosen_without_look_ahead() {
    let said = run_alone("thresholds_without_look_ahead");
    assert_eq!(said.matches("by the other folds").count(), 5, "{said}");
    assert!(said.contains("for other clips: alpha "), "{said}");
}

#[test]
fn two_systems_are_compared() {
    let said = run_alone("compare_systems");
    assert!(said.lines().count() == 3 && said.contains("by permutation over 5 actors"), "{said}");
}

#[test]
fn a_confusion_matrix_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let figure = folder.path().join("confusion.svg");
    let said = run("draw_confusion", &[&figure]);
    assert!(said.contains("Confusion of the 16 sets of emotions, 180 clips"), "{said}");
    assert!(fs::read_to_string(figure).unwrap().starts_with("<svg"));
}

#[test]
fn a_clip_is_encoded() {
    let Ok(ffmpeg) = Ffmpeg::find(None) else { return not_run(Need::Ffmpeg) };
    let folder = tempfile::tempdir().unwrap();
    let (clips, arrays) = (folder.path().join("clips"), folder.path().join("arrays"));
    fs::create_dir(&clips).unwrap();
    let made = Command::new(ffmpeg.path())
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=0.5"])
        .arg(clips.join("A1_ang_int1_ver1.mp4"))
        .status();
    assert!(made.unwrap().success());
    let weights = folder.path().join("model.safetensors");
    write_checkpoint("clip", 1, &weights);
    let said = run("encode_clips", &[&clips, &arrays, &weights]);
    assert!(said.contains("1 written, 0 there before"), "{said}");
}

#[test]
fn a_decoder_of_ones_own_is_scored_beside_the_papers() {
    let said = run_alone("own_decoder");
    assert_eq!(said.matches("two largest").count(), 3, "{said}");
}
