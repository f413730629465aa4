//! What the crates give for made-up inputs, for the tests of `blemore-python` to hold their numbers against:
//! `python_numbers FOLDER` writes `numbers.json`, with the inputs, and a results folder `run`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use blemore_data::{ClipRecord, Folds, Metadata};
use blemore_decode::{ByActor, Evaluation, Fusion, Labels, Outputs, Recipe, Rule, TestClips, Training, fuse};
use blemore_eval::{
    Bootstrap, ExactSearch, GridSearch, Measure, PairedScores, PermutationTest, Predictions, Probabilities,
    ProbabilityTable, Scorer, decode_all, nested_selection,
};
use blemore_features::{Aggregator, FeatureTable, Standardizer};
use blemore_labels::{ClipName, Emotion, Label, Setting};
use blemore_run::files::PROBABILITIES_FILE;
use blemore_run::{Cell, CellResult, EpochRecord, ResultsFolder, Run};
use half::f16;
use ndarray::Array2;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

/// Clips of the folds and of the test, each actor with as many.
const CLIPS_PER_ACTOR: usize = 20;
const ACTORS: [usize; 2] = [12, 6];
const FOLDS: usize = 4;
const REPLICATES: usize = 200;
const SEED: u64 = 7;
/// Frames and dimensions: no multiples of what the kernels take at a time.
const SHAPE: (usize, usize) = (37, 21);

/// Uniform in [0, 1).
fn uniform(random: &mut Pcg64) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A name that tells the label.
fn clip(actor: usize, version: usize, label: Label) -> Result<ClipName, blemore_labels::Error> {
    let parts: Vec<(Emotion, u8)> = label.components().collect();
    ClipName::parse(&match parts[..] {
        [(first, p), (second, q)] => format!("A{actor}_mix_{first}_{second}_{p}_{q}_ver{version}"),
        _ if label == Label::Single(Emotion::Neutral) => format!("A{actor}_neu_sit1_ver{version}"),
        _ => format!("A{actor}_{label}_int1_ver{version}"),
    })
}

/// Probabilities that know something of the labels.
fn table(random: &mut Pcg64, clips: &[ClipName], skill: f64) -> Result<ProbabilityTable, Box<dyn Error>> {
    let mut rows = Vec::new();
    for clip in clips {
        let salience = clip.label().ok_or("a clip without a label")?.salience().as_array();
        let values = salience.map(|salience| uniform(random).powi(3) + skill * f64::from(salience));
        let sum: f64 = values.iter().sum();
        rows.push(values.map(|value| value / sum));
    }
    Ok(ProbabilityTable::new(clips.to_vec(), Probabilities::new(rows)?)?)
}

fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

fn named(clips: &[ClipName], labels: &[Label]) -> Predictions {
    clips.iter().cloned().zip(labels.iter().copied()).collect()
}

/// The bits of f32, which JSON has no numbers for.
fn bits(values: impl IntoIterator<Item = f32>) -> Vec<u32> {
    values.into_iter().map(f32::to_bits).collect()
}

fn features(random: &mut Pcg64) -> Result<Value, Box<dyn Error>> {
    let frames = Array2::from_shape_fn(SHAPE, |_| 20.0 * uniform(random) - 10.0);
    let (singles, halves) = (frames.mapv(|value| value as f32), frames.mapv(f16::from_f64));
    let aggregator = Aggregator::default();
    let clips: Vec<ClipName> =
        (0..SHAPE.0).map(|row| format!("test_{row}").parse()).collect::<Result<_, _>>()?;
    let table = FeatureTable::new(clips.clone(), singles.clone())?;
    let doubles = FeatureTable::from_f64(clips, frames.clone())?;
    let standardized = |table: &FeatureTable| -> Result<Vec<u32>, Box<dyn Error>> {
        Ok(bits(Standardizer::fit(table)?.apply(table)?.to_array()))
    };
    Ok(json!({
        "shape": SHAPE,
        "frames": frames.iter().collect::<Vec<_>>(),
        "aggregated_f16": bits(aggregator.aggregate(halves.mapv(f16::to_f32).view())?),
        "aggregated_f32": bits(aggregator.aggregate(singles.view())?),
        "aggregated_f64": aggregator.aggregate_f64(frames.view())?.to_vec(),
        "standardized_f32": standardized(&table)?,
        "standardized_f64": standardized(&doubles)?,
    }))
}

fn decoders(training: &Training, test: &TestClips, outputs: &Outputs) -> Result<Value, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    let fused = |fusion, calibrated, rule| Recipe::Fused { fusion, calibrated, rule };
    let learned = |labels, by_actor| Recipe::Learned { labels, by_actor };
    for (name, recipe) in [
        ("grid", fused(Fusion::Mean, false, Rule::Grid)),
        ("exact", fused(Fusion::Likelihood, false, Rule::Exact)),
        ("argmax", fused(Fusion::Score, false, Rule::Argmax)),
        ("expected_score", fused(Fusion::Mean, true, Rule::ExpectedScore)),
        ("learned", learned(Labels::Related, ByActor { centre: true, balance: true })),
        ("learned_apart", learned(Labels::Apart, ByActor::default())),
    ] {
        found.insert(name, texts(recipe.fit(training)?.decode(outputs)?));
    }
    let weights = Fusion::Likelihood.weights(training)?;
    let bootstrap = Bootstrap::default().replicates(REPLICATES).seed(SEED);
    let permutation = PermutationTest::default().permutations(REPLICATES).seed(SEED);
    let evaluation = Evaluation { bootstrap, permutation, by_actor: ByActor::default() };
    Ok(json!({
        "decoded": found,
        "fused": fuse(outputs, &weights)?.rows(),
        "evaluated": evaluation.run(training, Some(test))?,
    }))
}

fn scores(validation: &ProbabilityTable, folds: &[i64]) -> Result<Value, Box<dyn Error>> {
    let (rows, labels, clips) = (validation.probabilities(), validation.labels()?, validation.clips());
    let singles = Probabilities::new(rows.iter().map(|row| row.map(|value| value as f32)).collect())?;
    let (grid, exact) = (
        GridSearch::default().presence_weight(0.8).search(&singles, &labels)?,
        ExactSearch::new().search(rows, &labels)?,
    );
    let nested = nested_selection(rows, &labels, folds, |rows, labels| {
        Ok(ExactSearch::new().search(rows, labels)?.thresholds)
    })?;
    let decoded = [decode_all(&singles, grid.thresholds), decode_all(rows, exact.thresholds)];
    let [first, second] = [&decoded[0], &decoded[1]].map(|labels| named(clips, labels));
    let (first, second) = (Scorer::from_names().score(&first)?, Scorer::from_names().score(&second)?);
    let pairs = PairedScores::new(&first, &second)?;
    let bootstrap = Bootstrap::default().replicates(REPLICATES).seed(SEED);
    let permutation = PermutationTest::default().permutations(REPLICATES).seed(SEED);
    Ok(json!({
        "grid": {"thresholds": grid.thresholds, "accuracies": grid.scores.accuracies(), "objective": grid.objective},
        "exact": {"thresholds": exact.thresholds, "accuracies": exact.scores.accuracies(), "region": exact.region},
        "nested": nested.nested().accuracies,
        "nested_thresholds": nested.folds.iter().map(|fold| fold.nested.thresholds).collect::<Vec<_>>(),
        "decoded_grid": texts(&decoded[0]),
        "decoded_exact": texts(&decoded[1]),
        "presence": bootstrap.estimate(&first.actors, Measure::Presence)?,
        "salience": bootstrap.estimate(&first.actors, Measure::Salience)?,
        "difference": bootstrap.compare(&pairs, Measure::Presence)?,
        "p_permutation": permutation.test(&pairs, Measure::Presence)?.p_value,
    }))
}

/// Balanced folds of the same actors and labels, whose names tell nothing.
fn balanced_folds(actors: &[String], labels: &[Label]) -> Result<Vec<i64>, Box<dyn Error>> {
    let mut records = Vec::new();
    for (row, (actor, label)) in actors.iter().zip(labels).enumerate() {
        let of_name = ClipRecord::of_name(format!("test_{row}").parse()?);
        records.push(ClipRecord { actor: actor.clone(), label: Some(*label), ..of_name });
    }
    Ok(Folds::make(&Metadata::from_records(&records)?, FOLDS, SEED)?.of_rows().to_vec())
}

/// A results folder of one linear model, a cell per fold.
fn write_run(folder: &Path, validation: &ProbabilityTable, folds: &[i64]) -> Result<(), Box<dyn Error>> {
    let folder = ResultsFolder::create(folder)?;
    let recipe = blemore_run::Recipe { epochs: 2, ..blemore_run::Recipe::default() };
    let mut cells = Vec::new();
    for fold in 0..FOLDS as i64 {
        let model = "linear".parse()?;
        cells.push(Cell { features: "made up".to_owned(), model, fold, name: format!("fold{fold}") });
    }
    let (id, data) = ("id".to_owned(), "data".to_owned());
    let run =
        Run { id, features: "made up".to_owned(), origins: Vec::new(), generated: true, data, recipe, cells };
    for cell in &run.cells {
        let rows: Vec<usize> = (0..folds.len()).filter(|&row| folds[row] == cell.fold).collect();
        let clips: Vec<ClipName> = rows.iter().map(|&row| validation.clips()[row].clone()).collect();
        let values = validation.probabilities().select(&rows)?;
        let singles = Probabilities::new(values.iter().map(|row| row.map(|value| value as f32)).collect())?;
        let table = ProbabilityTable::new(clips, singles.clone())?;
        let found = GridSearch::default().search(&singles, &table.labels()?)?;
        let epoch = |epoch: usize| EpochRecord {
            epoch,
            train_loss: 1.0 / epoch as f64,
            val_loss: 1.5 / epoch as f64,
            alpha: found.thresholds.alpha,
            beta: found.thresholds.beta,
            acc_presence: if epoch == 2 { found.scores.acc_presence() } else { 0.0 },
            acc_salience: if epoch == 2 { found.scores.acc_salience() } else { 0.0 },
            presence_only: found.presence_only,
            salience_only: found.salience_only,
        };
        let epochs = vec![epoch(1), epoch(2)];
        let seed = run.recipe.seed;
        let (cell_of, run_id, best) = (cell.clone(), run.id.clone(), epoch(2));
        let result = CellResult {
            cell: cell_of,
            run: run_id,
            seed,
            expected_score: None,
            encoders: Vec::new(),
            best,
            epochs,
        };
        folder.write(&result, None, |draft| -> Result<(), blemore_run::Error> {
            Ok(table.write(draft.join(PROBABILITIES_FILE))?)
        })?;
    }
    run.enter(&folder, false)?.write_tables(&folder)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("give the folder to write to")?;
    let folder = Path::new(&folder);
    let mut random = Pcg64::seed_from_u64(SEED);
    let all: Vec<Label> = Label::all().collect();
    let mut parts = Vec::new();
    let mut first_actor = 1;
    for actors in ACTORS {
        let mut clips = Vec::new();
        for actor in first_actor..first_actor + actors {
            for version in 1..=CLIPS_PER_ACTOR {
                let label = all[(uniform(&mut random) * all.len() as f64) as usize];
                clips.push(clip(actor, version, label)?);
            }
        }
        first_actor += actors;
        let tables = [table(&mut random, &clips, 0.8)?, table(&mut random, &clips, 0.5)?];
        parts.push((clips, tables));
    }
    let [validation, test] = &parts[..] else { return Err("two parts".into()) };
    let outputs = |tables: &[ProbabilityTable; 2]| Outputs::new(["video", "audio"].into_iter().zip(tables));
    let (learned_from, tested) = (outputs(&validation.1)?, outputs(&test.1)?);
    let (labels, actors) = (validation.1[0].labels()?, learned_from.actors("a test")?);
    let folds = Training::folds_by_actor(&actors, FOLDS);
    let training = Training::new(learned_from, labels.clone(), actors.clone(), folds.clone())?;
    let test_clips = TestClips::new(tested.clone(), test.1[0].labels()?, tested.actors("a test")?)?;
    let rows = |part: &(Vec<ClipName>, [ProbabilityTable; 2])| {
        json!({
            "clips": texts(&part.0),
            "video": part.1[0].probabilities().rows(),
            "audio": part.1[1].probabilities().rows(),
        })
    };
    let settings = validation.0.iter().map(|clip| match clip.setting() {
        Some(Setting::Intensity(level)) => Some(level),
        _ => None,
    });
    let numbers = json!({
        "validation": rows(validation),
        "test": rows(test),
        "labels": texts(&labels),
        "actors": actors,
        "intensities": settings.collect::<Vec<_>>(),
        "folds": folds,
        "replicates": REPLICATES,
        "seed": SEED,
        "scores": scores(&validation.1[0], &folds)?,
        "decoders": decoders(&training, &test_clips, &tested)?,
        "features": features(&mut random)?,
        "balanced_folds": balanced_folds(&actors, &labels)?,
    });
    fs::create_dir_all(folder)?;
    let run = folder.join("run");
    if run.exists() {
        fs::remove_dir_all(&run)?;
    }
    write_run(&run, &validation.1[0], &folds)?;
    fs::write(folder.join("numbers.json"), serde_json::to_vec(&numbers)?)?;
    Ok(())
}
