//! Training against what it cannot do without, and against two PyTorch programs in the same run: an ordinary one, and one
//! as fast as PyTorch does it on a processor.
//!
//! Two parts. A whole cross-validation beside PyTorch, and one epoch beside its bound: `cargo bench -p
//! blemore-benches --bench training [-- MODEL]`, without a model MLP_512, on 7,168 generated features of
//! 2,450 clips, so that four folds have the paper's 1,960. PyTorch runs in the interpreter that
//! `BLEMORE_PEER_PYTHON` names (default: python3); where it cannot be imported, that part is left out and
//! said so. `BLEMORE_BENCH_EPOCHS` sets the epochs of the comparison. Then Criterion's own measurements of
//! one epoch of each published model, for comparisons from one version to the next.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark prints, and stops at the first thing that is not as it should be"
)]

mod bound;
mod corpus;
mod memory;
mod ours;
mod peer;

use std::num::NonZero;
use std::sync::Barrier;
use std::time::Duration;

use blemore_benches::{add_to_table, processor};
use blemore_models::{Architecture, Arithmetic, EpochRecord, Head, Recipe};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group};

use corpus::Corpus;
use memory::{Baseline, Peak};
use ours::Side;
use peer::{Program, Run};

/// Features of a clip: seven statistics of 1,024 dimensions.
const WIDTH: usize = 7 * 1024;
/// Clips, an equal share of them in each fold.
const CLIPS: usize = 2_450;
/// Folds of the cross-validation.
pub(crate) const FOLDS: usize = 5;
/// Epochs of the comparison with PyTorch; the paper trains for 200.
const EPOCHS: usize = 2;
/// Times that each of our ways, a tenth as long as PyTorch's, is measured.
const REPETITIONS: usize = 3;
/// Epochs that are timed one by one.
const TIMED_EPOCHS: usize = 5;

fn main() {
    if std::env::args().any(|argument| argument == "--bench") {
        comparisons();
    }
    training();
    Criterion::default().configure_from_args().final_summary();
}

fn comparisons() {
    let epochs = std::env::var("BLEMORE_BENCH_EPOCHS")
        .map_or(EPOCHS, |number| number.parse().expect("BLEMORE_BENCH_EPOCHS is a number of epochs"));
    let small = Corpus::generate(CLIPS / 50, WIDTH / 10);
    ours::cross_validate(&small, &Architecture::mlp_512(), 1, Side { folds: 1, threads: 1 });
    let baseline = Baseline::now();
    let corpus = Corpus::generate(CLIPS, WIDTH);
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    println!(
        "{CLIPS} generated clips, {WIDTH} features, batches of {}, {cores} cores, {}",
        Recipe::default().batch_size,
        processor()
    );
    // The word that is Criterion's filter too; there may also be options of Criterion's.
    let named = std::env::args().skip(1).find_map(|word| word.parse::<Architecture>().ok());
    let model = named.unwrap_or_else(Architecture::mlp_512);
    // First, because memory that others had freed would count as taken.
    let fastest_peer = cross_validation(&corpus, &model, epochs, cores, baseline);
    one_epoch(&corpus, &model);
    all_epochs(&corpus, &model, epochs, cores, fastest_peer);
}

/// One epoch of each published model, and of the linear one with a head over the 36 labels, on one thread, the first of a
/// training left out: it meets cold memory.
fn measurements(criterion: &mut Criterion) {
    let corpus = Corpus::generate(CLIPS, WIDTH);
    let (train, _) = corpus.split(0);
    let mut group = criterion.benchmark_group("training epoch");
    group.throughput(Throughput::Elements(train.len() as u64));
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(8));
    let published = Architecture::published().map(|model| (model, Head::Emotions));
    for (model, head) in published.into_iter().chain([(Architecture::linear(), Head::Labels)]) {
        let name = if head == Head::Emotions { model.to_string() } else { format!("{model}, {head}") };
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter_custom(|iterations| {
                let mut epochs = Vec::new();
                let trained_for = usize::try_from(iterations).expect("not so many") + 1;
                let mut keep = |epoch| epochs.push(epoch);
                let recipe = Recipe { epochs: trained_for, head, ..Recipe::default() };
                ours::time_epochs(&train, &model, recipe, &mut keep);
                epochs[1..].iter().sum()
            });
        });
    }
    group.finish();
}

criterion_group!(training, measurements);

/// An epoch on one thread beside its matrix products and one pass over the parameters' memory.
fn one_epoch(corpus: &Corpus, model: &Architecture) {
    let (train, _) = corpus.split(0);
    let mut bound = bound::Bound::new(model, WIDTH, corpus.n_train(0));
    let (mut epochs, mut products, mut passes) = (Vec::new(), Vec::new(), Vec::new());
    ours::time_epochs(&train, model, ours::recipe(Arithmetic::Fast, TIMED_EPOCHS + 1), &mut |epoch| {
        epochs.push(epoch);
        products.push(bound.products());
        passes.push(bound.memory_passes());
    });
    let mut published = Vec::new();
    let mut keep = |epoch| published.push(epoch);
    let recipe = ours::recipe(Arithmetic::Published, TIMED_EPOCHS + 1);
    ours::time_epochs(&train, model, recipe, &mut keep);
    // The first epoch meets cold memory.
    let [epoch, products, passes, published] =
        [epochs, products, passes, published].map(|times| median(&times[1..]));
    println!(
        "\n{model}, an epoch of {} clips on one thread (median of {TIMED_EPOCHS}, taken in turn)",
        train.len()
    );
    println!("  forward and backward products alone     {:>8.3} s", products.as_secs_f64());
    println!("  one pass over Adam's four arrays a step {:>8.3} s", passes.as_secs_f64());
    println!("  blemore, all of an epoch                {:>8.3} s", epoch.as_secs_f64());
    let ratio = epoch.as_secs_f64() / (products + passes).as_secs_f64();
    println!("  ratio to both together                  {ratio:>8.2}");
    add_to_table(
        &format!("an epoch of {model}, {} clips, one thread", train.len()),
        &format!(
            "its matrix products {:.3} s, and one pass over Adam's arrays per step {:.3} s",
            products.as_secs_f64(),
            passes.as_secs_f64()
        ),
        &format!("{:.3} s", epoch.as_secs_f64()),
        &format!("{ratio:.2} x their time"),
    );
    println!(
        "  with libtorch's operations alone        {:>8.3} s, {:.2} x that of blemore",
        published.as_secs_f64(),
        published.as_secs_f64() / epoch.as_secs_f64()
    );
}

/// What all epochs of all folds cannot do without, on all cores at once as nothing shares them better, beside the fastest
/// program of PyTorch: how many times faster than that a program with these products can be.
fn all_epochs(corpus: &Corpus, model: &Architecture, epochs: usize, cores: usize, peer: Option<f64>) {
    let barrier = Barrier::new(cores);
    let worker = || {
        let mut bound = bound::Bound::new(model, WIDTH, corpus.n_train(0));
        let epochs = [(); TIMED_EPOCHS + 1].map(|()| {
            barrier.wait();
            bound.products() + bound.memory_passes()
        });
        // The first epoch meets cold memory.
        median(&epochs[1..])
    };
    let epoch = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).max().unwrap()
    });
    let seconds = epoch.as_secs_f64() * (FOLDS * epochs) as f64 / cores as f64;
    println!(
        "\n  products and passes of all {FOLDS} x {epochs} epochs, shared by {cores} cores: {seconds:.2} s"
    );
    if let Some(peer) = peer {
        println!("  PyTorch's fastest program takes {:.2} times that", peer / seconds);
        add_to_table(
            &format!(
                "products and passes over Adam's arrays of {FOLDS} folds, {epochs} epochs, nothing else"
            ),
            &format!("PyTorch's fastest program: {peer:.1} s"),
            &format!("{seconds:.1} s"),
            &format!("{:.1} x", peer / seconds),
        );
    }
}

/// All folds: ours one at a time on all cores, as the facade has fits that side by side would take more memory than the
/// features; one at a time on one thread; and side by side. The ordinary program of PyTorch has one after the other with all
/// cores each; of the fast one the way that is fastest here counts.
///
/// Gives the seconds of the fastest of PyTorch's programs.
fn cross_validation(
    corpus: &Corpus,
    model: &Architecture,
    epochs: usize,
    cores: usize,
    baseline: Baseline,
) -> Option<f64> {
    println!("\n{model}, {FOLDS} folds, {epochs} epochs each (the paper: 200), thresholds after each epoch");
    // Rounds of equal size, as the facade has them: no core idles in the last.
    let together = FOLDS.div_ceil((FOLDS / cores).max(1));
    let ways = [
        (format!("one fold at a time, {cores} threads"), Side { folds: 1, threads: cores }),
        ("one fold at a time, one thread".to_owned(), Side { folds: 1, threads: 1 }),
        (format!("{together} folds side by side"), Side { folds: together, threads: 1 }),
    ];
    println!("  (blemore: medians of {REPETITIONS}, and the most memory of all)");
    let runs = ways.map(|(way, side)| {
        let work = || [(); REPETITIONS].map(|()| ours::cross_validate(corpus, model, epochs, side));
        let (repetitions, peak) = baseline.peak(corpus.n_bytes(), work);
        let time = median(&repetitions.each_ref().map(|(time, _)| *time));
        line(&format!("blemore, {way}"), time.as_secs_f64(), peak);
        let [(_, folds), ..] = repetitions;
        (way, time, folds)
    });
    let ordinary = Program::Ordinary { threads: cores };
    let mut fastest = None;
    for programs in [vec![ordinary], Program::fast_ways(cores)] {
        match measured(corpus, model, epochs, &programs) {
            Err(reason) => {
                println!("  PyTorch: not measured, {reason}");
                return None;
            }
            Ok((program, run)) => {
                beside(model, epochs, &runs, program, &run);
                fastest = Some(run.seconds);
            }
        }
    }
    fastest
}

/// The fastest of these programs, after a line of each.
fn measured(
    corpus: &Corpus,
    model: &Architecture,
    epochs: usize,
    programs: &[Program],
) -> Result<(Program, Run), String> {
    let mut fastest: Option<(Program, Run)> = None;
    for &program in programs {
        let run = peer::cross_validate(corpus, model, epochs, program)?;
        let peak = Peak { bytes: run.bytes, features: corpus.n_bytes() };
        line(&format!("PyTorch {}, {program}", run.versions.torch), run.seconds, peak);
        if fastest.as_ref().is_none_or(|(_, other)| run.seconds < other.seconds) {
            fastest = Some((program, run));
        }
    }
    fastest.ok_or_else(|| "no program".to_owned())
}

/// A program of PyTorch's beside each of our ways.
fn beside(
    model: &Architecture,
    epochs: usize,
    ours: &[(String, Duration, Vec<Vec<EpochRecord>>)],
    program: Program,
    run: &Run,
) {
    println!(
        "    {program}: training {:.2} s, validation {:.2} s, threshold search {:.2} s, of all processes together",
        run.training(),
        run.validation(),
        run.search()
    );
    for (way, time, folds) in ours {
        let ratio = run.seconds / time.as_secs_f64();
        println!("  that / blemore, {way:<30} {ratio:>6.2}");
        add_to_table(
            &format!("{model} on {WIDTH} features, {FOLDS} folds, {epochs} epochs, {way}"),
            &format!("PyTorch {}, {program}: {:.1} s", run.versions.torch, run.seconds),
            &format!("{:.1} s", time.as_secs_f64()),
            &format!("{ratio:.1} x"),
        );
        peer::compare(folds, run);
    }
}

fn line(name: &str, seconds: f64, peak: Peak) {
    println!("  {name:<42} {seconds:>6.2} s  {peak}");
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
