//! What a million clips cost: metadata, the check of the folds, scoring with intervals, the search of thresholds.
//!
//! `cargo bench -p blemore-benches --bench scale` writes generated clips of each size to files, and does all steps in a
//! process of its own, whose largest memory is measured. It prints a table, says which goals are met, and draws the cost
//! per clip (`scale.svg` in the target folder). Without `--bench`, as `cargo test --benches` starts it, it does the
//! smallest size alone.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints, and stops at the first thing that is not as it should be"
)]

mod corpus;
mod plot;
mod steps;

use std::env;
use std::num::NonZero;
use std::path::Path;
use std::process::Command;

use blemore_benches::processor;
use tempfile::TempDir;

use steps::{Cost, STEPS};

/// Clips and actors. A clip per actor at the end: the size where resampling actors one by one would take minutes.
const SIZES: [(usize, usize); 7] = [
    (3_000, 60),
    (10_000, 200),
    (30_000, 600),
    (100_000, 2_000),
    (300_000, 5_000),
    (MILLION, 5_000),
    (MILLION, MILLION),
];
const MILLION: usize = 1_000_000;
/// Times that all sizes are measured, one after the other, so that what disturbs the machine for a while disturbs them
/// all. The fastest counts, and the largest memory.
const ROUNDS: usize = 3;
/// The most bytes that a process may hold.
const MOST_MEMORY: usize = 1_500_000_000;
/// The cost per clip at any size may be so many times that at the smallest: caches hold less of more clips.
const FLAT: f64 = 1.5;
/// The word after which a process of its own finds the folder of its files.
const MEASURE: &str = "--measure";

/// What one size costs.
struct Measured {
    clips: usize,
    actors: usize,
    cost: Cost,
}

impl Measured {
    fn seconds(&self) -> f64 {
        self.cost.seconds.iter().sum()
    }

    /// Microseconds per clip.
    fn per_clip(&self, seconds: f64) -> f64 {
        1e6 * seconds / self.clips as f64
    }
}

fn main() {
    let words: Vec<String> = env::args().collect();
    if let Some(folder) = words.iter().skip_while(|word| *word != MEASURE).nth(1) {
        let cost = steps::run(Path::new(folder));
        println!("{}", serde_json::to_string(&cost).expect("numbers are JSON"));
        return;
    }
    let is_whole = words.iter().any(|word| word == "--bench");
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    println!("generated clips, files in the page cache, {cores} cores, {}", processor());
    println!("{:>9} {:>9}{} {:>8} {:>8}  memory", "clips", "actors", header(), "all", "per clip");
    let sizes = if is_whole { &SIZES[..] } else { &SIZES[..1] };
    let measured = measure(sizes);
    measured.iter().for_each(print);
    if is_whole {
        judge(&measured);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("scale.svg");
        plot::write(&path, &measured);
        println!("cost per clip over clips: {}", path.display());
    }
}

fn header() -> String {
    STEPS.map(|step| format!(" {step:>10}")).concat()
}

fn measure(sizes: &[(usize, usize)]) -> Vec<Measured> {
    let folders: Vec<TempDir> = sizes.iter().map(|(clips, actors)| corpus::write(*clips, *actors)).collect();
    let round = |_| folders.iter().map(|folder| cost_of(folder.path())).collect();
    let better =
        |best: Vec<Cost>, next: Vec<Cost>| best.into_iter().zip(next).map(|(a, b)| a.better(b)).collect();
    let costs = (0..ROUNDS).map(round).reduce(better).expect("there is a round");
    sizes.iter().zip(costs).map(|(&(clips, actors), cost)| Measured { clips, actors, cost }).collect()
}

/// Prints what a size costs.
fn print(measured: &Measured) {
    let Measured { clips, actors, cost } = measured;
    let steps = cost.seconds.map(|seconds| format!(" {seconds:>8.3} s")).concat();
    let all = measured.seconds();
    let memory = cost.memory.map_or("not measured".to_owned(), |bytes| format!("{} MB", bytes / 1_000_000));
    println!("{clips:>9} {actors:>9}{steps} {all:>6.2} s {:>5.2} µs  {memory}", measured.per_clip(all));
}

/// Does all steps in a process of its own, so that the memory of one size is not that of another.
fn cost_of(folder: &Path) -> Cost {
    let program = env::current_exe().expect("the benchmark is a file");
    let output =
        Command::new(program).arg(MEASURE).arg(folder).output().expect("the benchmark can start itself");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints what it measured")
}

/// Says which goals are met.
fn judge(measured: &[Measured]) {
    let said = |is_met| if is_met { "met" } else { "NOT met" };
    for (actors, most_seconds) in [(5_000, 20.0), (MILLION, 60.0)] {
        let found = measured.iter().find(|found| (found.clips, found.actors) == (MILLION, actors));
        let found = found.expect("both are among the sizes");
        let is_met =
            found.seconds() <= most_seconds && found.cost.memory.is_some_and(|most| most <= MOST_MEMORY);
        println!(
            "a million clips of {actors} actors: {:.1} s (at most {most_seconds}), {} MB (at most {}): {}",
            found.seconds(),
            found.cost.memory.unwrap_or_default() / 1_000_000,
            MOST_MEMORY / 1_000_000,
            said(is_met)
        );
    }
    let costs: Vec<f64> = by_clips(measured).map(|found| found.per_clip(found.seconds())).collect();
    let growth = costs.iter().copied().fold(0.0, f64::max) / costs[0];
    println!(
        "cost per clip flat from {} clips on: at most {growth:.2} times, goal {FLAT}: {}",
        SIZES[0].0,
        said(growth <= FLAT)
    );
}

/// The sizes with more clips than actors, which are compared per clip.
fn by_clips(measured: &[Measured]) -> impl Iterator<Item = &Measured> {
    measured.iter().filter(|found| found.clips > found.actors)
}
