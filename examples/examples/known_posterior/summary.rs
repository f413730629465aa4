//! What the sweeps of several seeds have in common.

use std::fmt;

use blemore::run::{AgainstBaseline, Combination, SweepPlan, SweepRow};

use crate::{Failure, SEEDS};

/// A row of a plan over the seeds.
pub(crate) struct Summary {
    pub(crate) combination: Combination,
    /// Mean composites: with all chosen on the scored fold as in the paper, and on the other folds.
    published: f64,
    nested: f64,
    /// The share of the way from the baseline to the best possible; without a signal there is no way.
    pub(crate) closes: Option<f64>,
    /// In how many sweeps it is better, and worse, than the baseline after Holm's correction.
    pub(crate) wins: usize,
    loses: usize,
    /// Of the encoders, as they are on average.
    weights: Vec<f64>,
}

/// The rows of a plan, each as it is in the sweep of every seed.
pub(crate) fn summaries(
    plan: &SweepPlan,
    rows: &[Vec<SweepRow>],
    best: f64,
) -> Result<Vec<Summary>, Failure> {
    let nested = |rows: &[SweepRow]| mean(rows, |row| row.composite);
    let baseline = rows.iter().find(|rows| rows[0].combination == plan.baseline).ok_or("no baseline")?;
    let baseline = nested(baseline);
    let summary = |rows: &Vec<SweepRow>| {
        let count = |decided: fn(&AgainstBaseline) -> bool| {
            rows.iter().filter_map(|row| row.against_baseline).filter(decided).count()
        };
        let weight = |place: usize| mean(rows, |row| row.encoders[place].weight);
        Summary {
            combination: rows[0].combination.clone(),
            published: mean(rows, SweepRow::published_composite),
            nested: nested(rows),
            closes: (best > baseline).then(|| (nested(rows) - baseline) / (best - baseline)),
            wins: count(AgainstBaseline::wins),
            loses: count(AgainstBaseline::loses),
            weights: (0..rows[0].encoders.len()).map(weight).collect(),
        }
    };
    Ok(rows.iter().map(summary).collect())
}

fn mean(rows: &[SweepRow], value: impl Fn(&SweepRow) -> f64) -> f64 {
    rows.iter().map(value).sum::<f64>() / rows.len() as f64
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { combination, published, nested, closes, wins, loses, weights } = self;
        let combination = combination.to_string();
        write!(f, "{combination:70} published {published:.3}  nested {nested:.3}  ")?;
        if let Some(closes) = closes {
            write!(f, "closes {:>4.0} %  ", 100.0 * closes)?;
        }
        write!(f, "of {SEEDS} sweeps wins {wins}, loses {loses}")?;
        let weights: Vec<String> = weights.iter().map(|weight| format!("{weight:.2}")).collect();
        if weights.is_empty() { Ok(()) } else { write!(f, "  weights {}", weights.join(", ")) }
    }
}
