//! `blemore thresholds`: alpha and beta from probabilities.

use blemore::eval::{
    ExactResult, ExactSearch, GridSearch, ProbabilityTable, Scores, SearchResult, ThresholdRegion,
};
use serde::Serialize;

use super::truth;
use crate::arguments::Thresholds;
use crate::failure::Failure;
use crate::output::{Output, accuracy, table};

pub(crate) fn run(output: Output, arguments: &Thresholds) -> Result<(), Failure> {
    let table = ProbabilityTable::read(&arguments.probabilities)?;
    let labels = match &arguments.metadata {
        Some(metadata) => table.labels_in(&truth::read(metadata)?)?,
        None => table.labels()?,
    };
    let (probabilities, weight) = (table.probabilities(), arguments.presence_weight);
    let found = if arguments.exact {
        ExactSearch::new().presence_weight(weight).search(probabilities, &labels)?.into()
    } else {
        GridSearch::default().presence_weight(weight).search(probabilities, &labels)?.into()
    };
    output.result(&found, text)
}

/// The thresholds found and what they score.
#[derive(Serialize)]
struct Found {
    alpha: f64,
    beta: f64,
    acc_presence: f64,
    acc_salience: f64,
    presence_only: f64,
    salience_only: f64,
    /// All thresholds that are as good, of the exact search.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<ThresholdRegion>,
    #[serde(skip)]
    scores: Scores,
}

impl From<SearchResult> for Found {
    fn from(found: SearchResult) -> Self {
        Found {
            alpha: found.thresholds.alpha,
            beta: found.thresholds.beta,
            acc_presence: found.scores.acc_presence(),
            acc_salience: found.scores.acc_salience(),
            presence_only: found.presence_only,
            salience_only: found.salience_only,
            region: None,
            scores: found.scores,
        }
    }
}

impl From<ExactResult> for Found {
    fn from(found: ExactResult) -> Self {
        Found {
            alpha: found.thresholds.alpha,
            beta: found.thresholds.beta,
            acc_presence: found.scores.acc_presence(),
            acc_salience: found.scores.acc_salience(),
            presence_only: found.presence_only,
            salience_only: found.salience_only,
            region: Some(found.region),
            scores: found.scores,
        }
    }
}

fn text(found: &Found) -> String {
    let region = found.region.map_or_else(String::new, |region| {
        format!(
            "\nas good: {:.4} < alpha <= {:.4}, {:.4} <= beta < {:.4}",
            region.alpha_above, region.alpha_to, region.beta_from, region.beta_below
        )
    });
    let row = |measure: &str, value, count: String, alone| {
        vec![measure.to_owned(), accuracy(value), count, accuracy(alone)]
    };
    let scores = table(
        &["measure", "accuracy", "clips", "best alone"],
        1,
        vec![
            row("ACC_presence", found.acc_presence, found.scores.presence.to_string(), found.presence_only),
            row("ACC_salience", found.acc_salience, found.scores.salience.to_string(), found.salience_only),
        ],
    );
    format!("alpha = {:.4}, beta = {:.4}{region}\n{scores}", found.alpha, found.beta)
}
