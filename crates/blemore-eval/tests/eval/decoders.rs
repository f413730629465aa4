//! Decoders other than the paper's, and choosing among them without look-ahead.

use std::sync::LazyLock;

use approx::assert_abs_diff_eq;
use blemore_eval::{
    ArgmaxDecoder, Decoder, Divergence, Error, ExactSearch, ExpectedScoreDecoder, GridSearch, LabelModel,
    Probabilities, Scores, Thresholds, Training, decode_all, nested_selection,
};
use blemore_labels::{Emotion, Label};
use proptest::prelude::*;

use crate::generated::likely_clips;

fn by_grid(probabilities: &Probabilities<f32>, labels: &[Label]) -> Result<Thresholds, Error> {
    Ok(GridSearch::default().search(probabilities, labels)?.thresholds)
}

fn label_row() -> impl Strategy<Value = [f64; 36]> {
    prop::collection::vec(prop_oneof![Just(0.0), 1e-3_f64..1.0], 36).prop_map(|values| {
        let sum: f64 = values.iter().sum::<f64>() + 1e-3;
        let mut row: [f64; 36] = values.try_into().unwrap();
        row[7] += 1e-3;
        row.map(|value| value / sum)
    })
}

/// What predicting `answer` adds to the composite score on average, by going through all truths.
fn expected_score(row: &[f64; 36], answer: Label, weight: f64, share: f64) -> f64 {
    Label::all()
        .map(|truth| {
            let scores = Scores::of_labels(&[truth], &[answer]).unwrap();
            let salience = scores.salience.correct as f64 * (1.0 - weight) / share;
            row[truth.index()] * (weight * scores.presence.correct as f64 + salience)
        })
        .sum()
}

proptest! {
    #[test]
    fn the_expected_score_is_the_largest(row in label_row(), weight in 0.0_f64..=1.0, share in 0.05_f64..=1.0) {
        let answer = ExpectedScoreDecoder::new(weight, share).unwrap().decode(&row);
        let reached = expected_score(&row, answer, weight, share);
        for other in Label::all() {
            prop_assert!(expected_score(&row, other, weight, share) <= reached + 1e-12);
        }
    }

    #[test]
    fn argmax_is_the_most_probable(row in label_row()) {
        let answer = ArgmaxDecoder.decode(&row);
        prop_assert!(row.iter().all(|value| *value <= row[answer.index()]));
        prop_assert!(row[..answer.index()].iter().all(|value| *value < row[answer.index()]));
    }

    #[test]
    fn a_fitted_model_answers_any_floats(values in prop::array::uniform6(any::<f32>())) {
        let _label = ExpectedScoreDecoder::new(0.5, 0.5).unwrap().decode(&FITTED.posterior(&values));
    }
}

static FITTED: LazyLock<LabelModel> = LazyLock::new(|| {
    let (probabilities, labels) = likely_clips(72);
    LabelModel::fit(&Training::new(&probabilities, &labels).unwrap()).unwrap()
});

#[test]
fn without_blends_in_training_nothing_is_blended() {
    let decoder = ExpectedScoreDecoder::new(0.0, 0.0).unwrap();
    assert_eq!(decoder.decode(&[1.0_f64 / 36.0; 36]), Label::Single(Emotion::Anger));
    for (weight, share) in [(f64::NAN, 0.5), (1.5, 0.5), (0.5, -0.1), (0.5, f64::INFINITY)] {
        assert!(ExpectedScoreDecoder::new(weight, share).is_err());
    }
    assert!(ExpectedScoreDecoder::new(0.5, f64::MIN_POSITIVE / 1e10).is_ok());
}

#[test]
fn the_model_knows_a_label_by_its_salience() {
    let (probabilities, labels) = likely_clips(3600);
    let model = LabelModel::fit(&Training::new(&probabilities, &labels).unwrap()).unwrap();
    assert!(model.sharpness() > 1.0);
    for label in Label::all() {
        let row = label.salience().as_array();
        assert_eq!(ArgmaxDecoder.decode(&model.posterior(&row)), label, "{label}");
    }
}

#[test]
fn the_model_learns_how_frequent_the_kinds_are() {
    let (probabilities, labels) = likely_clips(3600);
    let frequency = |labels: &[Label]| labels.iter().filter(|label| label.is_blend()).count() as f64;
    let model = LabelModel::fit(&Training::new(&probabilities, &labels).unwrap()).unwrap();
    let posteriors = model.posteriors(&probabilities).unwrap();
    let expected: f64 = posteriors.iter().map(|row| row[Emotion::COUNT..].iter().sum::<f64>()).sum();
    // At the optimum the expected number of each kind is the observed one, but for the prior, worth less than a clip.
    assert_abs_diff_eq!(expected, frequency(&labels), epsilon = 1.0);
}

#[test]
fn labels_told_apart_perfectly_keep_the_model_finite() {
    let labels: Vec<Label> = Label::all().collect();
    let rows = labels.iter().map(|label| label.salience().as_array()).collect();
    let probabilities = Probabilities::new(rows).unwrap();
    let model = LabelModel::fit(&Training::new(&probabilities, &labels).unwrap()).unwrap();
    assert!(model.sharpness().is_finite());
    assert_eq!(ArgmaxDecoder.decode_all(&model.posteriors(&probabilities).unwrap()), labels);
}

#[test]
fn posteriors_are_the_divergences_of_the_labels_and_a_label_has_none_from_itself() {
    let model = LabelModel::from_parameters([1.0, 0.0, 0.0, 0.0]);
    for label in Label::all() {
        let row = label.salience().as_array();
        let posterior = model.posterior(&row);
        let probabilities = Probabilities::new(vec![row]).unwrap();
        for other in Label::all() {
            let divergence = (posterior[label.index()] / posterior[other.index()]).ln();
            let expected = Divergence::of(&probabilities, &[other]).unwrap().kl;
            assert_abs_diff_eq!(divergence, expected, epsilon = 1e-6);
            assert!(divergence > -1e-12, "{label} {other}");
        }
    }
}

#[test]
fn parameters_are_a_sharpness_and_the_log_odds_of_kinds_of_labels() {
    let model = LabelModel::from_parameters([0.0, 2.0, -1.0, 0.5]);
    let posterior = model.posterior(&[0.1_f64, 0.3, 0.1, 0.2, 0.1, 0.2]);
    for label in Label::all() {
        let odds = match label {
            Label::Single(Emotion::Neutral) => 2.0,
            Label::Single(_) => 0.0,
            Label::Blend(blend) if blend.ratio().percentages() == (50, 50) => -1.0,
            Label::Blend(_) => 0.5,
        };
        assert_abs_diff_eq!((posterior[label.index()] / posterior[0]).ln(), odds, epsilon = 1e-12);
    }
    // So sharp that the powers of all labels are 0 or more than a number can hold, without the largest taken off.
    let sharp = LabelModel::from_parameters([1000.0, 0.0, 0.0, 0.0]).posterior(&[1.0_f64 / 6.0; 6]);
    let of_halves = Label::all().filter(|label| label.salience().as_array().contains(&0.5));
    assert_abs_diff_eq!(of_halves.map(|label| sharp[label.index()]).sum::<f64>(), 1.0, epsilon = 1e-12);
}

#[test]
fn the_fit_is_a_stationary_point() {
    let labels: Vec<Label> = Label::all().collect();
    let rows = labels.iter().enumerate().map(|(clip, label)| {
        let mut index = 0;
        let row = label.salience().as_array().map(|value| {
            index += 1;
            f64::from(value) + ((clip * 7 + index * 5) % 11) as f64 / 11.0
        });
        row.map(|value| value / row.iter().sum::<f64>())
    });
    let probabilities = Probabilities::new(rows.collect()).unwrap();
    // With the prior, whose precision is 0.01 around a sharpness of 1.
    let likelihood = |parameters: [f64; 4]| -> f64 {
        let model = LabelModel::from_parameters(parameters);
        let clips = probabilities.iter().zip(&labels);
        let of_clips: f64 = clips.map(|(row, truth)| model.posterior(row)[truth.index()].ln()).sum();
        let distances =
            parameters.iter().zip([1.0, 0.0, 0.0, 0.0]).map(|(value, mean)| (value - mean).powi(2));
        of_clips - 0.005 * distances.sum::<f64>()
    };
    let fitted = LabelModel::fit(&Training::new(&probabilities, &labels).unwrap()).unwrap().parameters();
    let reached = likelihood(fitted);
    for index in 0..4 {
        for shift in [-1e-2, 1e-2] {
            let mut moved = fitted;
            moved[index] += shift;
            assert!(likelihood(moved) < reached, "parameter {index} by {shift}");
        }
    }
}

#[test]
fn nested_selection_never_uses_the_labels_that_it_scores() {
    let (probabilities, labels) = likely_clips(360);
    let folds: Vec<i64> = (0..360).map(|clip| (clip % 5) as i64).collect();
    let before = nested_selection(&probabilities, &labels, &folds, by_grid).unwrap();
    let mut changed = labels.clone();
    for (label, fold) in changed.iter_mut().zip(&folds) {
        if *fold == 2 {
            *label = Label::Single(Emotion::Neutral);
        }
    }
    let after = nested_selection(&probabilities, &changed, &folds, by_grid).unwrap();
    assert_eq!(before.folds[2].nested.thresholds, after.folds[2].nested.thresholds);
    assert_ne!(before.folds[2].look_ahead.thresholds, after.folds[2].look_ahead.thresholds);
}

#[test]
fn nested_scores_are_those_of_the_thresholds_of_the_other_folds() {
    let (probabilities, labels) = likely_clips(300);
    let folds: Vec<i64> = (0..300).map(|clip| (clip % 3) as i64).collect();
    let exact = |probabilities: &_, labels: &[Label]| {
        Ok(ExactSearch::new().search::<f32>(probabilities, labels)?.thresholds)
    };
    let selection = nested_selection(&probabilities, &labels, &folds, exact).unwrap();
    for fold in &selection.folds {
        let own: Vec<usize> = (0..300).filter(|clip| folds[*clip] == fold.fold).collect();
        let others: Vec<usize> = (0..300).filter(|clip| folds[*clip] != fold.fold).collect();
        let pick = |clips: &[usize]| -> (Probabilities<f32>, Vec<Label>) {
            (probabilities.select(clips).unwrap(), clips.iter().map(|clip| labels[*clip]).collect())
        };
        let ((own, own_labels), (others, other_labels)) = (pick(&own), pick(&others));
        let found = ExactSearch::new().search(&others, &other_labels).unwrap();
        assert_eq!(fold.nested.thresholds, found.thresholds);
        assert_eq!(
            fold.nested.scores,
            Scores::of_labels(&own_labels, &decode_all(&own, found.thresholds)).unwrap()
        );
        assert!(fold.look_ahead.scores.composite(0.5) >= fold.nested.scores.composite(0.5));
    }
    assert_eq!(selection.nested().pooled.presence.total, 300);
}

#[test]
fn selection_needs_two_folds_and_one_for_each_clip() {
    let (probabilities, labels) = likely_clips(4);
    let two = nested_selection(&probabilities, &labels, &[7, 7, 3, 3], by_grid).unwrap();
    assert_eq!(two.folds.iter().map(|fold| fold.fold).collect::<Vec<_>>(), [3, 7]);
    assert!(matches!(
        nested_selection(&probabilities, &labels, &[1; 4], by_grid),
        Err(Error::TooFewFolds { found: 1, .. })
    ));
    assert!(matches!(
        nested_selection(&probabilities, &labels, &[1; 3], by_grid),
        Err(Error::LengthMismatch { what: "folds", .. })
    ));
    let none = Probabilities::<f32>::new(vec![]).unwrap();
    assert!(nested_selection(&none, &[], &[], by_grid).is_err());
    assert!(matches!(LabelModel::fit(&Training::new(&none, &[]).unwrap()), Err(Error::NoClips { .. })));
}
