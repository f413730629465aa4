//! Sweeps on generated clips of which the probability of every label is known, beside the best that any system can reach:
//! the table of `docs/sweep.md`.
//!
//! `cargo run --release -p blemore-examples --example known_posterior`: all difficulties and seeds. With a folder, writes
//! the metadata and features of one of them there, for `blemore sweep examples/sweep.toml`.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

mod optimum;
mod summary;

use std::error::Error;
use std::fs;
use std::path::Path;

use blemore::data::generate::KnownCorpus;
use blemore::run::SweepPlan;
use blemore::{RunPlan, Sweep};

use optimum::optimum;

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
        let mut rows = summary::Rows::new();
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
        let best = optima.iter().sum::<f64>() / SEEDS as f64;
        println!("\n{name}: signal {signal}, Bayes-optimal {best:.3}");
        summary::print(&names, &rows, baseline, best);
    }
    Ok(())
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
