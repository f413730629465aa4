//! Whether one system is better than another on the same clips: the difference with its interval, and a p value.
//!
//! `cargo run --example compare_systems [OURS.json THEIRS.json]`: predictions in the challenge's format. Without files both
//! are made up.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use std::error::Error;

use blemore_eval::{
    Bootstrap, Measure, PairedScores, PermutationTest, Predictions, Scorer, Thresholds, decode_all,
};
use blemore_examples::made_up_outputs;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (ours, theirs) = match (arguments.next(), arguments.next()) {
        (Some(ours), Some(theirs)) => (Predictions::read(ours)?, Predictions::read(theirs)?),
        _ => (made_up(0.5)?, made_up(0.9)?),
    };
    let scorer = Scorer::from_names();
    // An error where the two have different clips: their scores could not be compared.
    let pairs = PairedScores::new(&scorer.score(&ours)?, &scorer.score(&theirs)?)?;

    for (name, measure) in [
        ("ACC_presence", Measure::Presence),
        ("ACC_salience", Measure::Salience),
        ("composite", Measure::Composite { presence_weight: 0.5 }),
    ] {
        // Clips of one actor are alike: actors are resampled, and exchanged between the systems.
        let compared = Bootstrap::default().compare(&pairs, measure)?;
        let test = PermutationTest::default().test(&pairs, measure)?;
        println!(
            "{name}: {:.3} and {:.3}, difference {:+.3} {}, p {:.4} by permutation over {} actors",
            compared.first, compared.second, compared.difference, compared.bca, test.p_value, compared.actors
        );
    }
    Ok(())
}

/// Predictions from made-up outputs.
fn made_up(noise: f64) -> Result<Predictions, Box<dyn Error>> {
    let outputs = made_up_outputs(noise)?;
    let labels = decode_all(outputs.probabilities(), Thresholds { alpha: 0.2, beta: 0.1 });
    Ok(outputs.clips().iter().cloned().zip(labels).collect())
}
