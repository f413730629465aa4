//! One cross-validation with several seeds.

use std::path::Path;

use blemore_base::Listener;
use blemore_eval::{MeanStd, PerMeasure};
use blemore_run::{Architecture, CrossValidated, Recipe, seed_folder};
use serde::Serialize;

use crate::run_group::{NamedRun, RunGroup};
use crate::{CrossValidation, Error, Partition, RunPlan};

/// The same cross-validation with several seeds: how much of a result is the chance of initial weights and shuffles.
///
/// Each seed is a run in a subfolder, `seed-42` and so on.
#[derive(Clone, Debug)]
pub struct Seeds<'a> {
    models: Vec<Architecture>,
    seeds: Vec<u64>,
    group: RunGroup<'a>,
}

/// What several seeds give.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeedsSummary {
    /// Each seed with its finished cells.
    pub seeds: Vec<SeedRun>,
    /// Each model over the seeds of which all its folds are finished.
    pub summary: Vec<SeedSpread>,
}

/// One seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeedRun {
    /// The seed.
    pub seed: u64,
    /// Its cells.
    #[serde(flatten)]
    pub finished: CrossValidated,
}

/// One model over seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeedSpread {
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: String,
    /// How many seeds.
    pub seeds: usize,
    /// Over the folds, each fold's accuracies averaged over the seeds: mean and sample standard deviation.
    pub over_folds: PerMeasure<MeanStd>,
    /// Over the seeds, each seed's accuracies averaged over the folds: mean and sample standard deviation.
    pub over_seeds: PerMeasure<MeanStd>,
}

impl<'a> Seeds<'a> {
    /// `count` seeds from that of the recipe on.
    ///
    /// # Errors
    /// Those of [`CrossValidation::new`]; [`Error::Run`] for a last seed that is no seed.
    pub fn new(
        partition: Partition<'a>,
        models: Vec<Architecture>,
        recipe: &Recipe,
        count: usize,
    ) -> Result<Self, Error> {
        let seeds: Vec<u64> = (0..count as u64).map(|step| recipe.seed.saturating_add(step)).collect();
        let run = |seed: &u64| {
            let recipe = Recipe { seed: *seed, ..recipe.clone() };
            let experiment = CrossValidation::new(partition.clone(), models.clone(), recipe)?;
            Ok(NamedRun { name: seed_folder(*seed), experiment })
        };
        let runs = seeds.iter().map(run).collect::<Result<_, Error>>()?;
        Ok(Self { models, seeds, group: RunGroup { runs } })
    }

    /// Runs the cells of a plan, as [`CrossValidation::run`] does; a share is of the cells of all seeds.
    ///
    /// # Errors
    /// Those of [`CrossValidation::run`].
    pub fn run(&self, folder: &Path, plan: &RunPlan, progress: Listener<'_>) -> Result<SeedsSummary, Error> {
        let finished = self.group.run(folder, plan, progress)?;
        let runs = self.seeds.iter().zip(finished);
        let seeds: Vec<SeedRun> =
            runs.map(|(seed, (_, finished))| SeedRun { seed: *seed, finished }).collect();
        let folds = self.group.runs.first().map(|run| run.experiment.folds().names()).unwrap_or_default();
        let summary = self.models.iter().filter_map(|model| spread(model, folds, &seeds)).collect();
        Ok(SeedsSummary { seeds, summary })
    }
}

/// A model over the seeds that have all its folds; nothing if none has.
fn spread(model: &Architecture, folds: &[i64], seeds: &[SeedRun]) -> Option<SeedSpread> {
    let of_seed = |run: &SeedRun| -> Option<Vec<PerMeasure<f64>>> {
        let cell = |fold: &i64| {
            let mut cells = run.finished.cells.iter();
            cells.find(|cell| cell.cell.model == *model && cell.cell.fold == *fold)
        };
        folds.iter().map(|fold| Some(cell(fold)?.accuracies())).collect()
    };
    let of_seeds: Vec<Vec<PerMeasure<f64>>> = seeds.iter().filter_map(of_seed).collect();
    let features = seeds.iter().find_map(|run| run.finished.summary.first())?.features.clone();
    let mean = |values: &mut dyn Iterator<Item = PerMeasure<f64>>| {
        PerMeasure::spread(values).map(|spread| spread.mean)
    };
    let over_folds = (0..folds.len()).map(|fold| mean(&mut of_seeds.iter().map(|folds| folds[fold])));
    let over_seeds = of_seeds.iter().map(|folds| mean(&mut folds.iter().copied()));
    (!of_seeds.is_empty()).then(|| SeedSpread {
        features,
        model: model.to_string(),
        seeds: of_seeds.len(),
        over_folds: PerMeasure::spread(over_folds),
        over_seeds: PerMeasure::spread(over_seeds),
    })
}
