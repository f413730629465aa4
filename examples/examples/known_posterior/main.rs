//! Sweeps on generated clips of which the probability of every label is known, beside the best that any system can reach: the
//! table of `docs/sweep.md`.
//!
//! `cargo run --release -p blemore-examples --example known_posterior`: all difficulties and seeds. With a folder, writes the
//! metadata and features of one of them there, for `blemore sweep examples/sweep.toml`.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use blemore::data::generate::KnownCorpus;
use blemore::labels::{Label, PresenceClass};
use blemore::run::SweepPlan;
use blemore::{RunPlan, Sweep};

/// How clearly the features tell the emotions, so that the paper's baseline has a nested composite of about 0.15, 0.25 and
/// 0.40; and not at all.
const SIGNALS: [(&str, f64); 4] = [("hard", 0.33), ("middle", 0.55), ("easy", 0.92), ("none", 0.0)];
const SEEDS: u64 = 5;
/// What is written for `examples/sweep.toml`.
const WRITTEN: (u64, usize) = (1, 1);

fn main() -> Result<(), Box<dyn Error>> {
    let plan = SweepPlan::read(concat!(env!("CARGO_MANIFEST_DIR"), "/sweep.toml"))?;
    if let Some(folder) = std::env::args_os().nth(1) {
        return write(Path::new(&folder));
    }
    let temporary = tempfile::tempdir()?;
    for (name, signal) in SIGNALS {
        let mut rows: BTreeMap<usize, Vec<[f64; 3]>> = BTreeMap::new();
        let (mut optima, mut names) = (Vec::new(), Vec::new());
        for seed in 1..=SEEDS {
            let corpus = KnownCorpus::generate(seed, signal)?;
            optima.push(optimum(corpus.posteriors()));
            let tables = [corpus.features().clone()];
            let sweep = Sweep::new(&plan, &tables, corpus.metadata(), None)?;
            let folder = temporary.path().join(format!("{name}-{seed}"));
            let table = sweep.run(&folder, &RunPlan::default(), &|_| {})?.ok_or("unfinished")?;
            fs::remove_dir_all(&folder)?;
            names = table.rows.iter().map(|row| row.combination.to_string()).collect();
            for (place, row) in table.rows.iter().enumerate() {
                let p = row.against_baseline.map_or(1.0, |found| found.p_corrected);
                rows.entry(place).or_default().push([row.composite, row.published_composite(), p]);
            }
        }
        let baseline = plan.combinations().iter().position(|row| *row == plan.baseline).unwrap_or_default();
        let mean = |place: usize, column: usize| {
            let of_row = rows.get(&place).into_iter().flatten().map(|row| row[column]);
            of_row.sum::<f64>() / SEEDS as f64
        };
        let best = optima.iter().sum::<f64>() / SEEDS as f64;
        println!("\n{name}: signal {signal}, Bayes-optimal {best:.3}");
        for (place, name) in names.iter().enumerate() {
            let closed = (mean(place, 0) - mean(baseline, 0)) / (best - mean(baseline, 0));
            let (wins, losses) = decided(rows.get(&place), rows.get(&baseline));
            println!(
                "{name:60} published {:.3}  nested {:.3}  closes {:>4.0} %  p < 0.05: {wins} better, {losses} worse",
                mean(place, 1),
                mean(place, 0),
                100.0 * closed
            );
        }
    }
    Ok(())
}

/// In how many seeds a row is better, and worse, than the baseline, with corrected p values below 0.05.
fn decided(row: Option<&Vec<[f64; 3]>>, baseline: Option<&Vec<[f64; 3]>>) -> (usize, usize) {
    let pairs = row.into_iter().flatten().zip(baseline.into_iter().flatten());
    let found = pairs.filter(|(row, _)| row[2] < 0.05);
    let (better, worse): (Vec<_>, Vec<_>) = found.partition(|(row, baseline)| row[0] > baseline[0]);
    (better.len(), worse.len())
}

/// The composite that the best label of each clip has on average.
fn optimum(posteriors: &[[f64; Label::COUNT]]) -> f64 {
    let worth = |posterior: &[f64; Label::COUNT]| {
        let mut sets = [0.0; PresenceClass::COUNT];
        for label in Label::all() {
            sets[label.presence().index()] += posterior[label.index()];
        }
        let worth = |label: Label| {
            let share = KnownCorpus::blend_share();
            let of_salience = if label.is_blend() { posterior[label.index()] / share } else { 0.0 };
            0.5 * (sets[label.presence().index()] + of_salience)
        };
        Label::all().map(worth).fold(0.0, f64::max)
    };
    posteriors.iter().map(worth).sum::<f64>() / posteriors.len() as f64
}

fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (seed, place) = WRITTEN;
    let corpus = KnownCorpus::generate(seed, SIGNALS[place].1)?;
    fs::create_dir_all(folder)?;
    corpus.metadata().write(folder.join("train_metadata.csv"))?;
    corpus.features().write(folder.join("features.npz"))?;
    println!("{}: metadata and features, made up", folder.display());
    Ok(())
}
