//! The steps that are measured, one after the other in one process.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use blemore_benches::memory;
use blemore_data::{Folds, Metadata};
use blemore_eval::{
    Bootstrap, ExactSearch, GridSearch, PerMeasure, Predictions, ProbabilityTable, Scorer, Truth,
};
use serde::{Deserialize, Serialize};

use crate::corpus::{METADATA, PREDICTIONS, PROBABILITIES};

/// What is done, in this order; reading is part of each step.
pub(crate) const STEPS: [&str; 5] = ["metadata", "folds", "scores", "intervals", "thresholds"];

/// What the steps cost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Of each step.
    pub(crate) seconds: [f64; STEPS.len()],
    /// The most bytes that were resident, where the system tells.
    pub(crate) memory: Option<usize>,
}

impl Cost {
    /// The faster one, with the larger memory.
    pub(crate) fn better(self, other: Self) -> Self {
        let all = |cost: &Self| cost.seconds.iter().sum::<f64>();
        let memory = self.memory.max(other.memory);
        Self { memory, ..if all(&other) < all(&self) { other } else { self } }
    }
}

/// Does all steps with the files of a folder.
pub(crate) fn run(folder: &Path) -> Cost {
    let mut seconds = Vec::new();
    let mut start = Instant::now();
    let mut done = || {
        seconds.push(start.elapsed().as_secs_f64());
        start = Instant::now();
    };
    let metadata = Metadata::read(folder.join(METADATA)).expect("the metadata are right");
    done();
    black_box(Folds::new(&metadata).expect("the folds are right"));
    done();
    let mut truth = Truth::default();
    for record in metadata.clips() {
        let label = record.label.expect("every clip has a label");
        truth.insert_with_actor(record.clip.clone(), label, &record.actor);
    }
    let predictions = Predictions::read(folder.join(PREDICTIONS)).expect("the predictions are right");
    let report = Scorer::with_truth(truth).score(&predictions).expect("faults are no errors");
    assert!(report.issues.is_empty(), "the predictions are right");
    done();
    let bootstrap = Bootstrap::default();
    let estimates = PerMeasure::try_of(|measure| bootstrap.estimate(&report.actors, measure));
    black_box(estimates.expect("the settings are right"));
    done();
    let table = ProbabilityTable::read(folder.join(PROBABILITIES)).expect("the probabilities are right");
    let labels = table.labels().expect("the names have labels");
    black_box(GridSearch::default().search(table.probabilities(), &labels).expect("there are clips"));
    black_box(ExactSearch::new().search(table.probabilities(), &labels).expect("there are clips"));
    done();
    Cost { seconds: seconds.try_into().expect("each step was measured"), memory: memory("VmHWM:") }
}
