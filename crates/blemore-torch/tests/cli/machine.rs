//! How training uses the machine: what memory it takes, and that results do not tell.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use blemore::data::generate::{Corpus, CorpusSize};
use blemore::features::FeatureTable;
use blemore::models::Footprint;
use blemore::run::{Architecture, Device, ModelShape, Recipe};
use ndarray::Array2;

use crate::program::blemore_json;

/// The most bytes that were resident while all folds of the paper's models were trained on `width` features of each clip,
/// and the bytes of the features.
fn peak_of_cross_validation(folder: &Path, corpus: &Corpus, width: usize) -> (usize, usize) {
    let (features, bytes) = write(folder, corpus, width);
    let mut command = cross_validation(folder, &features, &folder.join(format!("run-{width}")));
    command.args(["--epochs", "1"]);
    command.stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let report = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        let report = fs::read_to_string(&report).unwrap_or_default();
        let most = report.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
        peak = most.map_or(peak, |kilobytes| 1024 * kilobytes.parse::<usize>().unwrap());
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success() && peak > 0);
    (peak, bytes)
}

/// Writes so many features of each clip, and the metadata; gives the path and the size of the features.
fn write(folder: &Path, corpus: &Corpus, width: usize) -> (PathBuf, usize) {
    let clips: Vec<_> = corpus.train().clips().iter().map(|record| record.clip.clone()).collect();
    let value =
        |(row, column): (usize, usize)| ((row * 7919 + column * 104_729) % 65_537) as f32 / 32_768.0 - 1.0;
    let table = FeatureTable::new(clips.clone(), Array2::from_shape_fn((clips.len(), width), value)).unwrap();
    let path = folder.join(format!("{width}.npz"));
    table.write(&path).unwrap();
    corpus.train().write(folder.join("train.csv")).unwrap();
    (path, table.n_bytes())
}

/// The command on features and metadata of [`write`].
fn cross_validation(folder: &Path, features: &Path, output: &Path) -> Command {
    let mut command = Command::new(crate::PROGRAM);
    command.args(["cross-validate", "--quiet", "--features"]).arg(features);
    command.arg("--metadata").arg(folder.join("train.csv")).arg("--output").arg(output);
    command
}

/// Whether a large fit gains from threads here.
fn uses_threads() -> bool {
    let shape = ModelShape::published(&Architecture::mlp_512(), 7168);
    Footprint::of(&Recipe::default(), Device::Cpu, &shape, 2456).uses_threads
}

#[test]
fn fits_one_at_a_time_and_side_by_side_leave_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let features = write(folder.path(), &corpus, 1024);
    let run = |name: &str, more: &[&str]| -> BTreeMap<PathBuf, Vec<u8>> {
        let output = folder.path().join(name);
        let mut command = cross_validation(folder.path(), &features.0, &output);
        assert!(
            command.args(["--models", "mlp-512", "--epochs", "2"]).args(more).status().unwrap().success()
        );
        contents(&output)
    };
    let alone = run("alone", &[]);
    assert!(alone.len() > 15, "{:?}", alone.keys());
    for (name, more) in [
        ("one thread", &["--jobs", "1"][..]),
        ("side by side", &["--fits", "3"]),
        ("many", &["--jobs", "7", "--fits", "2"]),
    ] {
        assert!(run(name, more) == alone, "{name}");
    }
    // One batch of all clips, however large it may be.
    let largest = usize::MAX.to_string();
    assert!(run("one batch", &["--batch-size", &largest, "--jobs", "4096"]).len() == alone.len());
}

/// The files in a folder and their bytes, but for those that hold the time of day, or the hash of such a file.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(of) = folders.pop() {
        for entry in fs::read_dir(of).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_owned();
            match path.is_dir() {
                true => folders.push(path),
                false if name.to_string_lossy().contains("tfevents") || name.ends_with("result.json") => {}
                false => _ = files.insert(name, fs::read(path).unwrap()),
            }
        }
    }
    files
}

#[test]
fn cross_validation_stays_within_twice_the_features() {
    if !uses_threads() {
        eprintln!("skipped: on this processor products are libtorch's, and fits go side by side");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let corpus = Corpus::generate(42, CorpusSize::PUBLISHED).unwrap();
    let (program, _) = peak_of_cross_validation(folder.path(), &corpus, 16);
    let (peak, features) = peak_of_cross_validation(folder.path(), &corpus, 7168);
    let beside = peak.saturating_sub(program);
    let times = beside as f64 / features as f64;
    assert!(times <= 2.0, "{} MB are {times:.2} times the {} MB of features", beside >> 20, features >> 20);
}

#[test]
fn the_version_with_details_tells_what_networks_run_on() {
    let document = blemore_json(["--version", "-v"]);
    let version = document["libtorch"]["version"].as_str().unwrap();
    assert!(version.starts_with("2.11.0"), "{document}");
    assert_eq!(document["libtorch"]["devices"][0], "cpu");
    assert!(document["processor"].as_str().is_some_and(|name| !name.is_empty()), "{document}");
}
