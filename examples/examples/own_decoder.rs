//! A decoder of your own: a rule that makes a label of six probabilities, scored beside the paper's thresholds.
//!
//! `cargo run --example own_decoder [PROBABILITIES.csv]`. Without a table outputs are made up.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use std::error::Error;

use blemore_eval::{Decoder, GridSearch, ProbabilityTable, Scores, decode_all};
use blemore_examples::made_up_outputs;
use blemore_labels::{Emotion, Label, Ratio};

/// A blend of the two largest probabilities where the second is at least this share of both; else the largest alone.
struct TwoLargest {
    least_share: f64,
}

impl Decoder<f64> for TwoLargest {
    fn decode(&self, row: &[f64; 6]) -> Label {
        let mut order: Vec<Emotion> = Emotion::ALL.to_vec();
        order.sort_by(|one, other| row[other.index()].total_cmp(&row[one.index()]));
        let (first, second) = (order[0], order[1]);
        let share = row[second.index()] / (row[first.index()] + row[second.index()]);
        let ratio = if share > 0.4 { Ratio::Equal } else { Ratio::FirstDominant };
        // Neutral is in no blend.
        match Label::blend(first, second, ratio) {
            Ok(blend) if share >= self.least_share => blend,
            _ => Label::Single(first),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let outputs = match std::env::args_os().nth(1) {
        Some(path) => ProbabilityTable::read(path)?,
        None => made_up_outputs(0.9)?,
    };
    let truth = outputs.labels()?;
    let show = |name: &str, labels: &[Label]| -> Result<(), Box<dyn Error>> {
        let scores = Scores::of_labels(&truth, labels)?;
        println!(
            "{name}: ACC_presence {:.3}, ACC_salience {:.3}",
            scores.acc_presence(),
            scores.acc_salience()
        );
        Ok(())
    };
    let found = GridSearch::default().search(outputs.probabilities(), &truth)?;
    show(
        "the paper's thresholds, tuned on these clips",
        &decode_all(outputs.probabilities(), found.thresholds),
    )?;
    for least_share in [0.2, 0.3, 0.4] {
        let labels = TwoLargest { least_share }.decode_all(outputs.probabilities());
        show(&format!("two largest, share of at least {least_share}"), &labels)?;
    }
    Ok(())
}
