//! Runs and tables of outputs on one page: what came out, how sure it is, and where it goes wrong.

mod held_out_tests;
mod page;
mod provenance;
mod reproduced;
mod table;
mod tables;

use std::collections::BTreeMap;
use std::path::PathBuf;

use blemore_data::Metadata;
use blemore_eval::{GridSearch, Probabilities};
use blemore_features::Origin;
use blemore_figures::Figure;
use blemore_labels::{ClipName, Emotion, Label};

pub use page::{OutputsReport, Page, TableFormat};
pub use reproduced::{Reproduced, ReproducedRow, TABLES_FILE};
pub use table::Table;

use crate::figures::{Decoding, HeldOutClips, HeldOutReport, curves_of};
use crate::files::{probabilities_file, read_outputs};
use crate::{
    Architecture, CellResult, Damage, Error, HeldOutResult, Made, Recipe, ResultsFolder, Run, SweepTable,
    truth,
};

/// What a name ends with where an encoder has random weights: the numbers mean nothing.
pub const RANDOM_WEIGHTS: &str = " (random weights)";
/// What a name ends with where clips are generated: the numbers say nothing about people.
pub const GENERATED_CLIPS: &str = " (generated clips)";

/// The finished cells of a run, and what their out-of-fold probabilities say about each model.
///
/// ```no_run
/// use blemore_run::{Page, Report, ResultsFolder};
///
/// let folder = ResultsFolder::open("runs/wavlm")?;
/// let page = Page { runs: vec![Report::of(&folder, None, &[], false)?], ..Page::default() };
/// std::fs::write("wavlm.html", page.to_html()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    /// The hash of features, metadata, folds and recipe: [`Run::id`].
    pub id: String,
    /// The hash of the training partition: [`Run::data`].
    pub data: String,
    /// Whether the metadata say that the clips are generated.
    pub generated: bool,
    /// The feature set.
    pub features: String,
    /// How the features were made, one recipe per encoder, where that is known.
    pub origins: Vec<Origin>,
    /// The recipe of every cell.
    pub recipe: Recipe,
    /// Cells of the run.
    pub cells: usize,
    /// Cells of the run that are not finished.
    pub missing: usize,
    /// Cells that were left out, because they cannot be used.
    pub damaged: Vec<Damage>,
    /// How the finished cells were made, where their records tell it.
    pub made: Vec<Made>,
    /// Tables in the folder that are not what the finished cells give: [`Run::stale_tables`].
    pub stale_tables: Vec<PathBuf>,
    /// Clips of each label that has some, in the order of [`Label::all`]: those of all finished cells.
    pub balance: Vec<(Label, usize)>,
    /// The table of the sweep that the run is part of, if it is part of one.
    pub sweep: Option<SweepTable>,
    /// Each model, in the order of the run.
    pub models: Vec<ModelReport>,
    /// The held-out tests in the folder, single models and ensembles.
    pub tests: Vec<HeldOutResult>,
}

/// What a report says about one model.
#[derive(Clone, Debug)]
pub struct ModelReport {
    /// The model.
    pub model: Architecture,
    /// Its finished folds.
    pub folds: Vec<CellResult>,
    /// All folds' clips, each fold decoded with its own thresholds, or as its head decides.
    pub held_out: HeldOutReport,
    /// Losses and accuracies over the epochs.
    pub curves: [Figure; 2],
}

/// The clips of one model: everything out of fold.
#[derive(Default)]
struct Pool {
    clips: Vec<ClipName>,
    probabilities: Vec<[f32; Emotion::COUNT]>,
    truth: Vec<Label>,
    predicted: Vec<Label>,
    folds: Vec<i64>,
}

impl Report {
    /// Reads the finished cells of the run in a folder. Damaged ones are refused, or with `keep_going` left out and listed.
    /// Metadata give the truth, and the columns `by` which accuracies are broken down. Without metadata the names of the
    /// clips tell both.
    ///
    /// # Errors
    /// [`Error::NoRun`] for a folder without a run, [`Error::NothingFinished`]; [`Error::Data`] for metadata without one of
    /// the columns, or without labels; [`Error::Report`] for clips whose truth is not known; [`Error::Eval`] for
    /// probabilities that cannot be read; [`Error::Read`], [`Error::Json`].
    pub fn of(
        folder: &ResultsFolder,
        metadata: Option<&Metadata>,
        by: &[String],
        keep_going: bool,
    ) -> Result<Self, Error> {
        let given = metadata.map(|metadata| truth([metadata])).transpose()?;
        let run = Run::read(folder)?;
        let mut models: Vec<(Vec<CellResult>, Pool)> = Vec::new();
        let mut labels: BTreeMap<ClipName, Label> = BTreeMap::new();
        let finished = run.finished(folder, keep_going)?;
        let stale_tables = Run::stale_tables(folder, &finished)?;
        let mut made = Vec::new();
        for result in finished.cells {
            made.extend(folder.made(&result.cell.name)?);
            let tables = read_outputs(folder, &result.cell.name)?;
            let table = &tables.emotions;
            let truth = match &given {
                Some(truth) => table.labels_in(truth),
                None => table.labels(),
            };
            let truth = truth.map_err(|source| {
                let path = probabilities_file(folder, &result.cell.name);
                Error::Report { path, source }
            })?;
            labels.extend(table.clips().iter().cloned().zip(truth.iter().copied()));
            if models.last().is_none_or(|(folds, _)| folds[0].cell.model != result.cell.model) {
                models.push((Vec::new(), Pool::default()));
            }
            let Some((folds, pool)) = models.last_mut() else { continue };
            let outputs = tables.outputs()?;
            let probabilities = outputs.emotions()?;
            pool.clips.extend_from_slice(table.clips());
            pool.truth.extend(truth);
            pool.predicted.extend(result.decision().decode(&outputs)?);
            pool.probabilities.extend_from_slice(probabilities.rows());
            pool.folds.extend(probabilities.rows().iter().map(|_| result.cell.fold));
            folds.push(result);
        }
        if models.is_empty() {
            return Err(Error::NothingFinished { path: folder.path().to_owned(), damaged: finished.damaged });
        }
        let balance = Label::all()
            .map(|label| (label, labels.values().filter(|truth| **truth == label).count()))
            .filter(|(_, clips)| *clips > 0)
            .collect();
        let of_names;
        let metadata = match metadata {
            Some(metadata) => metadata,
            None => {
                of_names = Metadata::of_names(labels.into_keys())?;
                &of_names
            }
        };
        let generated = run.generated || metadata.is_generated();
        let sweep = SweepTable::around(folder.path())?;
        let tests = HeldOutResult::of_run(&run, folder, keep_going)?;
        let models = models.into_iter().map(|(folds, pool)| {
            let title = title(&run, &folds[0].cell.model, generated, sweep.is_some());
            ModelReport::new(&run, title, folds, pool, metadata, by)
        });
        Ok(Self {
            id: run.id.clone(),
            data: run.data.clone(),
            generated,
            features: run.features.clone(),
            origins: run.origins.clone(),
            cells: run.cells.len(),
            missing: finished.missing,
            damaged: finished.damaged,
            made,
            stale_tables,
            balance,
            models: models.collect::<Result<_, _>>()?,
            tests,
            sweep,
            recipe: run.recipe.clone(),
        })
    }
}

/// What a model of a run is called. Runs of a sweep may differ in nothing but head and objective.
fn title(run: &Run, model: &Architecture, is_generated: bool, is_of_sweep: bool) -> String {
    let title = format!("{}, {model}", marked(&run.features, &run.origins, is_generated));
    if is_of_sweep { format!("{title}, {}, {}", run.recipe.head, run.recipe.objective) } else { title }
}

/// The name of features with what keeps their numbers from meaning anything, which tables and figures take along.
fn marked(features: &str, origins: &[Origin], is_generated: bool) -> String {
    let is_random = origins.iter().any(Origin::is_random) && !features.ends_with(RANDOM_WEIGHTS);
    let random = if is_random { RANDOM_WEIGHTS } else { "" };
    let generated = if is_generated { GENERATED_CLIPS } else { "" };
    format!("{features}{random}{generated}")
}

impl Report {
    /// The name of its features, marked.
    fn marked_features(&self) -> String {
        marked(&self.features, &self.origins, self.generated)
    }

    /// The number of finished cells, those of models that are not on the page too.
    fn finished(&self) -> usize {
        self.cells - self.missing - self.damaged.len()
    }
}

impl ModelReport {
    fn new(
        run: &Run,
        title: String,
        folds: Vec<CellResult>,
        pool: Pool,
        metadata: &Metadata,
        by: &[String],
    ) -> Result<Self, Error> {
        let model = folds[0].cell.model.clone();
        let curves = curves_of(&title, &folds);
        let thresholds = folds.iter().map(|fold| (fold.cell.fold, fold.best.thresholds()));
        let decoding = match run.recipe.head.gives_labels() {
            true => Decoding::Labels(pool.predicted),
            false => Decoding::Thresholds(thresholds.collect()),
        };
        let held_out = HeldOutClips {
            title,
            clips: pool.clips,
            probabilities: Probabilities::new(pool.probabilities)?,
            labels: pool.truth,
            folds: pool.folds,
            decoding,
        };
        let search = GridSearch::default().presence_weight(run.recipe.presence_weight);
        let held_out = held_out.report(&search, metadata, by)?;
        Ok(Self { model, folds, held_out, curves })
    }
}
