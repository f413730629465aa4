//! What decoders reach where the best composite score is known.

use blemore_decode::{Recipe, Rule};
use blemore_eval::{
    Bootstrap, Decoder, ExpectedScoreDecoder, Measure, PUBLISHED_PRESENCE_WEIGHT, Predictions, Scorer, Scores,
};
use blemore_labels::{Label, PresenceClass};

use crate::simulated::Clips;

const BLEND_SHARE: f64 = 30.0 / 36.0;
const COMPOSITE: Measure = Measure::Composite { presence_weight: PUBLISHED_PRESENCE_WEIGHT };

/// The largest composite score that any decoder has on average: for each clip, the label that is worth most.
fn bayes_optimum(clips: &Clips) -> f64 {
    let worth = |posterior: &[f64; 36], label: Label| {
        let mut sets = [0.0; PresenceClass::COUNT];
        for other in Label::all() {
            sets[other.presence().index()] += posterior[other.index()];
        }
        let blend = if label.is_blend() { posterior[label.index()] / BLEND_SHARE } else { 0.0 };
        0.5 * sets[label.presence().index()] + 0.5 * blend
    };
    let best = |posterior: &[f64; 36]| Label::all().map(|label| worth(posterior, label)).fold(0.0, f64::max);
    clips.posteriors.iter().map(best).sum::<f64>() / clips.labels.len() as f64
}

fn composite(clips: &Clips, predicted: &[Label]) -> f64 {
    Scores::of_labels(&clips.labels, predicted).unwrap().composite(PUBLISHED_PRESENCE_WEIGHT)
}

#[test]
fn the_expected_score_reaches_the_bayes_optimum_within_its_interval() {
    let clips = Clips::draw(20_000, 400, 1);
    let decoder = ExpectedScoreDecoder::new(PUBLISHED_PRESENCE_WEIGHT, BLEND_SHARE).unwrap();
    let predicted = decoder.decode_all(&clips.posteriors);
    let predictions: Predictions = clips.table.clips().iter().cloned().zip(predicted).collect();
    let report = Scorer::from_names().score(&predictions).unwrap();
    let estimate = Bootstrap::default().replicates(2_000).estimate(&report.actors, COMPOSITE).unwrap();
    let optimum = bayes_optimum(&clips);
    assert!(optimum > 0.2 && estimate.bca.contains(optimum), "{optimum} {estimate}");
}

#[test]
fn decoders_learned_from_2456_clips_come_within_5_percent_of_the_optimum() {
    let (training, test) = (Clips::draw(2_456, 47, 2), Clips::draw(20_000, 400, 3));
    let optimum = bayes_optimum(&test);
    let reached = |recipe: Recipe| {
        let decoder = recipe.fit(&training.training()).unwrap();
        composite(&test, &decoder.decode(&test.outputs()).unwrap()) / optimum
    };
    let learned = reached(Recipe::learned());
    assert!(learned > 0.95, "{learned}");
    let expected_score = reached(Recipe::of(Rule::ExpectedScore));
    let grid = reached(Recipe::of(Rule::Grid));
    assert!(learned > grid && expected_score > grid, "{learned} {expected_score} {grid}");
}
