//! Figures of what a system gives for clips that it was not trained on.

use std::collections::{BTreeMap, BTreeSet};

use blemore_data::Metadata;
use blemore_eval::{
    Bootstrap, Calibration, Estimate, GridSearch, MeanStd, Metrics, NestedSelection, PerMeasure, Predictions,
    Probabilities, Probability, ScoreReport, Scorer, Scores, Thresholds, decode_all, nested_selection,
};
use blemore_figures::{CellText, Curve, Figure, Group};
use blemore_labels::{ClipName, Label};

use crate::{Breakdown, CellResult, EpochRecord, Error, GroupScores, truth};

/// What a system gives for clips of folds, each from a model that was not trained on the clip's fold. All lists have one
/// entry per clip.
#[derive(Clone, Debug)]
pub struct HeldOutClips<P> {
    /// Whose outputs they are.
    pub title: String,
    /// The clips.
    pub clips: Vec<ClipName>,
    /// The probabilities, shape `(N, 6)`.
    pub probabilities: Probabilities<P>,
    /// What the clips show.
    pub labels: Vec<Label>,
    /// Their folds.
    pub folds: Vec<i64>,
    /// How their outputs become labels.
    pub decoding: Decoding,
}

/// How the outputs of folds become labels.
#[derive(Clone, Debug)]
pub enum Decoding {
    /// By the thresholds of each fold.
    Thresholds(BTreeMap<i64, Thresholds>),
    /// They are decided already, one label per clip: by a head that needs no thresholds.
    Labels(Vec<Label>),
}

/// What one fold gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoldScores {
    /// The fold.
    pub fold: i64,
    /// The thresholds that it is decoded with, if it needs any.
    pub thresholds: Option<Thresholds>,
    /// Both accuracies of its clips.
    pub accuracies: PerMeasure<f64>,
}

/// What these clips say of the system.
#[derive(Clone, Debug)]
pub struct HeldOutReport {
    /// Whose outputs they are.
    pub title: String,
    /// The number of clips.
    pub clips: usize,
    /// Each fold by itself.
    pub folds: Vec<FoldScores>,
    /// Mean and deviation of both accuracies over the folds.
    pub accuracies: PerMeasure<MeanStd>,
    /// How each clip was scored.
    pub scored: ScoreReport,
    /// Both accuracies of all folds' clips together, with intervals over actors.
    pub pooled: PerMeasure<Estimate>,
    /// The accuracies by each column that was asked for.
    pub by: Vec<Breakdown>,
    /// The figures.
    pub figures: Vec<Figure>,
}

impl<P: Probability> HeldOutClips<P> {
    /// The thresholds that each fold chooses for itself, as published.
    ///
    /// # Errors
    /// [`Error::Eval`] for lists of different lengths, and for a fold without a clip.
    pub fn tune(mut self, search: &GridSearch) -> Result<Self, Error> {
        let mut thresholds = BTreeMap::new();
        for fold in self.distinct_folds() {
            let rows = self.rows_of(fold);
            let labels: Vec<Label> = rows.iter().map(|&row| self.labels[row]).collect();
            let found = search.search(&self.probabilities.select(&rows)?, &labels)?;
            thresholds.insert(fold, found.thresholds);
        }
        self.decoding = Decoding::Thresholds(thresholds);
        Ok(self)
    }

    /// Both accuracies with intervals, accuracies by columns of the metadata, and figures: confusion (Figure 4 of the
    /// paper), the threshold surface, the folds' thresholds, calibration, accuracies by emotions and by the columns.
    ///
    /// # Errors
    /// [`Error::Data`] for metadata without one of the columns or without labels, [`Error::Eval`] for lists of different
    /// lengths.
    pub fn report(
        &self,
        search: &GridSearch,
        metadata: &Metadata,
        by: &[String],
    ) -> Result<HeldOutReport, Error> {
        let predicted = self.decoded()?;
        let mut figures = self.figures_of_outputs(search, &predicted)?;
        let folds = self.fold_scores(&predicted)?;
        let clips = self.clips.iter().cloned().zip(predicted);
        let scored = Scorer::with_truth(truth([metadata])?).score(&Predictions::from_iter(clips))?;
        let bootstrap = Bootstrap::default();
        let by_emotions = Breakdown::by_emotions(&scored.outcomes, metadata, &bootstrap)?;
        let columns = by.iter().map(|column| Breakdown::new(&scored.outcomes, metadata, column, &bootstrap));
        let by: Vec<Breakdown> = columns.collect::<Result<_, _>>()?;
        for breakdown in std::iter::once(&by_emotions).chain(&by) {
            let groups: Vec<Group> = breakdown.groups.iter().map(group).collect();
            figures.push(blemore_figures::accuracies(&self.title, &breakdown.column, &groups));
        }
        let pooled = PerMeasure::try_of(|measure| bootstrap.estimate(&scored.actors, measure))?;
        Ok(HeldOutReport {
            title: self.title.clone(),
            clips: self.clips.len(),
            accuracies: PerMeasure::spread(folds.iter().map(|fold| fold.accuracies)),
            folds,
            scored,
            pooled,
            by,
            figures,
        })
    }

    /// The figures that need no actors.
    fn figures_of_outputs(&self, search: &GridSearch, predicted: &[Label]) -> Result<Vec<Figure>, Error> {
        let title = &self.title;
        let metrics = Metrics::of_labels(&self.labels, predicted)?;
        let calibration = Calibration::of(&self.probabilities, &self.labels)?;
        let mut figures = vec![
            blemore_figures::confusion(title, &metrics.presence_confusion, CellText::Both),
            blemore_figures::confusion(title, &metrics.label_confusion, CellText::Counts),
            blemore_figures::confusion(title, &metrics.label_confusion, CellText::Shares),
            blemore_figures::calibration(title, &calibration),
        ];
        let Decoding::Thresholds(thresholds) = &self.decoding else { return Ok(figures) };
        let surface = search.surface(&self.probabilities, &self.labels)?;
        let name = |(fold, chosen): (&i64, &Thresholds)| (format!("fold {fold}"), *chosen);
        let chosen: Vec<(String, Thresholds)> = thresholds.iter().map(name).collect();
        figures.push(blemore_figures::surface(title, &surface, &chosen));
        figures.extend(self.selection(search)?.map(|found| blemore_figures::thresholds(title, &found)));
        Ok(figures)
    }

    /// What each fold and what the others choose for it; `None` of one fold.
    fn selection(&self, search: &GridSearch) -> Result<Option<NestedSelection>, Error> {
        if self.distinct_folds().len() < 2 {
            return Ok(None);
        }
        let choose = |probabilities: &Probabilities<P>, labels: &[Label]| {
            Ok(search.search(probabilities, labels)?.thresholds)
        };
        Ok(Some(nested_selection(&self.probabilities, &self.labels, &self.folds, choose)?))
    }

    /// The label of each clip.
    fn decoded(&self) -> Result<Vec<Label>, Error> {
        let thresholds = match &self.decoding {
            Decoding::Thresholds(thresholds) => thresholds,
            Decoding::Labels(labels) => return Ok(labels.clone()),
        };
        let mut labels = self.labels.clone();
        for (fold, thresholds) in thresholds {
            let rows = self.rows_of(*fold);
            let decoded = decode_all(&self.probabilities.select(&rows)?, *thresholds);
            rows.into_iter().zip(decoded).for_each(|(row, label)| labels[row] = label);
        }
        Ok(labels)
    }

    fn fold_scores(&self, predicted: &[Label]) -> Result<Vec<FoldScores>, Error> {
        let of_fold = |fold| {
            let thresholds = match &self.decoding {
                Decoding::Thresholds(thresholds) => thresholds.get(&fold).copied(),
                Decoding::Labels(_) => None,
            };
            let rows = self.rows_of(fold);
            let labels = |of: &[Label]| -> Vec<Label> { rows.iter().map(|&row| of[row]).collect() };
            let scores = Scores::of_labels(&labels(&self.labels), &labels(predicted))?;
            Ok(FoldScores { fold, thresholds, accuracies: scores.accuracies() })
        };
        self.distinct_folds().into_iter().map(of_fold).collect()
    }

    fn distinct_folds(&self) -> BTreeSet<i64> {
        self.folds.iter().copied().collect()
    }

    fn rows_of(&self, fold: i64) -> Vec<usize> {
        (0..self.folds.len()).filter(|&row| self.folds[row] == fold).collect()
    }
}

fn group(group: &GroupScores) -> Group {
    Group {
        name: group.name().to_owned(),
        clips: group.scores.presence.total,
        presence: group.presence,
        salience: group.salience,
    }
}

/// Losses and accuracies of the folds of a model over the epochs of their training.
pub fn curves_of(title: &str, folds: &[CellResult]) -> [Figure; 2] {
    let curve = |name, value: fn(&EpochRecord) -> f64| Curve {
        name,
        folds: folds.iter().map(|fold| fold.epochs.iter().map(value).collect()).collect(),
    };
    let losses = [curve("training", |epoch| epoch.train_loss), curve("validation", |epoch| epoch.val_loss)];
    let accuracies = [
        curve("ACC_presence", |epoch| epoch.acc_presence),
        curve("ACC_salience", |epoch| epoch.acc_salience),
    ];
    [blemore_figures::curves(title, "loss", &losses), blemore_figures::curves(title, "accuracy", &accuracies)]
}
