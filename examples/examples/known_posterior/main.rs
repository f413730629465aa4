//! Sweeps on generated clips of which the probability of every label is known, beside the best that any system can reach:
//! the tables of `docs/sweep.md`.
//!
//! `cargo run --release -p blemore-examples --example known_posterior`: all difficulties and seeds. With a folder, writes
//! the metadata and features of one of them there, for `blemore sweep examples/sweep.toml` and `examples/fusion.toml`:
//! `known_posterior FOLDER [hard|middle|easy|none [SEED [COLUMNS]]]`, middle and 1 unless given; COLUMNS widens each table.
//! Without a folder it fails where the row that the page recommends does not do what the page says of it.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

mod claim;
mod corpora;
mod known;
mod optimum;
mod summary;

use std::collections::BTreeMap;
use std::path::Path;

use blemore::features::{FeatureTable, fuse_all};
use blemore::run::{SweepPlan, SweepRow};
use blemore::{RunPlan, Sweep};

use claim::Claim;
use corpora::{Written, corpus, tables};
use known::{Failure, PLANS, SEEDS, SIGNALS};
use optimum::optimum;
use summary::Summary;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [folder, words @ ..] = &words[..] {
        return Written::of_words(words)?.write(Path::new(folder));
    }
    let mut claim = Claim::default();
    for file in PLANS {
        let plan = SweepPlan::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
        for (name, signal) in SIGNALS {
            println!("\n{file}, {name}: signal {}", signal.unwrap_or_default());
            let rows = compare(&plan, signal)?;
            // Fusions are compared on features of their own.
            if file == PLANS[0] {
                claim.hold_against(name, signal, &rows);
            }
        }
    }
    println!("\n{claim}");
    if claim.holds() { Ok(()) } else { Err("the page recommends a row that does not do what it says".into()) }
}

/// Prints the rows of a plan, as they are on average over the seeds, and gives them.
fn compare(plan: &SweepPlan, signal: Option<f64>) -> Result<Vec<Summary>, Failure> {
    let mut rows: BTreeMap<usize, Vec<SweepRow>> = BTreeMap::new();
    let mut best = 0.0;
    for seed in 1..=SEEDS {
        let corpus = corpus(seed, signal)?;
        best += optimum(&corpus) / SEEDS as f64;
        let files = tables(&corpus)?;
        let sets = plan.features.iter().map(|set| {
            let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let tables: Vec<FeatureTable> =
                set.tables.iter().map(|path| files[&*stem(path)].clone()).collect();
            fuse_all(&tables)
        });
        let sets = sets.collect::<Result<Vec<_>, _>>()?;
        let folder = tempfile::tempdir()?;
        let sweep = Sweep::new(plan, &sets, corpus.metadata(), None)?;
        let table = sweep.run(folder.path(), &RunPlan::default(), &|_| {})?.ok_or("unfinished")?;
        table.rows.into_iter().enumerate().for_each(|(place, row)| rows.entry(place).or_default().push(row));
    }
    let rows: Vec<Vec<SweepRow>> = rows.into_values().collect();
    let rows = summary::summaries(plan, &rows, best)?;
    println!("Bayes-optimal {best:.3}");
    rows.iter().for_each(|row| println!("{row}"));
    Ok(rows)
}
