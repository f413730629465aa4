//! Sweeps on generated clips of which the probability of every label is known, beside the best that any system can reach: the
//! tables of `docs/sweep.md`.
//!
//! `cargo run --release -p blemore-examples --example known_posterior`: all difficulties and seeds. With a folder, writes the
//! metadata and features of one of them there, for `blemore sweep examples/sweep.toml` and `examples/fusion.toml`.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use blemore::data::generate::KnownCorpus;
use blemore::features::ndarray::{Array2, Axis, concatenate, s};
use blemore::features::{FeatureTable, fuse_all};
use blemore::labels::{Label, PresenceClass};
use blemore::run::{AgainstBaseline, SweepPlan, SweepRow};
use blemore::{RunPlan, Sweep};

/// How clearly the features tell the emotions, so that the paper's baseline has a nested composite of about 0.15, 0.25 and
/// 0.40; and not at all.
const SIGNALS: [(&str, Option<f64>); 4] =
    [("hard", Some(0.33)), ("middle", Some(0.55)), ("easy", Some(0.92)), ("none", None)];
const SEEDS: u64 = 5;
/// What is written for the plans: a seed and a difficulty.
const WRITTEN: (u64, usize) = (1, 1);
/// The plans beside this example.
const PLANS: [&str; 2] = ["sweep.toml", "fusion.toml"];
/// Columns of the first of two encoders.
const FIRST: usize = 8;
/// Corpora without signal that make an encoder of noise, 16 columns each.
const NOISE: std::ops::Range<u64> = 1001..1005;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    if let Some(folder) = std::env::args_os().nth(1) {
        return write(Path::new(&folder));
    }
    for file in PLANS {
        let plan = SweepPlan::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
        for (name, signal) in SIGNALS {
            println!("\n{file}, {name}: signal {}", signal.unwrap_or_default());
            compare(&plan, signal)?;
        }
    }
    Ok(())
}

/// Prints the rows of a plan, as they are on average over the seeds.
fn compare(plan: &SweepPlan, signal: Option<f64>) -> Result<(), Failure> {
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
    let nested = |rows: &[SweepRow]| mean(rows, |row| row.composite);
    let baseline = rows.values().find(|rows| rows[0].combination == plan.baseline).ok_or("no baseline")?;
    let baseline = nested(baseline);
    println!("Bayes-optimal {best:.3}");
    for rows in rows.values() {
        let count = |decided: fn(&AgainstBaseline) -> bool| {
            rows.iter().filter_map(|row| row.against_baseline).filter(decided).count()
        };
        println!(
            "{:70} published {:.3}  nested {:.3}  closes {:>4.0} %  of {SEEDS} sweeps wins {}, loses {}{}",
            rows[0].combination.to_string(),
            mean(rows, SweepRow::published_composite),
            nested(rows),
            100.0 * (nested(rows) - baseline) / (best - baseline),
            count(AgainstBaseline::wins),
            count(AgainstBaseline::loses),
            weights(rows)
        );
    }
    Ok(())
}

fn mean(rows: &[SweepRow], value: impl Fn(&SweepRow) -> f64) -> f64 {
    rows.iter().map(value).sum::<f64>() / rows.len() as f64
}

/// The weights of the encoders, as they are on average.
fn weights(rows: &[SweepRow]) -> String {
    let of_encoder = |place: usize| format!("{:.2}", mean(rows, |row| row.encoders[place].weight));
    let weights: Vec<String> = (0..rows[0].encoders.len()).map(of_encoder).collect();
    if weights.is_empty() { String::new() } else { format!("  weights {}", weights.join(", ")) }
}

fn corpus(seed: u64, signal: Option<f64>) -> Result<KnownCorpus, blemore::data::Error> {
    match signal {
        Some(signal) => KnownCorpus::generate(seed, signal),
        None => KnownCorpus::without_signal(seed),
    }
}

/// The features by the names of their files: all columns; the halves of them, as of two encoders; noise.
fn tables(corpus: &KnownCorpus) -> Result<BTreeMap<&'static str, FeatureTable>, Failure> {
    let (clips, values) = (corpus.features().clips().to_vec(), corpus.features().values());
    let noise = NOISE.map(|seed| of_noise(seed, clips.len()));
    let noise = noise.collect::<Result<Vec<_>, Failure>>()?;
    let noise = concatenate(Axis(1), &noise.iter().map(|values| values.view()).collect::<Vec<_>>())?;
    let table = |values| FeatureTable::new(clips.iter().cloned(), values);
    Ok(BTreeMap::from([
        ("features", corpus.features().clone()),
        ("first", table(values.slice(s![.., ..FIRST]).to_owned())?),
        ("second", table(values.slice(s![.., FIRST..]).to_owned())?),
        ("noise", table(noise)?),
    ]))
}

/// As many rows of features that say nothing.
fn of_noise(seed: u64, rows: usize) -> Result<Array2<f32>, Failure> {
    Ok(KnownCorpus::without_signal(seed)?.features().values().slice(s![..rows, ..]).to_owned())
}

/// The composite that the best label of each clip has on average.
fn optimum(corpus: &KnownCorpus) -> f64 {
    let worth = |posterior: &[f64; Label::COUNT]| {
        let mut sets = [0.0; PresenceClass::COUNT];
        for label in Label::all() {
            sets[label.presence().index()] += posterior[label.index()];
        }
        let worth = |label: Label| {
            let of_salience =
                if label.is_blend() { posterior[label.index()] / corpus.blend_share() } else { 0.0 };
            0.5 * (sets[label.presence().index()] + of_salience)
        };
        Label::all().map(worth).fold(0.0, f64::max)
    };
    corpus.posteriors().iter().map(worth).sum::<f64>() / corpus.posteriors().len() as f64
}

fn write(folder: &Path) -> Result<(), Failure> {
    let (seed, place) = WRITTEN;
    let corpus = corpus(seed, SIGNALS[place].1)?;
    fs::create_dir_all(folder)?;
    corpus.metadata().write(folder.join("train_metadata.csv"))?;
    for (name, table) in tables(&corpus)? {
        table.write(folder.join(format!("{name}.npz")))?;
    }
    println!("{}: metadata and features, made up", folder.display());
    Ok(())
}
