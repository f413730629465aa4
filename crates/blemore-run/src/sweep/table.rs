//! The table that a sweep ends with.

use std::path::{Path, PathBuf};

use blemore_eval::{MeanStd, PUBLISHED_PRESENCE_WEIGHT, PerMeasure};
use serde::{Deserialize, Serialize};

use super::Combination;
use crate::results::{read_sealed, write_sealed};
use crate::{EncoderWeight, Error};

/// The table in the folder of a sweep.
pub const SWEEP_FILE: &str = "sweep.json";
/// Where the runs of a sweep are in its folder, a results folder each.
pub const SWEEP_RUNS: &str = "runs";

/// Every combination of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepTable {
    /// The number of training clips, each predicted by a model that has not seen its actor.
    pub clips: usize,
    /// The number of their actors.
    pub actors: usize,
    /// Whether the metadata say that the clips are generated: then the numbers say nothing about people.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub generated: bool,
    /// Whether an encoder had random weights: then the numbers of its features mean nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub random_weights: bool,
    /// The rows, in the order of the grid.
    pub rows: Vec<SweepRow>,
}

/// A combination and what it scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepRow {
    /// The combination.
    pub combination: Combination,
    /// The subfolder of its run; `None` where the number of encoders is chosen: then each fold has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Where the number of encoders is chosen: what the other folds chose for each fold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<ChosenBest>,
    /// The published way, whatever the decoder: epoch and thresholds, and a number of encoders that is chosen, are the best
    /// on the fold itself. Mean and sample standard deviation over the folds.
    pub published: PerMeasure<MeanStd>,
    /// With nothing chosen on the fold itself: over the folds.
    pub nested: PerMeasure<MeanStd>,
    /// The epoch of each fold, as the other folds chose it.
    pub epochs: Vec<usize>,
    /// The weight of each encoder, the mean over the folds of their best epochs' models, with gated fusion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encoders: Vec<EncoderWeight>,
    /// The mean of both accuracies, of all clips together, with nothing chosen on the fold itself.
    pub composite: f64,
    /// Its 95 % interval, resampled by actor.
    pub composite_ci: (f64, f64),
    /// The composite less that of the baseline; `None` for the baseline.
    pub against_baseline: Option<AgainstBaseline>,
}

/// How many encoders are added up for a fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenBest {
    /// The fold that is scored.
    pub fold: i64,
    /// The number of encoders; `None` for all.
    pub best: Option<usize>,
    /// The subfolder of the run that was trained with it.
    pub run: String,
}

/// A row less the baseline, on the same clips.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AgainstBaseline {
    /// The difference of the composites.
    pub difference: f64,
    /// Its 95 % interval, resampled by actor.
    pub ci: (f64, f64),
    /// The p value of the paired permutation test over actors.
    pub p: f64,
    /// The same, corrected for the number of rows after Holm.
    pub p_corrected: f64,
}

/// A row that differs from the baseline by chance has a corrected p below this in one sweep of twenty.
const WINNING_P: f64 = 0.05;

impl AgainstBaseline {
    /// Whether the row wins: its composite is above the baseline's, and the corrected p is below 0.05.
    pub fn wins(&self) -> bool {
        self.difference > 0.0 && self.p_corrected < WINNING_P
    }

    /// Whether the baseline wins.
    pub fn loses(&self) -> bool {
        self.difference < 0.0 && self.p_corrected < WINNING_P
    }
}

impl SweepTable {
    /// What stands below the table, a sentence each: the weights of encoders, and the numbers of them that were chosen.
    pub fn notes(&self) -> Vec<String> {
        let weights = self.rows.iter().filter_map(|row| {
            Some(format!("Weights of the encoders of {}: {}.", row.combination, row.encoder_weights()?))
        });
        let chosen = self.rows.iter().filter_map(|row| {
            Some(format!("n that the other folds chose, {}: {}.", row.combination, row.chosen_numbers()?))
        });
        weights.chain(chosen).collect()
    }
}

impl SweepRow {
    /// The weights of the encoders as text, `audio 0.62, video 0.38`; none with early fusion.
    fn encoder_weights(&self) -> Option<String> {
        let weights = self.encoders.iter().map(|it| format!("{} {:.2}", it.encoder, it.weight));
        let weights = weights.collect::<Vec<_>>().join(", ");
        Some(weights).filter(|weights| !weights.is_empty())
    }

    /// The number of encoders that the other folds chose for each fold as text, `fold 0: 2, fold 1: all`; none where it is
    /// not chosen.
    fn chosen_numbers(&self) -> Option<String> {
        let number = |it: &ChosenBest| {
            let best = it.best.map_or_else(|| "all".to_owned(), |best| best.to_string());
            format!("fold {}: {best}", it.fold)
        };
        let numbers = self.chosen.iter().map(number).collect::<Vec<_>>().join(", ");
        Some(numbers).filter(|numbers| !numbers.is_empty())
    }

    /// The mean of both accuracies over the folds in the published way.
    pub fn published_composite(&self) -> f64 {
        self.published.map(|spread| spread.mean).composite(PUBLISHED_PRESENCE_WEIGHT)
    }
}

impl SweepTable {
    /// Writes the table into the folder of a sweep, sealed.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        write_sealed(&folder.join(SWEEP_FILE), self)
    }

    /// The table of the sweep that a run is part of, if it is part of one.
    ///
    /// # Errors
    /// Those of [`SweepTable::read`].
    pub(crate) fn around(run: &Path) -> Result<Option<Self>, Error> {
        let Some(sweep) = run.parent().and_then(Path::parent) else { return Ok(None) };
        let is_run = |name: &String| run.file_name().is_some_and(|found| found == name.as_str());
        let is_row = |row: &SweepRow| row.run.as_ref().is_some_and(is_run);
        Ok(Self::read(sweep)?.filter(|table| table.rows.iter().any(is_row)))
    }

    /// The folders of its runs, where it lies in `folder`.
    pub fn runs(&self, folder: &Path) -> Vec<PathBuf> {
        let names = self.rows.iter().filter_map(|row| row.run.as_deref());
        let mut runs: Vec<PathBuf> = names.map(|name| Self::run(folder, name)).collect();
        runs.dedup();
        runs
    }

    /// The rows whose runs a row chooses from: those with a fixed number of encoders, or the row itself.
    pub(super) fn candidates<'t>(&'t self, row: &'t SweepRow) -> Vec<&'t SweepRow> {
        match &row.run {
            Some(_) => vec![row],
            None => self.rows.iter().filter(|other| row.combination.chooses(&other.combination)).collect(),
        }
    }

    /// The folder of a run of the sweep in `folder`.
    pub fn run(folder: &Path, name: &str) -> PathBuf {
        folder.join(SWEEP_RUNS).join(name)
    }

    /// The table in the folder of a sweep, if there is one.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Damaged`] for one that was changed since.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(SWEEP_FILE);
        path.is_file().then(|| read_sealed(&path)).transpose()
    }
}
