//! Scores a file of predictions and makes the challenge's bundle of it.
//!
//! Needs `blemore-eval` and `blemore-labels` alone. Without an argument a small file is written and scored; with one, that
//! file is:
//!
//! ```console
//! cargo run --example score_submission -- predictions.json
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what an example is for")]

use std::error::Error;
use std::path::PathBuf;

use blemore_eval::{Bootstrap, Measure, Metrics, Predictions, Scorer, Submission};
use blemore_labels::{ClipName, Label};

fn main() -> Result<(), Box<dyn Error>> {
    let path = match std::env::args_os().nth(1) {
        Some(path) => PathBuf::from(path),
        None => example_file()?,
    };

    // The truth comes from the clips' names; `Scorer::with_truth` takes labels from elsewhere.
    let predictions = Predictions::read(&path)?;
    let report = Scorer::from_names().score(&predictions)?;
    for issue in &report.issues {
        eprintln!("{issue}");
    }

    // Clips of one actor are alike, so intervals resample actors.
    for (name, measure) in [("ACC_presence", Measure::Presence), ("ACC_salience", Measure::Salience)] {
        let estimate = Bootstrap::default().estimate(&report.actors, measure)?;
        println!("{name} {estimate} over {} actors", estimate.actors);
    }
    let metrics = Metrics::of_report(&report);
    for emotion in metrics.emotions {
        println!("{:>10} recall {:.3} of {}", emotion.class.name(), emotion.recall(), emotion.support());
    }

    // A submission exists only if it keeps the challenge's rules; otherwise the error lists everything that does not.
    match Submission::new(&predictions) {
        Ok(submission) => {
            let bundle = path.with_extension("zip");
            submission.write(&bundle)?;
            println!("{} holds {} clips", bundle.display(), submission.labels().len());
        }
        Err(error) => println!("not to be submitted: {error}"),
    }
    Ok(())
}

/// Four predictions of two actors, in a temporary folder.
fn example_file() -> Result<PathBuf, Box<dyn Error>> {
    let path = std::env::temp_dir().join("blemore_score_submission.json");
    let mut predictions = Vec::new();
    for (clip, label) in [
        ("A102_ang_int1_ver1", "ang"),
        ("A102_mix_ang_hap_30_70_ver1", "ang+hap 50/50"),
        ("A303_neu_sit2_ver1", "sad"),
        ("A303_mix_fea_sad_70_30_ver1", "fea+sad 70/30"),
    ] {
        predictions.push((ClipName::parse(clip)?, label.parse::<Label>()?));
    }
    Predictions::from_iter(predictions).write(&path)?;
    Ok(path)
}
