//! What the models of one run gave for the clips that they were not trained on, after each epoch.

use blemore_decode::{Fusion, Outputs, Recipe as Decoder, Rule, Training};
use blemore_eval::{
    ArgmaxDecoder, Decoder as _, ExpectedScoreDecoder, MeanStd, PUBLISHED_PRESENCE_WEIGHT, PerMeasure,
    Predictions, Scores,
};
use blemore_labels::{ClipName, Label};
use blemore_models::EpochOutputs;
use blemore_run::files::EPOCH_OUTPUTS_FILE;
use blemore_run::{CellResult, ClipOutputs, ExpectedScore, ResultsFolder, SweepDecoder};

use crate::{CrossValidation, Error};

/// The clips of a fold, and what the model that did not see the fold gave for them.
#[derive(Debug, Clone)]
struct Fold {
    number: i64,
    labels: Vec<Label>,
    actors: Vec<String>,
    outputs: EpochOutputs,
}

/// Out-of-fold outputs of all epochs, fold by fold.
#[derive(Debug, Clone)]
pub(super) struct OutOfFold {
    folds: Vec<Fold>,
}

/// What a decoder is learned from for a fold, and what it decodes.
#[derive(Debug, Clone)]
pub(super) struct Nested {
    /// What the models gave for the clips of the other folds, as decoders learn from it.
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
            })
        };
        Ok(Self { folds: cells.map(fold).collect::<Result<_, _>>()? })
    }

    /// What a decoder for a fold may see: the outputs after an epoch, from 1, that the other folds chose.
    pub(super) fn nested(&self, fold: usize, epoch: usize) -> Result<Nested, Error> {
        let training = self.others(fold).try_fold(None, |joined: Option<Training>, other| {
            let outputs = outputs_of(other, epoch)?;
            let folds = vec![other.number; other.labels.len()];
            let part = Training::new(outputs, other.labels.clone(), other.actors.clone(), folds)?;
            Ok::<_, Error>(Some(match joined {
                Some(joined) => joined.and(part)?,
                None => part,
            }))
        })?;
        let others = training.ok_or(blemore_decode::Error::NoSystems)?;
        Ok(Nested { others, own: self.folds[fold].outputs.epochs()[epoch - 1].clone() })
    }

    fn others(&self, fold: usize) -> impl Iterator<Item = &Fold> {
        self.folds.iter().enumerate().filter(move |(place, _)| *place != fold).map(|(_, other)| other)
    }

    /// The label of each clip, fold by fold, by a decoder that was learned on the other folds.
    pub(super) fn decode(&self, nested: &[Nested], decoder: SweepDecoder) -> Result<Vec<Vec<Label>>, Error> {
        let of_fold = |(nested, fold): (&Nested, &Fold)| nested.decode(decoder, fold);
        nested.iter().zip(&self.folds).map(of_fold).collect()
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

/// Six numbers of the clips of a fold after an epoch, from 1, as decoders take them.
fn outputs_of(fold: &Fold, epoch: usize) -> Result<Outputs, Error> {
    as_outputs(fold.outputs.clips().to_vec(), &fold.outputs.epochs()[epoch - 1])
}

fn as_outputs(clips: Vec<ClipName>, outputs: &ClipOutputs) -> Result<Outputs, Error> {
    Ok(Outputs::new([("model", &outputs.to_tables(clips)?.emotions)])?)
}

impl Nested {
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
