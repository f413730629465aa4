//! What several benchmarks need.
//!
//! Cargo passes flags for linking (`build.rs`) only to packages with a library or a program: this is the library.

#![allow(clippy::expect_used, reason = "a benchmark stops at the first thing that is not as it should be")]

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use blemore_labels::Label;

/// Names the file to which benchmarks add their lines of the table in `docs/speed.md`.
const TABLE: &str = "BLEMORE_BENCH_TABLE";

/// Adds a line to the table that `cargo xtask bench` prints at its end: what was measured, the baseline's figure, this
/// project's, and their ratio. The processor is in each line, as a table may have lines of several.
pub fn add_to_table(what: &str, baseline: &str, ours: &str, ratio: &str) {
    let Some(path) = std::env::var_os(TABLE) else { return };
    let line = format!("| {what} | {} | {baseline} | {ours} | {ratio} |\n", processor());
    let file = fs::OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the file of the table can be written");
}

/// The median of seconds or other numbers, of which there is one at least.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Numbers from 0 to below 1, the same each time.
pub fn pseudo_random() -> impl FnMut() -> f32 {
    let mut state = 7_u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    }
}

/// Writes an array of the numpy type `kind`.
pub fn write_npy<const N: usize>(
    path: &Path,
    kind: &str,
    shape: &[usize],
    values: impl Iterator<Item = [u8; N]>,
) {
    let shape: String = shape.iter().map(|size| format!("{size},")).collect();
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    let padded = (header.len() + 11).next_multiple_of(64) - 11;
    let begin = [b"\x93NUMPY\x01\x00".as_slice(), &((padded + 1) as u16).to_le_bytes()].concat();
    let mut out = BufWriter::new(File::create(path).expect("a new file"));
    out.write_all(&begin).expect("room on the disk");
    writeln!(out, "{header:padded$}").expect("room on the disk");
    values.for_each(|value| out.write_all(&value).expect("room on the disk"));
    out.flush().expect("room on the disk");
}

/// Pseudo-random rows near the salience vector of each label in turn; the same clips each time.
pub fn generated_clips(count: usize) -> (Vec<[f32; 6]>, Vec<Label>) {
    let labels: Vec<Label> = Label::all().collect();
    let mut next = pseudo_random();
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
