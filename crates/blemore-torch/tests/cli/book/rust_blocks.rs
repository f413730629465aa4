//! The Rust blocks of the README and of the book, each in a function. A block that is in none of them fails the test.

#![allow(clippy::print_stdout, reason = "the blocks print what they find")]

use std::env;
use std::error::Error;

/// The test that runs one block.
pub(super) const RUNNER: &str = "book::rust_blocks::one_block";
/// The environment variable with the name of its function.
pub(super) const NAME: &str = "BLEMORE_RUST_BLOCK";

type Outcome = Result<(), Box<dyn Error>>;
type Function = fn() -> Outcome;

const BLOCKS: [(&str, Function); 6] = [
    ("readme_score", readme_score),
    ("encode", encode),
    ("score", score),
    ("decode", decode),
    ("results", results),
    ("own_decoder", own_decoder),
];

/// The function that has the block.
pub(super) fn name_of(place: &str, code: &str) -> &'static str {
    let source = include_str!("rust_blocks.rs");
    let indented: String =
        code.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect();
    let start = source.find(&indented);
    let start = start.unwrap_or_else(|| panic!("{place} is in no function of rust_blocks.rs:\n{indented}"));
    let (_, name) = source[..start].rsplit_once("\nfn ").unwrap();
    name.split_once('(').unwrap().0
}

#[test]
#[ignore = "it is run in the folder of the book's commands"]
fn one_block() {
    let name = env::var(NAME).unwrap();
    let (_, block) = BLOCKS.iter().find(|(found, _)| *found == name).unwrap();
    block().unwrap();
}

fn readme_score() -> Outcome {
    use blemore_eval::{Predictions, Scorer};

    let predictions = Predictions::read("predictions.json")?;
    let report = Scorer::from_names().score(&predictions)?;
    println!("ACC_presence {:.3}", report.scores.acc_presence());
    Ok(())
}

fn encode() -> Outcome {
    use blemore_encoders::{Encoder, EncoderOptions, WeightSource};
    use blemore_media::{EncoderKind, Ffmpeg, PresetName};

    let weights = WeightSource::File("checkpoints/wavlm_large.pt".into());
    let ffmpeg = Ffmpeg::find(None)?;
    let options = EncoderOptions::default();
    let encoder = Encoder::load(EncoderKind::WavLm, PresetName::Published, &weights, &ffmpeg, options)?;
    let encoding = encoder.encode("clip.mp4")?;
    assert_eq!(encoding.features.width(), 1024);
    encoding.features.write("clip.npy")?;
    Ok(())
}

fn score() -> Outcome {
    use blemore_eval::{Bootstrap, Measure, Predictions, Scorer};

    let predictions = Predictions::read("predictions.json")?;
    let report = Scorer::from_names().score(&predictions)?;
    let interval = Bootstrap::default().estimate(&report.actors, Measure::Presence)?.bca;
    println!("ACC_presence {:.3} {interval}", report.scores.acc_presence());
    Ok(())
}

fn decode() -> Outcome {
    use blemore_eval::{GridSearch, ProbabilityTable, decode_all};

    let table = ProbabilityTable::read("validation.csv")?;
    let found = GridSearch::default().search(table.probabilities(), &table.labels()?)?;
    let labels = decode_all(table.probabilities(), found.thresholds);
    assert_eq!(labels.len(), table.clips().len());
    Ok(())
}

fn results() -> Outcome {
    use blemore::run::{ResultsFolder, Run};

    let folder = ResultsFolder::open("runs/fused")?;
    let results = Run::read(&folder)?.finished(&folder, false)?;
    for model in &results.summary {
        println!("{} {}: {}", model.features, model.model, model.accuracies.presence);
    }
    Ok(())
}

fn own_decoder() -> Outcome {
    use blemore_eval::{Decoder, Probability, ProbabilityTable, Scores};
    use blemore_labels::{Blend, Emotion, Label, Ratio};

    /// A blend of the two largest probabilities, where the second has at least this share of the first.
    struct ShareOfFirst(f64);

    impl<P: Probability> Decoder<P> for ShareOfFirst {
        fn decode(&self, row: &[P; Emotion::COUNT]) -> Label {
            let mut order: Vec<usize> = (0..Emotion::COUNT).collect();
            order.sort_by(|&a, &b| row[b].into().total_cmp(&row[a].into()));
            let [first, second] = [order[0], order[1]];
            let single = Label::Single(Emotion::ALL[first]);
            if row[second].into() < self.0 * row[first].into() {
                return single;
            }
            let ratio = if first < second { Ratio::FirstDominant } else { Ratio::SecondDominant };
            let [early, late] = [first.min(second), first.max(second)].map(|index| Emotion::ALL[index]);
            Blend::new(early, late, ratio).map_or(single, Label::Blend)
        }
    }

    let table = ProbabilityTable::read("validation.csv")?;
    let labels = ShareOfFirst(0.5).decode_all(table.probabilities());
    let scores = Scores::of_labels(&table.labels()?, &labels)?;
    println!("ACC_presence {:.3}, ACC_salience {:.3}", scores.acc_presence(), scores.acc_salience());
    Ok(())
}
