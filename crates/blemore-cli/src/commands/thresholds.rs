//! `blemore thresholds`: alpha and beta from probabilities.

use blemore_eval::{
    ExactSearch, GridSearch, PerMeasure, ProbabilityTable, Scores, ThresholdRegion, Thresholds,
};
use serde::Serialize;

use crate::arguments;
use crate::failure::Failure;
use crate::output::{Output, accuracy, table};
use crate::read;

pub(crate) fn run(output: Output, arguments: &arguments::Thresholds) -> Result<(), Failure> {
    let table = ProbabilityTable::read(&arguments.probabilities)?;
    output.notes(arguments.probabilities.display(), table.notes());
    let labels = match &arguments.metadata {
        Some(metadata) => table.labels_in(&read::truth(output, metadata)?),
        None => table.labels(),
    };
    let named = |error: blemore_eval::Error| Failure::from(error).within(&arguments.probabilities);
    let labels = labels.map_err(named)?;
    read::note_without_blends(output, arguments.probabilities.display(), &labels);
    let (probabilities, weight) = (table.probabilities(), arguments.presence_weight);
    let (thresholds, scores, presence_only, salience_only, region) = if arguments.exact {
        let found =
            ExactSearch::new().presence_weight(weight).search(probabilities, &labels).map_err(named)?;
        (found.thresholds, found.scores, found.presence_only, found.salience_only, Some(found.region))
    } else {
        let found = GridSearch::default().presence_weight(weight);
        let found = found.search(probabilities, &labels).map_err(named)?;
        (found.thresholds, found.scores, found.presence_only, found.salience_only, None)
    };
    let accuracies = scores.accuracies();
    let found = Found { thresholds, accuracies, presence_only, salience_only, region, scores };
    output.result(&found, text)
}

/// The thresholds found and what they score.
#[derive(Serialize)]
struct Found {
    #[serde(flatten)]
    thresholds: Thresholds,
    #[serde(flatten)]
    accuracies: PerMeasure<f64>,
    presence_only: f64,
    salience_only: f64,
    /// All thresholds that are as good, of the exact search.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<ThresholdRegion>,
    #[serde(skip)]
    scores: Scores,
}

fn text(found: &Found) -> String {
    let Thresholds { alpha, beta } = found.thresholds;
    let region = found.region.map_or_else(String::new, |region| {
        let alphas = between(region.alpha_above, "<", "alpha", "<=", region.alpha_to);
        let betas = between(region.beta_from, "<=", "beta", "<", region.beta_below);
        format!("\nas good: {alphas}, {betas}")
    });
    let row = |measure: &str, value, count: String, alone| {
        vec![measure.to_owned(), accuracy(value), count, accuracy(alone)]
    };
    let scores = table(
        &["measure", "accuracy", "clips", "best alone"],
        1,
        vec![
            row(
                "ACC_presence",
                found.accuracies.presence,
                found.scores.presence.to_string(),
                found.presence_only,
            ),
            row(
                "ACC_salience",
                found.accuracies.salience,
                found.scores.salience.to_string(),
                found.salience_only,
            ),
        ],
    );
    format!("alpha = {alpha:.4}, beta = {beta:.4}{region}\n{scores}")
}

/// A range without the ends that are infinite.
fn between(low: f64, after_low: &str, name: &str, before_high: &str, high: f64) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{low:.4} {after_low} {name} {before_high} {high:.4}"),
        (true, false) => format!("{low:.4} {after_low} {name}"),
        (false, true) => format!("{name} {before_high} {high:.4}"),
        (false, false) => format!("any {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn infinite_ends_are_left_out() {
        let alphas = |low, high| between(low, "<", "alpha", "<=", high);
        assert_eq!(alphas(0.25, 0.5), "0.2500 < alpha <= 0.5000");
        assert_eq!(alphas(0.25, f64::INFINITY), "0.2500 < alpha");
        assert_eq!(alphas(f64::NEG_INFINITY, 0.5), "alpha <= 0.5000");
        assert_eq!(alphas(f64::NEG_INFINITY, f64::INFINITY), "any alpha");
    }
}
