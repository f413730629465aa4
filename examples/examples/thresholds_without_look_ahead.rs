//! Alpha and beta for outputs of your own model, chosen without a look at the clips that they are scored on.
//!
//! `cargo run --example thresholds_without_look_ahead [PROBABILITIES.csv]`: the columns `filename`, the six emotions and
//! `fold`. Every row must come from a model that was not trained on the row's fold. Without a file outputs are made up.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use std::collections::BTreeMap;
use std::error::Error;

use blemore_eval::{GridSearch, ProbabilityTable, nested_selection};
use blemore_examples::made_up_outputs;

fn main() -> Result<(), Box<dyn Error>> {
    let outputs = match std::env::args_os().nth(1) {
        Some(path) => ProbabilityTable::read(path)?,
        None => made_up_outputs(0.9)?,
    };
    // The truth stands in the clips' names; `labels_in` takes it from metadata.
    let labels = outputs.labels()?;
    let names = outputs.folds().ok_or("the table has no column fold")?;
    let mut numbers = BTreeMap::new();
    let folds: Vec<i64> = names
        .iter()
        .map(|name| {
            let next = numbers.len() as i64;
            *numbers.entry(name).or_insert(next)
        })
        .collect();

    let selection = nested_selection(outputs.probabilities(), &labels, &folds, |probabilities, labels| {
        Ok(GridSearch::default().search(probabilities, labels)?.thresholds)
    })?;

    for fold in &selection.folds {
        let (nested, own) = (fold.nested.thresholds, fold.look_ahead.thresholds);
        println!(
            "fold {}: alpha {:.2}, beta {:.2} by the other folds; {:.2} and {:.2} by itself",
            fold.fold, nested.alpha, nested.beta, own.alpha, own.beta
        );
    }
    for (how, found) in [
        ("chosen on the other folds", selection.nested()),
        ("chosen on the fold itself, as published", selection.look_ahead()),
    ] {
        let (presence, salience) = (found.accuracies.presence, found.accuracies.salience);
        println!("{how}: ACC_presence {presence}, ACC_salience {salience}");
    }

    // For clips of other actors: one pair of thresholds from all folds.
    let all = GridSearch::default().search(outputs.probabilities(), &labels)?.thresholds;
    println!("for other clips: alpha {:.2}, beta {:.2}", all.alpha, all.beta);
    Ok(())
}
