//! What the models of one combination gave for the clips that they were not trained on, after each epoch, and what the other
//! folds choose for a fold.

use blemore_decode::{Fusion, Outputs, Recipe as Decoder, Rule, Training};
use blemore_eval::{
    ArgmaxDecoder, Decoder as _, ExpectedScoreDecoder, MeanStd, PUBLISHED_PRESENCE_WEIGHT, PerMeasure,
    Predictions, Scores,
};
use blemore_labels::{ClipName, Label};
use blemore_models::EpochOutputs;
use blemore_run::files::EPOCH_OUTPUTS_FILE;
use blemore_run::{CellResult, ClipOutputs, EpochRecord, ExpectedScore, ResultsFolder, SweepDecoder};

use crate::{CrossValidation, Error};

/// The clips of a fold, and what the model that did not see the fold gave for them.
#[derive(Debug, Clone)]
struct Fold {
    number: i64,
    labels: Vec<Label>,
    actors: Vec<String>,
    outputs: EpochOutputs,
    /// The records of the epochs: their composites have thresholds of the fold itself.
    epochs: Vec<EpochRecord>,
    best: EpochRecord,
}

/// Out-of-fold outputs of all epochs, fold by fold.
#[derive(Debug, Clone)]
pub(super) struct OutOfFold {
    folds: Vec<Fold>,
}

/// What the other folds choose for a fold.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// The epoch with the best mean composite on the other folds, from 1; the first of equal ones.
    pub(super) epoch: usize,
    /// What the models gave for the clips of the other folds after that epoch, as decoders learn from it.
    others: Training,
    /// What the model gave for the fold.
    own: ClipOutputs,
}

impl OutOfFold {
    /// Reads the outputs of finished cells, a fold each.
    pub(super) fn read<'c>(
        experiment: &CrossValidation<'_>,
        folder: &ResultsFolder,
        cells: impl Iterator<Item = &'c CellResult>,
    ) -> Result<Self, Error> {
        let fold = |cell: &CellResult| -> Result<Fold, Error> {
            let rows = experiment.folds().split(cell.cell.fold)?.validation;
            let clips = experiment.metadata().clips();
            let path = folder.of_result(&cell.cell.name).join(EPOCH_OUTPUTS_FILE);
            let outputs = EpochOutputs::read(&path)?;
            let is_of_fold = outputs.clips().iter().eq(rows.iter().map(|row| &clips[*row].clip));
            let gives_labels = experiment.recipe().head.gives_labels();
            let is_of_head =
                outputs.epochs().iter().all(|epoch| matches!(epoch, ClipOutputs::Labels(_)) == gives_labels);
            if !is_of_fold || !is_of_head || outputs.epochs().len() != cell.epochs.len() {
                let problem =
                    "it has other clips, epochs or outputs than its cell: remove the cell".to_owned();
                return Err(blemore_run::Error::Damaged { path, problem }.into());
            }
            Ok(Fold {
                number: cell.cell.fold,
                labels: rows.iter().map(|row| experiment.labels()[*row]).collect(),
                actors: rows.iter().map(|row| clips[*row].actor.clone()).collect(),
                outputs,
                epochs: cell.epochs.clone(),
                best: cell.best,
            })
        };
        Ok(Self { folds: cells.map(fold).collect::<Result<_, _>>()? })
    }

    /// Both accuracies as the paper reports them: each fold by the epoch and the thresholds that are best on it.
    pub(super) fn published(&self) -> PerMeasure<MeanStd> {
        PerMeasure::spread(self.folds.iter().map(|fold| fold.best.accuracies()))
    }

    /// For each fold what the others choose.
    pub(super) fn choices(&self) -> Result<Vec<Choice>, Error> {
        (0..self.folds.len()).map(|fold| self.choice(fold)).collect()
    }

    fn choice(&self, fold: usize) -> Result<Choice, Error> {
        let others: Vec<&Fold> = self.others(fold).collect();
        let mean = |epoch: usize| -> f64 {
            let composite = |other: &&Fold| other.epochs[epoch].composite(PUBLISHED_PRESENCE_WEIGHT);
            others.iter().map(composite).sum::<f64>() / others.len().max(1) as f64
        };
        let epochs = self.folds.iter().map(|fold| fold.epochs.len()).min().unwrap_or_default();
        let place = (1..epochs).fold(0, |best, epoch| if mean(epoch) > mean(best) { epoch } else { best });
        let training = others.iter().try_fold(None, |joined: Option<Training>, other| {
            let outputs = outputs_of(other, place)?;
            let folds = vec![other.number; other.labels.len()];
            let part = Training::new(outputs, other.labels.clone(), other.actors.clone(), folds)?;
            Ok::<_, Error>(Some(match joined {
                Some(joined) => joined.and(part)?,
                None => part,
            }))
        })?;
        let others = training.ok_or(blemore_decode::Error::NoSystems)?;
        Ok(Choice { epoch: place + 1, others, own: self.folds[fold].outputs.epochs()[place].clone() })
    }

    fn others(&self, fold: usize) -> impl Iterator<Item = &Fold> {
        self.folds.iter().enumerate().filter(move |(place, _)| *place != fold).map(|(_, other)| other)
    }

    /// The label of each clip, fold by fold, by a decoder that was learned on the other folds.
    pub(super) fn decode(&self, choices: &[Choice], decoder: SweepDecoder) -> Result<Vec<Vec<Label>>, Error> {
        let of_fold = |(choice, fold): (&Choice, &Fold)| choice.decode(decoder, fold);
        choices.iter().zip(&self.folds).map(of_fold).collect()
    }

    /// Mean and deviation over the folds.
    pub(super) fn score_by_fold(&self, labels: &[Vec<Label>]) -> Result<PerMeasure<MeanStd>, Error> {
        let scores = self.folds.iter().zip(labels);
        let scores = scores.map(|(fold, labels)| Ok(Scores::of_labels(&fold.labels, labels)?.accuracies()));
        Ok(PerMeasure::spread(scores.collect::<Result<Vec<_>, Error>>()?))
    }

    /// The labels of all clips with their names.
    pub(super) fn named(&self, labels: &[Vec<Label>]) -> Predictions {
        let clips = self.folds.iter().flat_map(|fold| fold.outputs.clips().iter().cloned());
        clips.zip(labels.iter().flatten().copied()).collect()
    }
}

/// Six numbers of the clips of a fold after an epoch, as decoders take them.
fn outputs_of(fold: &Fold, epoch: usize) -> Result<Outputs, Error> {
    as_outputs(fold.outputs.clips().to_vec(), &fold.outputs.epochs()[epoch])
}

fn as_outputs(clips: Vec<ClipName>, outputs: &ClipOutputs) -> Result<Outputs, Error> {
    Ok(Outputs::new([("model", &outputs.to_tables(clips)?.emotions)])?)
}

impl Choice {
    fn decode(&self, decoder: SweepDecoder, fold: &Fold) -> Result<Vec<Label>, Error> {
        if let ClipOutputs::Labels(rows) = &self.own {
            match decoder {
                SweepDecoder::Argmax => return Ok(ArgmaxDecoder.decode_all(rows)),
                SweepDecoder::ExpectedScore => {
                    let ExpectedScore { presence_weight, blend_share } =
                        ExpectedScore::of_training(PUBLISHED_PRESENCE_WEIGHT, self.others.labels());
                    return Ok(ExpectedScoreDecoder::new(presence_weight, blend_share)?.decode_all(rows));
                }
                _ => {}
            }
        }
        let trained = of_six_numbers(decoder).fit(&self.others)?;
        Ok(trained.decode(&as_outputs(fold.outputs.clips().to_vec(), &self.own)?)?)
    }
}

/// The decoder of six numbers.
fn of_six_numbers(decoder: SweepDecoder) -> Decoder {
    match decoder {
        SweepDecoder::Grid => Decoder::of(Rule::Grid),
        SweepDecoder::CalibratedGrid => {
            Decoder::Fused { fusion: Fusion::Mean, calibrated: true, rule: Rule::Grid }
        }
        SweepDecoder::Exact => Decoder::of(Rule::Exact),
        SweepDecoder::Argmax => Decoder::of(Rule::Argmax),
        SweepDecoder::ExpectedScore => Decoder::of(Rule::ExpectedScore),
        SweepDecoder::Learned => Decoder::learned(),
    }
}
