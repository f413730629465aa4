//! Rows against the reference, and systems in pairs.

use blemore_eval::{PairedScores, Predictions, ScoreReport, Scorer};

use super::table::{Difference, Row, SystemPair};
use super::{COMPOSITE, Evaluation, Way};
use crate::{Error, Recipe, Rule, holm};

/// Thresholds of the grid, learned on other clips.
const NESTED: Way = Way::Learned(Recipe::of(Rule::Grid));

fn place(rows: &[Row], system: &String, way: Way) -> Option<usize> {
    rows.iter().position(|row| row.way == way && row.systems.as_slice() == std::slice::from_ref(system))
}

/// The row that the others are compared with: that of the system whose nested composite score is the best, the first of
/// equal ones.
pub(super) fn reference(rows: &[Row], systems: &[String]) -> Option<usize> {
    let mut best: Option<(f64, usize)> = None;
    for system in systems {
        let nested = place(rows, system, NESTED)?;
        let composite = rows[nested].folds.presence.mean + rows[nested].folds.salience.mean;
        if best.is_none_or(|(found, _)| composite > found) {
            let published = place(rows, system, Way::Published)?;
            best = Some((composite, if rows[published].test.is_some() { published } else { nested }));
        }
    }
    best.map(|(_, row)| row)
}

impl Evaluation {
    pub(super) fn compare_with(&self, reference: usize, rows: &mut [Row]) -> Result<(), Error> {
        let with = &rows[reference].shown().report;
        // On the folds, the published protocol looks at what it scores.
        let is_fair = |row: &Row| row.test.is_some() || row.way != Way::Published;
        let others: Vec<usize> =
            (0..rows.len()).filter(|&row| row != reference && is_fair(&rows[row])).collect();
        let reports: Vec<&ScoreReport> = others.iter().map(|&row| &rows[row].shown().report).collect();
        let differences = self.against(with, &reports)?;
        for (row, difference) in others.into_iter().zip(differences) {
            rows[row].against_reference = Some(difference);
        }
        Ok(())
    }

    pub(super) fn pairs(
        &self,
        rows: &[Row],
        scorer: &Scorer,
        names: &[String],
    ) -> Result<Vec<SystemPair>, Error> {
        let nested = names.iter().filter_map(|system| place(rows, system, NESTED));
        let reports: Vec<ScoreReport> = nested
            .map(|row| scorer.score(&rows[row].held_out.iter().cloned().collect::<Predictions>()))
            .collect::<Result<_, _>>()?;
        self.compare(names, &reports)
    }

    /// All pairs of systems that were scored on the same clips, with corrected p values.
    ///
    /// # Errors
    /// [`Error::Eval`] where two systems were not scored on the same clips.
    pub fn compare(&self, names: &[String], reports: &[ScoreReport]) -> Result<Vec<SystemPair>, Error> {
        let systems: Vec<(&String, &ScoreReport)> = names.iter().zip(reports).collect();
        let mut sides = Vec::new();
        for (place, first) in systems.iter().enumerate() {
            sides.extend(systems[place + 1..].iter().map(|second| (first, second)));
        }
        let paired: Vec<PairedScores> = sides
            .iter()
            .map(|(first, second)| PairedScores::new(first.1, second.1))
            .collect::<Result<_, _>>()?;
        let pair = |((first, second), difference): ((&(&String, _), &(&String, _)), Difference)| SystemPair {
            first: first.0.clone(),
            second: second.0.clone(),
            difference,
        };
        Ok(sides.into_iter().zip(self.differences(&paired)?).map(pair).collect())
    }

    /// Systems, each less the reference, with corrected p values.
    ///
    /// # Errors
    /// [`Error::Eval`] where one was not scored on the same clips as the reference.
    pub fn against(
        &self,
        reference: &ScoreReport,
        systems: &[&ScoreReport],
    ) -> Result<Vec<Difference>, Error> {
        let pairs = systems.iter().map(|system| PairedScores::new(system, reference));
        self.differences(&pairs.collect::<Result<Vec<_>, _>>()?)
    }

    fn differences(&self, pairs: &[PairedScores]) -> Result<Vec<Difference>, Error> {
        let mut differences = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let p_permutation = self.permutation.test(pair, COMPOSITE)?.p_value;
            let comparison = self.bootstrap.compare(pair, COMPOSITE)?;
            differences.push(Difference { comparison, p_permutation, p_corrected: 1.0 });
        }
        let plain: Vec<f64> = differences.iter().map(|difference| difference.p_permutation).collect();
        for (difference, corrected) in differences.iter_mut().zip(holm(&plain)) {
            difference.p_corrected = corrected;
        }
        Ok(differences)
    }
}
