//! What several benchmarks need.
//!
//! Cargo passes flags for linking (`build.rs`) only to packages with a library or a program: this is the library.

use std::fs;

use blemore_labels::Label;

/// Pseudo-random rows near the salience vector of each label in turn; the same clips each time.
pub fn generated_clips(count: usize) -> (Vec<[f32; 6]>, Vec<Label>) {
    let labels: Vec<Label> = Label::all().collect();
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    (0..count)
        .map(|clip| {
            // A multiple of a prime, so that neighbouring clips differ in their label as in a shuffled corpus.
            let truth = labels[clip * 7919 % labels.len()];
            let row = truth.salience().as_array().map(|target| target + next() / 2.0);
            let sum: f32 = row.iter().sum();
            (row.map(|value| value / sum), truth)
        })
        .unzip()
}

/// The processor's name, where the system tells.
pub fn processor() -> String {
    let report = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        report.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(':'));
    name.map_or_else(|| "unknown processor".to_owned(), |(_, name)| name.trim().to_owned())
}

/// A line of the system's report on this process (`VmHWM:`, say), in bytes, where the system tells.
pub fn memory(line: &str) -> Option<usize> {
    let report = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = report.lines().find_map(|found| found.strip_prefix(line))?.split_whitespace().next()?;
    Some(1024 * kilobytes.parse::<usize>().ok()?)
}
