//! Generated clips, written as the files that people have.

use blemore_benches::generated_clips;
use blemore_data::{ClipRecord, Metadata};
use blemore_eval::{Predictions, Probabilities, ProbabilityTable, Thresholds, decode_all};
use blemore_labels::{ClipName, Emotion, Label};
use tempfile::TempDir;

pub(crate) const METADATA: &str = "train_metadata.csv";
pub(crate) const PREDICTIONS: &str = "predictions.json";
pub(crate) const PROBABILITIES: &str = "probabilities.csv";

const FOLDS: usize = 5;
/// They are right for about half of the generated clips.
const THRESHOLDS: Thresholds = Thresholds { alpha: 0.25, beta: 0.1 };

/// Writes metadata with folds, predictions and probabilities of so many clips, in the order of their names, into a folder
/// that goes with the value.
pub(crate) fn write(clips: usize, actors: usize) -> TempDir {
    let files = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target folder can be written");
    let folder = files.path();
    let (rows, labels) = generated_clips(clips);
    let record = |(number, label): (usize, &Label)| {
        let (actor, version) = (number % actors, number / actors + 1);
        let clip: ClipName = name(actor, *label, version).parse().expect("a clip name");
        ClipRecord { fold: i64::try_from(actor % FOLDS).ok(), ..ClipRecord::of_name(clip) }
    };
    let mut made: Vec<_> = labels.iter().enumerate().map(record).zip(rows).collect();
    // As in the published files. In another order a million clips take 1.4 times as long.
    made.sort_by(|(left, _), (right, _)| left.clip.cmp(&right.clip));
    let (records, rows): (Vec<ClipRecord>, Vec<[f32; 6]>) = made.into_iter().unzip();
    let metadata = Metadata::from_records(&records).expect("each clip has another name");
    metadata.write(folder.join(METADATA)).expect("the metadata can be written");

    let names = || records.iter().map(|record| record.clip.clone());
    let rows = Probabilities::new(rows).expect("generated rows are probabilities");
    let predictions: Predictions = names().zip(decode_all(&rows, THRESHOLDS)).collect();
    predictions.write(folder.join(PREDICTIONS)).expect("the predictions can be written");
    let table = ProbabilityTable::new(names().collect(), rows).expect("each clip has another name");
    table.write(folder.join(PROBABILITIES)).expect("the probabilities can be written");
    files
}

/// The name of a clip. All takes of an actor have different versions, so no name comes twice.
fn name(actor: usize, label: Label, version: usize) -> String {
    let mut components = label.components();
    match (components.next(), components.next()) {
        (Some((first, share)), Some((second, rest))) => {
            format!("A{actor:03}_mix_{first}_{second}_{share}_{rest}_ver{version}")
        }
        _ if label == Label::Single(Emotion::Neutral) => {
            format!("A{actor:03}_neu_sit1_ver{version}")
        }
        _ => format!("A{actor:03}_{label}_int1_ver{version}"),
    }
}
