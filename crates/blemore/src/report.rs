//! A cross-validation on one page: what came out, how sure it is, and where it goes wrong.

mod curves;
mod page;

use std::path::Path;

use blemore_eval::{
    Bootstrap, ConfusionMatrix, Estimate, GridSearch, Measure, Predictions, Probabilities, Scorer, Surface,
    Truth, decode_all,
};
use blemore_labels::{ClipName, Label, PresenceClass};
use blemore_models::{Architecture, TrainConfig};

use crate::results::folder::write_whole;
use crate::{AccuracySpread, CellResult, CrossValidated, Error, ResultsFolder, Run};

/// The finished cells of a run, and what their out-of-fold probabilities say about each model.
///
/// ```no_run
/// use blemore::{Report, ResultsFolder};
///
/// let folder = ResultsFolder::open("runs/wavlm")?;
/// Report::of(&folder, None)?.write("wavlm.html")?;
/// # Ok::<(), blemore::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    /// The feature set.
    pub features: String,
    /// The configuration of every cell.
    pub config: TrainConfig,
    /// Cells of the run that are not finished.
    pub missing: usize,
    /// Clips of each label, in the order of [`Label::all`], over the folds of the first model.
    pub balance: Vec<(Label, usize)>,
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
    /// Mean and deviation of both accuracies over the folds.
    pub accuracies: AccuracySpread,
    /// ACC_presence of all folds' clips together, with its interval over actors.
    pub presence: Estimate,
    /// ACC_salience of all folds' clips together, with its interval over actors.
    pub salience: Estimate,
    /// Sets of emotions, each fold decoded with its own thresholds.
    pub confusion: ConfusionMatrix<PresenceClass>,
    /// The accuracies of all folds' clips over the grid of thresholds.
    pub surface: Surface,
}

/// The clips of one model: everything out of fold.
#[derive(Default)]
struct Pool {
    clips: Vec<ClipName>,
    probabilities: Vec<[f64; 6]>,
    truth: Vec<Label>,
    predicted: Vec<Label>,
}

impl Report {
    /// Reads the finished cells of the run in a folder. The truth is what the clips' names say, unless it is given.
    ///
    /// # Errors
    /// [`Error::NoRun`] for a folder without a run or without a finished cell; [`Error::Eval`] for probabilities that
    /// cannot be read, and for clips whose truth is not known; [`Error::Io`], [`Error::Json`].
    pub fn of(folder: &ResultsFolder, truth: Option<&Truth>) -> Result<Self, Error> {
        let run = Run::read(folder)?;
        let finished = run.finished(folder)?;
        let mut models: Vec<(Vec<CellResult>, Pool)> = Vec::new();
        for cell in 0..run.cells.len() {
            let Some(result) = folder.read::<CellResult>(&run.cells[cell])? else { continue };
            let table = run.probabilities(folder, cell)?;
            let labels = match truth {
                Some(truth) => table.labels_in(truth)?,
                None => table.labels()?,
            };
            if models.last().is_none_or(|(folds, _)| folds[0].model != result.model) {
                models.push((Vec::new(), Pool::default()));
            }
            let Some((folds, pool)) = models.last_mut() else { continue };
            pool.clips.extend_from_slice(table.clips());
            pool.probabilities.extend_from_slice(table.probabilities().rows());
            pool.truth.extend(labels);
            pool.predicted.extend(decode_all(table.probabilities(), result.best.thresholds()));
            folds.push(result);
        }
        let Some((_, first)) = models.first() else {
            return Err(Error::NoRun { path: folder.path().to_owned() });
        };
        let balance = Label::all()
            .map(|label| (label, first.truth.iter().filter(|truth| **truth == label).count()))
            .filter(|(_, clips)| *clips > 0)
            .collect();
        let models =
            models.into_iter().map(|(folds, pool)| model_report(folds, pool, &finished, &run.config, truth));
        Ok(Self {
            features: run.features.clone(),
            missing: run.missing(folder)?,
            balance,
            models: models.collect::<Result<_, _>>()?,
            config: run.config,
        })
    }

    /// One page of HTML that needs nothing else: tables, and pictures as SVG in the text.
    ///
    /// # Errors
    /// [`Error::Picture`].
    pub fn to_html(&self) -> Result<String, Error> {
        page::html(self)
    }

    /// Writes the page, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Picture`], [`Error::Io`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write_whole(path.as_ref(), self.to_html()?.as_bytes())
    }

    /// The model with the highest mean composite of both accuracies.
    pub fn best(&self) -> Option<&ModelReport> {
        let composite = |model: &ModelReport| {
            let weight = self.config.presence_weight;
            let AccuracySpread { acc_presence, acc_salience } = model.accuracies;
            weight * acc_presence.mean + (1.0 - weight) * acc_salience.mean
        };
        self.models.iter().reduce(|best, model| if composite(model) > composite(best) { model } else { best })
    }
}

fn model_report(
    folds: Vec<CellResult>,
    pool: Pool,
    finished: &CrossValidated,
    config: &TrainConfig,
    truth: Option<&Truth>,
) -> Result<ModelReport, Error> {
    let model = folds[0].model.clone();
    let name = model.to_string();
    let accuracies =
        finished.summary.iter().find(|summary| summary.model == name).map(|summary| summary.accuracies);
    let accuracies =
        accuracies.unwrap_or_else(|| AccuracySpread::over(folds.iter().map(CellResult::accuracies)));
    let presences = pool
        .truth
        .iter()
        .zip(&pool.predicted)
        .map(|(truth, found)| (truth.presence(), Some(found.presence())));
    let confusion = presences.collect();
    let probabilities = Probabilities::new(pool.probabilities)?;
    let search = GridSearch::default().presence_weight(config.presence_weight);
    let surface = search.surface(&probabilities, &pool.truth)?;
    let scorer = Scorer::with_truth(match truth {
        Some(truth) => truth.clone(),
        None => Truth::of_names(&pool.clips),
    });
    let predictions: Predictions = pool.clips.into_iter().zip(pool.predicted).collect();
    let report = scorer.score_owned(predictions)?;
    let estimate = |measure| Bootstrap::default().estimate(&report.actors, measure);
    let (presence, salience) = (estimate(Measure::Presence)?, estimate(Measure::Salience)?);
    Ok(ModelReport { model, folds, accuracies, presence, salience, confusion, surface })
}
