//! The paper's baselines through the library: arrays of clips in, the rows of Tables II and III out.
//!
//! `cargo run --release -p blemore-examples --example reproduce_baselines [DATASET_FOLDER]`. Without a folder a small
//! corpus is generated; its numbers say nothing about people.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use std::error::Error;

use blemore::Reproduction;
use blemore::data::Dataset;
use blemore::data::generate::{Corpus, CorpusSize};
use blemore::run::{Architecture, Recipe};

fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let dataset = match std::env::args_os().nth(1) {
        Some(folder) => Dataset::open(folder)?,
        None => {
            let folder = temporary.path().join("corpus");
            println!("No dataset folder given: the corpus, and so every number, is generated.");
            Corpus::generate(42, CorpusSize::PUBLISHED)?.write(&folder)?;
            Dataset::open(&folder)?
        }
    };

    // Everything left out of `Reproduction` and `Recipe` is the paper's; this is shortened to end in seconds.
    let reproduction = Reproduction {
        models: vec![Architecture::linear(), Architecture::mlp_256()],
        recipe: Recipe { epochs: 10, learning_rate: 1e-4, ..Recipe::default() },
        test_epochs: 10,
        subsampled_epochs: 10,
        ..Reproduction::default()
    };
    let tables = reproduction.run(&dataset, temporary.path().join("results"), &|_| {})?;

    for (table, rows) in [("Table II", &tables.rows), ("Table III", &tables.subsampled)] {
        for row in rows {
            let Some(best) = row.best() else { continue };
            let (presence, salience) = (best.validation.presence, best.validation.salience);
            println!(
                "{table}, {} with {}: ACC_presence {presence}, ACC_salience {salience}",
                row.encoder, best.model
            );
            if let Some(scores) = best.test.as_ref().and_then(|test| test.scores) {
                let accuracies = scores.accuracies;
                println!("  held-out test: {:.3} and {:.3}", accuracies.presence, accuracies.salience);
            }
        }
    }
    Ok(())
}
