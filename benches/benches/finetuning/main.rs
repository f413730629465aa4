//! A step of fine-tuning HiCMAE-Base against the same step of PyTorch, in turns in the same run.
//!
//! `cargo bench -p blemore-benches --bench finetuning [-- recompute]`: made-up windows of the real size, batch 4, single
//! precision, all cores, random weights that PyTorch makes for both. PyTorch runs in the interpreter that
//! `BLEMORE_PEER_PYTHON` names (default: python3). It takes five minutes on two cores.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark prints, and stops at the first thing that is not as it should be"
)]

mod ours;
mod peer;

use std::num::NonZero;

use blemore_benches::{add_to_table, memory, processor};

/// Windows of a batch.
const BATCH: usize = 4;
/// Steps of a turn, the first of which meets cold memory and is not counted.
const STEPS: usize = 5;
/// Turns of each side, one after the other.
const TURNS: usize = 2;
/// Largest difference of the losses before the first step.
const TOLERANCE: f64 = 1e-5;

/// Seconds of each step, and the loss before it.
pub(crate) struct Step {
    pub(crate) seconds: f64,
    pub(crate) loss: f64,
}

fn main() {
    // `cargo test --benches` only starts it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let recomputes = std::env::args().any(|argument| argument == "recompute");
    let python = match peer::python() {
        Ok(python) => python,
        Err(reason) => return println!("not measured: {reason}, which also makes the weights"),
    };
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint.pth");
    peer::write_checkpoint(&python, &checkpoint);
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    println!("HiCMAE-Base, batches of {BATCH}, {cores} cores, {}", processor());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut peak = 0;
    for _ in 0..TURNS {
        ours.push(ours::steps(&checkpoint, cores, recomputes));
        let run = peer::steps(&python, &checkpoint, cores);
        peak = peak.max(run.bytes);
        theirs.push(run.steps);
    }
    let difference = (ours[0][0].loss - theirs[0][0].loss).abs();
    assert!(difference < TOLERANCE, "the first losses differ by {difference}");
    let name = if recomputes { "blemore, activations computed again" } else { "blemore" };
    let ours = line(name, &ours, memory("VmHWM:").unwrap_or_default());
    let theirs = line("PyTorch", &theirs, peak);
    println!("  PyTorch / blemore {:>42.2}", theirs / ours);
    add_to_table(
        &format!("a step of fine-tuning HiCMAE-Base, batch {BATCH}, random weights, {cores} threads"),
        &format!("PyTorch: {theirs:.2} s, {:.1} GB", peak as f64 / 1e9),
        &format!("{name}: {ours:.2} s, {:.1} GB", memory("VmHWM:").unwrap_or_default() as f64 / 1e9),
        &format!("{:.2} x", theirs / ours),
    );
    println!("  losses before the first step within {difference:.1e}");
}

/// Prints the median, the least and the most seconds of all steps but each turn's first, and gives the median.
fn line(name: &str, turns: &[Vec<Step>], bytes: usize) -> f64 {
    let mut seconds: Vec<f64> = turns.iter().flat_map(|turn| &turn[1..]).map(|step| step.seconds).collect();
    seconds.sort_by(f64::total_cmp);
    let (least, median, most) = (seconds[0], seconds[seconds.len() / 2], seconds[seconds.len() - 1]);
    let gigabytes = bytes as f64 / 1e9;
    println!("  {name:<38} {median:>5.2} s a step ({least:.2} to {most:.2}), at most {gigabytes:.1} GB");
    median
}
