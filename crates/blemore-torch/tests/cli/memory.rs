//! How much memory training takes, by what the system says of the program.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use blemore::data::generate::{Corpus, CorpusSize};
use blemore::features::FeatureTable;
use ndarray::Array2;

/// The most bytes that were resident while folds of an MLP-512 were trained on `width` features of each clip, and the bytes
/// of the features.
fn peak_of_cross_validation(folder: &Path, corpus: &Corpus, width: usize) -> (usize, usize) {
    let (features, metadata) = (folder.join(format!("{width}.npz")), folder.join("train.csv"));
    let clips: Vec<_> = corpus.train().clips().iter().map(|record| record.clip.clone()).collect();
    let value = |(row, column): (usize, usize)| ((row * 7919 + column * 104_729) % 1009) as f32 / 500.0 - 1.0;
    let table = FeatureTable::new(clips.clone(), Array2::from_shape_fn((clips.len(), width), value)).unwrap();
    table.write(&features).unwrap();
    corpus.train().write(&metadata).unwrap();

    let mut command = Command::new(crate::PROGRAM);
    command.args(["cross-validate", "--quiet", "--models", "mlp-512", "--epochs", "2"]);
    command.arg("--features").arg(&features).arg("--metadata").arg(&metadata);
    command.arg("--output").arg(folder.join(format!("run-{width}")));
    // As `blemore` starts it.
    command.env("MALLOC_MMAP_THRESHOLD_", "4194304").stdout(Stdio::null());
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
    (peak, table.n_bytes())
}

#[test]
fn cross_validation_stays_within_twice_the_features() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Corpus::generate(42, CorpusSize::PUBLISHED).unwrap();
    let (program, _) = peak_of_cross_validation(folder.path(), &corpus, 16);
    let (peak, features) = peak_of_cross_validation(folder.path(), &corpus, 7168);
    let beside = peak.saturating_sub(program);
    let times = beside as f64 / features as f64;
    assert!(times <= 2.0, "{} MB are {times:.2} times the {} MB of features", beside >> 20, features >> 20);
}
