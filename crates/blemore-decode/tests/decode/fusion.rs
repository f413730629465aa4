//! Late fusion and calibration.

use blemore_decode::{Error, Fusion, Outputs, Recipe, Rule, Temperature, Training, fuse};
use blemore_eval::{GridSearch, PUBLISHED_PRESENCE_WEIGHT, Probabilities, ProbabilityTable};

use crate::simulated::Clips;

/// A system, a flatter copy of it, and one that guesses.
fn three_systems() -> (Clips, Training) {
    let clips = Clips::draw(800, 20, 4);
    let changed = |change: &dyn Fn(usize, [f64; 6]) -> [f64; 6]| {
        let rows = clips.table.probabilities().iter().enumerate().map(|(clip, row)| {
            let powers = change(clip, *row);
            let sum: f64 = powers.iter().sum();
            powers.map(|power| power / sum)
        });
        ProbabilityTable::new(clips.table.clips().to_vec(), Probabilities::new(rows.collect()).unwrap())
            .unwrap()
    };
    let flat = changed(&|_, row| row.map(|p| p.powf(0.25)));
    let guess =
        changed(&|clip, _| std::array::from_fn(|emotion| 1.0 + ((clip * 7 + emotion * 5) % 11) as f64));
    let outputs = Outputs::new([("sharp", &clips.table), ("flat", &flat), ("guess", &guess)]).unwrap();
    let folds = Training::folds_by_actor(&clips.actors, 5);
    let training = Training::new(outputs, clips.labels.clone(), clips.actors.clone(), folds).unwrap();
    (clips, training)
}

fn likelihood(training: &Training, weights: &[f64]) -> f64 {
    let fused = fuse(training.outputs(), weights).unwrap();
    let of_clip = |(row, label): (&[f64; 6], &blemore_labels::Label)| {
        label
            .components()
            .map(|(emotion, percent)| f64::from(percent) / 100.0 * row[emotion.index()].ln())
            .sum::<f64>()
    };
    fused.iter().zip(training.labels()).map(of_clip).sum()
}

#[test]
fn likely_weights_are_the_best_nearby() {
    let (_, training) = three_systems();
    let weights = Fusion::Likelihood.weights(&training).unwrap();
    approx::assert_abs_diff_eq!(weights.iter().sum::<f64>(), 1.0, epsilon = 1e-12);
    let best = likelihood(&training, &weights);
    for from in 0..3 {
        for to in (0..3).filter(|&to| to != from) {
            let step = 0.01_f64.min(weights[from]);
            let mut moved = weights.clone();
            moved[from] -= step;
            moved[to] += step;
            assert!(likelihood(&training, &moved) <= best + 0.1, "{weights:?} {moved:?}");
        }
    }
}

#[test]
fn weights_by_score_are_at_least_as_good_as_the_mean() {
    let (_, training) = three_systems();
    let composite = |fusion: Fusion| {
        let fused = fuse(training.outputs(), &fusion.weights(&training).unwrap()).unwrap();
        let found = GridSearch::default().search(&fused, training.labels()).unwrap();
        found.scores.composite(PUBLISHED_PRESENCE_WEIGHT)
    };
    assert!(composite(Fusion::Score) >= composite(Fusion::Mean));
    assert!(Fusion::Score.weights(&training).unwrap()[2] <= 1.0 / 3.0);
}

#[test]
fn a_temperature_takes_back_what_was_made_flatter() {
    let (clips, training) = three_systems();
    let sharp = Temperature::fit(clips.table.probabilities(), &clips.labels).unwrap();
    let flat = Temperature::fit(&training.outputs().systems()[1], &clips.labels).unwrap();
    approx::assert_relative_eq!(flat.value() * 4.0, sharp.value(), max_relative = 1e-6);
    let calibrated = flat.apply(&training.outputs().systems()[1]).unwrap();
    let again = Temperature::fit(&calibrated, &clips.labels).unwrap();
    approx::assert_relative_eq!(again.value(), 1.0, max_relative = 1e-6);
}

#[test]
fn tables_are_joined_by_clip_and_other_clips_are_named() {
    let (first, other) = (Clips::draw(20, 4, 5).table, Clips::draw(20, 4, 6).table);
    let error = Outputs::new([("first", &first), ("other", &other)]).unwrap_err();
    assert!(matches!(error, Error::DifferentClips { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("other") && said.contains("such as A"), "{said}");
    assert!(matches!(Outputs::new::<String>([]), Err(Error::NoSystems)));
    let two = Outputs::new([("first", &first), ("again", &first)]).unwrap();
    let decoder = Recipe::of(Rule::Grid);
    let clips = Clips::draw(20, 4, 5);
    let decoder = decoder.fit(&clips.training()).unwrap();
    assert!(matches!(decoder.decode(&two), Err(Error::SystemCount { found: 2, .. })));
}
