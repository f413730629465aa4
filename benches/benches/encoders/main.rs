//! The encoders beside a Python program that does the same: from one clip of three seconds to its features, decoding
//! included, with the same made-up weights of the published sizes. And the face detector, with its published weights.
//!
//! `cargo xtask bench encoders [-- NAMES]`; `faces` is a name too. Each side is a process of its own, with the same batch
//! and number of threads: one network is in memory at a time. Ours is measured before and after PyTorch, so that what else
//! the machine does slows both. PyTorch runs in the interpreter that `BLEMORE_PEER_PYTHON` names; without it ours is measured alone, as HiCMAE is,
//! of which there is no package. Ends with exit code 1 where a goal is missed.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops at the first thing that is not as it should be"
)]

mod faces;
mod ours;
mod plan;
mod report;
mod sample;
mod side;

use std::env;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread;

use blemore_benches::processor;
use blemore_media::EncoderKind;

use plan::{BATCH, Plan, SECONDS};
use report::Comparison;
use sample::Sample;
use side::Side;

/// Names the interpreter that has PyTorch and the reference implementations.
const PYTHON: &str = "BLEMORE_PEER_PYTHON";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if let Some(place) = words.iter().position(|word| word == ours::MEASURE) {
        ours::serve(&words[place + 1..]);
        return ExitCode::SUCCESS;
    }
    if let Some(place) = words.iter().position(|word| word == faces::MEASURE) {
        faces::serve(&words[place + 1..]);
        return ExitCode::SUCCESS;
    }
    if !words.iter().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    let names: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let encoders = names.iter().filter(|name| **name != faces::NAME);
    let named: Vec<EncoderKind> = match encoders.map(|name| name.parse()).collect::<Result<_, _>>() {
        Ok(named) => named,
        Err(error) => {
            println!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    println!("{threads} threads, batches of {BATCH} frames, one clip of {SECONDS} s, {}", processor());
    println!("medians (least to greatest); memory is the most that the process held");
    let sample = Sample::make();
    let mut is_met = true;
    let kinds = EncoderKind::ALL.into_iter().filter(|kind| names.is_empty() || named.contains(kind));
    for plan in kinds.filter_map(Plan::of) {
        let comparison = compare(plan, &sample, threads);
        println!("{comparison}");
        is_met &= comparison.is_met();
    }
    if names.is_empty() || names.iter().any(|name| *name == faces::NAME) {
        let comparison = faces::compare(env::var_os(PYTHON).as_deref(), threads);
        println!("{comparison}");
        is_met &= comparison.is_met();
    }
    if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn compare(plan: Plan, sample: &Sample, threads: usize) -> Comparison {
    let ours = || Side::start(ours::program(plan, sample), threads, &sample.features());
    let [before, after] = plan.halves();
    let mut comparison = Comparison::new(plan);
    comparison.add_ours(ours().measure(plan.warms_up, before));
    let python = env::var_os(PYTHON).filter(|_| plan.has_peer());
    if let Some(python) = python {
        let peer = Side::start(side::peer(&python, plan, sample), threads, &sample.features());
        comparison.add_peer(peer.measure(plan.warms_up, plan.repetitions));
    }
    comparison.add_ours(ours().measure(plan.warms_up, after));
    comparison
}
