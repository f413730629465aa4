//! Combinations against the baseline, on the same clips.

use blemore_data::Metadata;
use blemore_decode::{Difference, Evaluation};
use blemore_eval::{
    MeanStd, Measure, PUBLISHED_PRESENCE_WEIGHT, PerMeasure, Predictions, ScoreReport, Scorer,
};
use blemore_run::{AgainstBaseline, ChosenBest, Combination, EncoderWeight, SweepRow, SweepTable, truth};

use crate::Error;

/// The mean of both accuracies.
const COMPOSITE: Measure = Measure::Composite { presence_weight: PUBLISHED_PRESENCE_WEIGHT };

/// A combination with its labels of all clips.
pub(super) struct Decoded {
    pub(super) combination: Combination,
    pub(super) run: Option<String>,
    pub(super) chosen: Vec<ChosenBest>,
    pub(super) encoders: Vec<EncoderWeight>,
    pub(super) published: PerMeasure<MeanStd>,
    pub(super) nested: PerMeasure<MeanStd>,
    pub(super) epochs: Vec<usize>,
    pub(super) predictions: Predictions,
}

/// Scores all combinations with intervals by actor, and compares them with the baseline: paired permutations over actors,
/// corrected for their number after Holm.
pub(super) fn compare(
    decoded: Vec<Decoded>,
    baseline: &Combination,
    metadata: Option<&Metadata>,
    has_random_weights: bool,
) -> Result<SweepTable, Error> {
    let evaluation = Evaluation::default();
    let scorer = Scorer::with_truth(truth(metadata)?);
    let reports = decoded.iter().map(|row| scorer.score(&row.predictions));
    let reports: Vec<ScoreReport> = reports.collect::<Result<_, _>>()?;
    let is_baseline = |row: &Decoded| row.combination == *baseline;
    let reference = decoded.iter().zip(&reports).find(|(row, _)| is_baseline(row)).map(|(_, report)| report);
    let others = decoded.iter().zip(&reports).filter(|(row, _)| !is_baseline(row));
    let others: Vec<&ScoreReport> = others.map(|(_, report)| report).collect();
    let reference = reference
        .ok_or_else(|| super::refused(format!("the baseline is not a row of the grid: {baseline}")))?;
    let mut differences = evaluation.against(reference, &others)?.into_iter().map(against);
    let mut rows = Vec::new();
    for (row, report) in decoded.into_iter().zip(&reports) {
        let estimate = evaluation.bootstrap.estimate(&report.actors, COMPOSITE)?;
        rows.push(SweepRow {
            against_baseline: if is_baseline(&row) { None } else { differences.next() },
            combination: row.combination,
            run: row.run,
            chosen: row.chosen,
            encoders: row.encoders,
            published: row.published,
            nested: row.nested,
            epochs: row.epochs,
            composite: estimate.value,
            composite_ci: (estimate.bca.low, estimate.bca.high),
        });
    }
    let actors = reports.first().map_or(0, |report| report.actors.len());
    Ok(SweepTable {
        clips: metadata.map_or(0, Metadata::len),
        actors,
        generated: metadata.is_some_and(Metadata::is_generated),
        random_weights: has_random_weights,
        rows,
    })
}

fn against(difference: Difference) -> AgainstBaseline {
    let Difference { comparison, p_permutation, p_corrected } = difference;
    AgainstBaseline {
        difference: comparison.difference,
        ci: (comparison.bca.low, comparison.bca.high),
        p: p_permutation,
        p_corrected,
    }
}
