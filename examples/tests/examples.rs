//! Every example, run as its reader runs it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use blemore::data::Metadata;
use blemore::data::generate::{Corpus, CorpusSize};
use blemore::features::FeatureTable;
use blemore::run::{Combination, Head, Objective, SweepPlan};
use blemore::{RunPlan, Sweep};
use blemore_media::Ffmpeg;
use blemore_testing::book::Page;
use blemore_testing::{Need, not_run, write_checkpoint};

/// An example. Cargo builds examples before tests, into a folder beside theirs.
fn program(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    Command::new(test.parent().unwrap().with_file_name("examples").join(name))
}

/// What an example prints.
fn run<A: AsRef<OsStr>>(name: &str, arguments: &[A]) -> String {
    let mut program = program(name);
    let output = program.args(arguments).output().unwrap_or_else(|error| {
        panic!("{program:?}: {error}; cargo build -p blemore-examples --examples makes it")
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

/// The rows of the table of a page that `examples/sweep.toml` makes: what is compared, and the columns of numbers.
fn rows_of_the_page() -> Vec<(String, Vec<f64>)> {
    let page = Page::read("docs/sweep.md").text;
    let table = page.lines().skip_while(|line| !line.starts_with("| head | objective | decoder | published"));
    let row = |line: &str| {
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let number = |cell: &String| cell.split(' ').next().and_then(|word| word.parse().ok());
        (cells[1..4].join(", "), cells[4..].iter().filter_map(number).collect())
    };
    table.skip(2).take_while(|line| line.starts_with('|')).map(row).collect()
}

#[test]
fn the_plan_of_known_clips_gives_the_table_of_its_page() {
    // Another processor rounds otherwise, and then a clip in a hundred may have another label.
    const TOLERANCE: f64 = 0.005;
    let folder = tempfile::tempdir().unwrap();
    run("known_posterior", &[folder.path()]);
    let mut plan = SweepPlan::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("sweep.toml")).unwrap();
    let name = |row: &Combination| format!("{}, {}, {}", row.head, row.objective, row.decoder);
    let page = rows_of_the_page();
    let names: Vec<&String> = page.iter().map(|(name, _)| name).collect();
    assert_eq!(names, plan.combinations().iter().map(name).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    // The baseline and the best head: all rows take a minute.
    plan.heads.retain(|head| matches!(head, Head::Emotions | Head::SetAndRatio));
    plan.objectives.retain(|objective| *objective == Objective::KlDivergence);
    let tables = [FeatureTable::read(folder.path().join("features.npz")).unwrap()];
    let metadata = Metadata::read(folder.path().join("train_metadata.csv")).unwrap();
    let sweep = Sweep::new(&plan, &tables, &metadata, None).unwrap();
    let table = sweep.run(&folder.path().join("sweep"), &RunPlan::default(), &|_| ()).unwrap().unwrap();
    assert_eq!(table.rows.len(), 4);
    for row in &table.rows {
        let (_, expected) = page.iter().find(|(it, _)| *it == name(&row.combination)).unwrap();
        let accuracies = row.nested.map(|spread| spread.mean);
        let found = [row.published_composite(), accuracies.presence, accuracies.salience, row.composite];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < TOLERANCE, "{}: {found}, {expected}", row.combination);
        }
    }
}

#[test]
fn known_clips_of_a_difficulty_that_is_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = program("known_posterior").arg(folder.path()).arg("harder").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("hard, middle, easy, none"), "{said}");
}
