//! What examples work on that are given no files of their own.

use std::error::Error;

use blemore_eval::{Probabilities, ProbabilityTable};
use blemore_labels::{ClipName, Emotion, Label};

/// Actors of the made-up clips, a fold each.
const ACTORS: usize = 5;

/// Made-up outputs for made-up clips: every actor shows every label once, and each actor is a fold. The truth stands in the
/// clips' names. The larger `noise` is, the less the probabilities follow it.
///
/// # Errors
/// None: all names and rows are right.
pub fn made_up_outputs(noise: f64) -> Result<ProbabilityTable, Box<dyn Error>> {
    let (mut clips, mut rows, mut folds) = (Vec::new(), Vec::new(), Vec::new());
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for actor in 0..ACTORS {
        for label in Label::all() {
            let parts: Vec<(Emotion, u8)> = label.components().collect();
            let shown = match parts[..] {
                [(first, share), (second, rest)] => format!("mix_{first}_{second}_{share}_{rest}"),
                _ => format!("{label}_int2"),
            };
            clips.push(ClipName::parse(&format!("A{}_{shown}_ver1", 101 + actor))?);
            let mut row = [0.0; Emotion::COUNT].map(|_: f64| noise * random());
            parts.iter().for_each(|(emotion, share)| row[emotion.index()] += f64::from(*share) / 100.0);
            let sum: f64 = row.iter().sum();
            rows.push(row.map(|value| value / sum));
            folds.push(actor.to_string());
        }
    }
    Ok(ProbabilityTable::new(clips, Probabilities::new(rows)?)?.with_folds(folds)?)
}
