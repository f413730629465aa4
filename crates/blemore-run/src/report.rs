//! A cross-validation on one page: what came out, how sure it is, and where it goes wrong.

mod curves;
mod page;
mod sweep;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use blemore_data::Metadata;
use blemore_eval::{
    ActorScores, Bootstrap, ConfusionMatrix, Estimate, GridSearch, MeanStd, PerMeasure, Predictions,
    Probabilities, Scorer, Surface,
};
use blemore_features::Origin;
use blemore_labels::{ClipName, Emotion, Label, PresenceClass};

use crate::files::{probabilities_file, read_outputs};
use crate::results::folder::write_whole;
use crate::{
    Architecture, Breakdown, CellResult, Damage, Error, Recipe, ResultsFolder, Run, SweepTable, truth,
};

/// The finished cells of a run, and what their out-of-fold probabilities say about each model.
///
/// ```no_run
/// use blemore_run::{Report, ResultsFolder};
///
/// let folder = ResultsFolder::open("runs/wavlm")?;
/// Report::of(&folder, None, &[], false)?.write("wavlm.html")?;
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    /// The feature set.
    pub features: String,
    /// How the features were made, one recipe per encoder, where that is known.
    pub origins: Vec<Origin>,
    /// The recipe of every cell.
    pub recipe: Recipe,
    /// Cells of the run that are not finished.
    pub missing: usize,
    /// Cells that were left out, because they cannot be used.
    pub damaged: Vec<Damage>,
    /// Tables in the folder that are not what the finished cells give: [`Run::stale_tables`].
    pub stale_tables: Vec<PathBuf>,
    /// Clips of each label that has some, in the order of [`Label::all`]: those of all finished cells.
    pub balance: Vec<(Label, usize)>,
    /// The table of the sweep that the run is part of, if it is part of one.
    pub sweep: Option<SweepTable>,
    /// Each model, in the order of the run.
    pub models: Vec<ModelReport>,
}

/// What a report says about one model.
#[derive(Clone, Debug)]
pub struct ModelReport {
    /// The model.
    pub model: Architecture,
    /// Its finished folds.
    pub folds: Vec<CellResult>,
    /// Clips of its folds.
    pub clips: usize,
    /// Mean and deviation of both accuracies over the folds.
    pub accuracies: PerMeasure<MeanStd>,
    /// Both accuracies of all folds' clips together, with intervals over actors.
    pub pooled: PerMeasure<Estimate>,
    /// Sets of emotions, each fold decoded with its own thresholds.
    pub confusion: ConfusionMatrix<PresenceClass>,
    /// The accuracies of all folds' clips over the grid of thresholds; `None` where the head gives labels, which need none.
    pub surface: Option<Surface>,
    /// The accuracies of all folds' clips by each column that was asked for.
    pub by: Vec<Breakdown>,
}

/// The clips of one model: everything out of fold.
#[derive(Default)]
struct Pool {
    clips: Vec<ClipName>,
    probabilities: Vec<[f32; Emotion::COUNT]>,
    truth: Vec<Label>,
    predicted: Vec<Label>,
}

impl Report {
    /// Reads the finished cells of the run in a folder. Damaged ones are refused, or with `keep_going` left out and listed.
    /// Metadata give the truth, and the columns `by` which accuracies are
    /// broken down. Without metadata the names of the clips tell both.
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
        for result in finished.cells {
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
            pool.clips.extend_from_slice(table.clips());
            pool.truth.extend(truth);
            pool.predicted.extend(result.decision().decode(&outputs)?);
            pool.probabilities.extend_from_slice(outputs.emotions()?.rows());
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
        let scorer = Scorer::with_truth(truth([metadata])?);
        let models = models.into_iter().map(|(folds, pool)| {
            let clips = pool.clips.iter().cloned().zip(pool.predicted.iter().copied());
            let scored = scorer.score(&Predictions::from_iter(clips))?;
            let by = by
                .iter()
                .map(|column| Breakdown::new(&scored.outcomes, metadata, column, &Bootstrap::default()));
            ModelReport::new(folds, pool, &scored.actors, by.collect::<Result<_, _>>()?, &run.recipe)
        });
        Ok(Self {
            features: run.features.clone(),
            origins: run.origins.clone(),
            missing: finished.missing,
            damaged: finished.damaged,
            stale_tables,
            balance,
            sweep: SweepTable::around(folder.path())?,
            models: models.collect::<Result<_, _>>()?,
            recipe: run.recipe.clone(),
        })
    }

    /// One page of HTML that needs nothing else: tables, and pictures as SVG in the text.
    ///
    /// # Errors
    /// [`Error::Picture`], [`Error::RecipeWrite`].
    pub fn to_html(&self) -> Result<String, Error> {
        page::html(self)
    }

    /// Writes the page, with the folders above it, whole or not at all.
    ///
    /// # Errors
    /// Those of [`to_html`](Self::to_html), [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write_whole(path.as_ref(), self.to_html()?.as_bytes())
    }

    /// The model with the highest mean composite of both accuracies.
    pub fn best(&self) -> Option<&ModelReport> {
        let composite = |model: &ModelReport| {
            model.accuracies.map(|spread| spread.mean).composite(self.recipe.presence_weight)
        };
        self.models.iter().reduce(|best, model| if composite(model) > composite(best) { model } else { best })
    }
}

impl ModelReport {
    fn new(
        folds: Vec<CellResult>,
        pool: Pool,
        actors: &[ActorScores],
        by: Vec<Breakdown>,
        recipe: &Recipe,
    ) -> Result<Self, Error> {
        let accuracies = PerMeasure::spread(folds.iter().map(CellResult::accuracies));
        let sets = pool.truth.iter().zip(&pool.predicted);
        let confusion = sets.map(|(truth, found)| (truth.presence(), Some(found.presence()))).collect();
        let search = GridSearch::default().presence_weight(recipe.presence_weight);
        let surface = match recipe.head.gives_labels() {
            true => None,
            false => Some(search.surface(&Probabilities::new(pool.probabilities)?, &pool.truth)?),
        };
        let pooled = PerMeasure::try_of(|measure| Bootstrap::default().estimate(actors, measure))?;
        let model = folds[0].cell.model.clone();
        let clips = pool.clips.len();
        Ok(Self { model, folds, clips, accuracies, pooled, confusion, surface, by })
    }
}
