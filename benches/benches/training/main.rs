//! Training against what it cannot do without, and against an ordinary PyTorch program in the same run.
//!
//! `cargo bench -p blemore-benches --bench training [-- MODEL ...] [-- --epochs N]`; without a model MLP_512, on 7,168 generated features of
//! 2,450 clips, so that four folds have the paper's 1,960. PyTorch runs in the interpreter that `BLEMORE_PEER_PYTHON`
//! names (default: python3); where it cannot be imported, that part is left out and said so.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark prints, and stops at the first thing that is not as it should be"
)]

mod bound;
mod corpus;
mod ours;
mod peer;

use std::num::NonZero;
use std::time::Duration;

use blemore_models::{Architecture, TrainConfig};

use corpus::Corpus;

/// Features of a clip: seven statistics of 1,024 dimensions.
const WIDTH: usize = 7 * 1024;
/// Clips, an equal share of them in each fold.
const CLIPS: usize = 2_450;
/// Folds of the cross-validation.
pub(crate) const FOLDS: usize = 5;
/// Epochs of the comparison with PyTorch; the paper trains for 200.
const EPOCHS: usize = 2;
/// Epochs that are timed one by one.
const TIMED_EPOCHS: usize = 5;

fn main() {
    let (models, epochs) = arguments();
    let corpus = Corpus::generate(CLIPS, WIDTH);
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    println!(
        "{CLIPS} generated clips, {WIDTH} features, batches of {}, {cores} cores",
        TrainConfig::default().batch_size
    );
    for model in &models {
        one_epoch(&corpus, model);
        cross_validation(&corpus, model, epochs, cores);
    }
}

/// The models and the number of epochs named on the command line.
fn arguments() -> (Vec<Architecture>, usize) {
    let (mut models, mut epochs) = (Vec::new(), EPOCHS);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--epochs" => {
                epochs = words.next().and_then(|n| n.parse().ok()).expect("--epochs needs a number")
            }
            flag if flag.starts_with("--") => {}
            model => models.push(model.parse().expect("a model")),
        }
    }
    if models.is_empty() {
        models.push(Architecture::mlp_512());
    }
    (models, epochs)
}

/// An epoch on one thread beside its matrix products and one pass over the parameters' memory.
fn one_epoch(corpus: &Corpus, model: &Architecture) {
    let (train, _) = corpus.split(0);
    let mut bound = bound::Bound::new(model, WIDTH, corpus.n_train(0));
    let (mut epochs, mut products, mut passes) = (Vec::new(), Vec::new(), Vec::new());
    ours::time_epochs(&train, model, TIMED_EPOCHS + 1, &mut |epoch| {
        epochs.push(epoch);
        products.push(bound.products());
        passes.push(bound.memory_passes());
    });
    // The first epoch meets cold memory.
    let [epoch, products, passes] = [epochs, products, passes].map(|times| median(&times[1..]));
    println!(
        "\n{model}, an epoch of {} clips on one thread (median of {TIMED_EPOCHS}, taken in turn)",
        train.len()
    );
    println!("  forward and backward products alone     {:>8.3} s", products.as_secs_f64());
    println!("  one pass over Adam's four arrays a step {:>8.3} s", passes.as_secs_f64());
    println!("  blemore, all of an epoch                {:>8.3} s", epoch.as_secs_f64());
    println!(
        "  ratio to both together                  {:>8.2}",
        epoch.as_secs_f64() / (products + passes).as_secs_f64()
    );
}

/// All folds, ours side by side and PyTorch's one after the other with all cores each.
fn cross_validation(corpus: &Corpus, model: &Architecture, epochs: usize, cores: usize) {
    println!("\n{model}, {FOLDS} folds, {epochs} epochs each (the paper: 200), thresholds after each epoch");
    let (alone, _) = ours::cross_validate(corpus, model, epochs, 1);
    println!("  blemore, one fold at a time, one thread {:>8.2} s", alone.as_secs_f64());
    let (side_by_side, folds) = ours::cross_validate(corpus, model, epochs, cores);
    println!("  blemore, {cores} folds side by side           {:>8.2} s", side_by_side.as_secs_f64());
    match peer::cross_validate(corpus, model, epochs, cores) {
        Err(reason) => println!("  PyTorch: not measured, {reason}"),
        Ok(run) => {
            println!(
                "  PyTorch {}, {} threads        {:>8.2} s",
                run.versions.torch, run.versions.threads, run.seconds
            );
            println!(
                "    of which training {:.2} s, validation {:.2} s, threshold search {:.2} s",
                run.training(),
                run.validation(),
                run.search()
            );
            println!(
                "  PyTorch / blemore                       {:>8.2}",
                run.seconds / side_by_side.as_secs_f64()
            );
            peer::compare(&folds, &run);
        }
    }
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
