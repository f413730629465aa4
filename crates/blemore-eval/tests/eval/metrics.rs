//! What counts of labels say beyond the two accuracies.

use approx::assert_abs_diff_eq;
use blemore_eval::{
    Calibration, Divergence, MeanStd, Metrics, Predictions, Probabilities, ReliabilityBin, Scorer,
};
use blemore_labels::{Emotion, Label};

fn labels(texts: &str) -> Vec<Label> {
    texts.split(", ").map(|text| text.parse().unwrap()).collect()
}

#[test]
fn classes_and_their_means() {
    let truth = labels("ang, ang, ang, ang+hap 50/50, ang+hap 70/30, sad");
    let predicted = labels("ang, ang, sad, ang+hap 70/30, ang, neu");
    let metrics = Metrics::of_labels(&truth, &predicted).unwrap();
    assert_eq!(metrics.scores.presence.to_string(), "3/6");

    let anger = metrics.emotions[Emotion::Anger.index()];
    assert_eq!((anger.true_positives, anger.false_positives, anger.false_negatives), (4, 0, 1));
    let sadness = metrics.emotions[Emotion::Sadness.index()];
    assert_eq!((sadness.true_positives, sadness.false_positives, sadness.false_negatives), (0, 1, 1));
    let set = metrics.presence_classes[Emotion::Anger.index()];
    assert_eq!(
        (set.precision(), set.recall(), set.f1(), set.support()),
        (2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 3)
    );
    let fear = metrics.presence_classes[Emotion::Fear.index()];
    assert_eq!((fear.precision(), fear.recall(), fear.f1()), (0.0, 0.0, 0.0));

    // Anger, sadness, neutral, and anger with happiness occur; neutral in the predictions alone.
    let average = metrics.presence_average;
    assert_eq!(average.classes, 4);
    for (found, expected) in [
        (average.precision, (2.0 / 3.0 + 1.0) / 4.0),
        (average.recall, (2.0 / 3.0 + 0.5) / 4.0),
        (average.f1, (2.0 / 3.0 + 2.0 / 3.0) / 4.0),
        (average.uar, (2.0 / 3.0 + 0.5) / 3.0),
    ] {
        approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-15);
    }

    let confused = &metrics.label_confusion;
    assert_eq!(confused.count(truth[3], predicted[3]), 1);
    assert_eq!((confused.support(truth[0]), confused.unclassified(truth[0])), (3, 0));
    assert!(Metrics::of_labels(&truth, &predicted[1..]).is_err());
}

#[test]
fn a_prediction_that_is_no_class_is_none_of_them() {
    let predictions = Predictions::parse(
        br#"{"A1_ang_int1_ver1": [], "A1_sad_int1_ver1": [{"emotion": "sad", "salience": 100}]}"#,
    );
    let report = Scorer::from_names().score(&predictions.unwrap()).unwrap();
    let confused = Metrics::of_report(&report).presence_confusion;
    let [anger, sadness] =
        [Emotion::Anger, Emotion::Sadness].map(|emotion| Label::Single(emotion).presence());
    assert_eq!((confused.support(anger), confused.unclassified(anger)), (1, 1));
    assert_eq!((confused.support(sadness), confused.unclassified(sadness)), (1, 0));
}

#[test]
fn divergences_are_means_over_clips() {
    let rows =
        vec![[0.7, 0.0, 0.0, 0.3, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]];
    let divergence =
        Divergence::of(&Probabilities::new(rows).unwrap(), &labels("ang+hap 70/30, ang, ang")).unwrap();
    let entropy = -(0.7 * 0.7_f64.ln() + 0.3 * 0.3_f64.ln());
    // The second clip is off by the logarithm of 2, the third by that of the smallest probability that counts.
    let kl = (2.0_f64.ln() + 1e8_f64.ln()) / 3.0;
    assert_abs_diff_eq!(divergence.kl, kl, epsilon = 1e-12);
    assert_abs_diff_eq!(divergence.cross_entropy, kl + entropy / 3.0, epsilon = 1e-12);
}

#[test]
fn standard_deviation_is_of_a_sample() {
    let summary = MeanStd::sample(&[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(summary.mean, 2.5);
    assert_abs_diff_eq!(summary.std, (5.0_f64 / 3.0).sqrt(), epsilon = 1e-15);
    assert_eq!(format!("{summary:.1}"), "2.5 ± 1.3");
    assert_eq!((MeanStd::sample(&[]), MeanStd::sample(&[0.5]).std), (MeanStd::default(), 0.0));
    assert_eq!(MeanStd::sample(&[1.0, 3.0]), MeanStd { mean: 2.0, std: 2.0_f64.sqrt() });
}

#[test]
fn calibration_of_clips_counted_by_hand() {
    let rows = vec![[0.5, 0.5, 0.0, 0.0, 0.0, 0.0], [0.1, 0.2, 0.1, 0.0, 0.0, 0.6]];
    let calibration =
        Calibration::of(&Probabilities::new(rows).unwrap(), &labels("disg+sad 70/30, neu")).unwrap();
    let of_clips = [0.5_f64.powi(2) + 0.2_f64.powi(2) + 0.3_f64.powi(2), 0.01 + 0.04 + 0.01 + 0.16];
    assert_abs_diff_eq!(calibration.brier, of_clips.iter().sum::<f64>() / 2.0, epsilon = 1e-12);

    // Fifteen bins side by side, from 0 to 1.
    let bins = &calibration.curve.bins;
    assert_eq!((bins.len(), bins[0].low, bins[14].high), (15, 0.0, 1.0));
    assert!(bins.windows(2).all(|pair| pair[0].high == pair[1].low && pair[0].low < pair[0].high));
    let counted = |bins: &[ReliabilityBin]| -> Vec<(usize, u64)> {
        bins.iter()
            .enumerate()
            .map(|(place, bin)| (place, bin.count))
            .filter(|(_, count)| *count > 0)
            .collect()
    };
    // 0.2 and 0.6 are edges, and belong to the bins above them.
    assert_eq!(counted(bins), [(0, 6), (1, 2), (3, 1), (7, 2), (9, 1)]);
    let means = |place: usize| [bins[place].mean_probability, bins[place].mean_target];
    for (place, expected) in [(0, [0.0, 0.3 / 6.0]), (1, [0.1, 0.0]), (7, [0.5, 0.35]), (9, [0.6, 1.0])] {
        for (found, expected) in means(place).into_iter().zip(expected) {
            assert_abs_diff_eq!(found, expected, epsilon = 1e-12);
        }
    }
    let distances = 6.0 * 0.05 + 2.0 * 0.1 + 0.2 + 2.0 * 0.15 + 0.4;
    assert_abs_diff_eq!(calibration.curve.expected_error(), distances / 12.0, epsilon = 1e-12);

    // Of two equal emotions the first is the top one: anger, of which the first clip has nothing.
    let top = &calibration.top.bins;
    assert_eq!(counted(top), [(7, 1), (9, 1)]);
    assert_eq!((top[7].mean_target, top[9].mean_target), (0.0, 1.0));
}

#[test]
fn probabilities_of_1_and_a_little_over_are_in_the_last_bin() {
    let calibration = |rows: Vec<[f64; 6]>, truth: &str| {
        Calibration::of(&Probabilities::new(rows).unwrap(), &labels(truth))
    };
    let over = calibration(vec![[1.0 + 1e-9, 0.0, 0.0, 0.0, 0.0, 0.0]], "ang").unwrap();
    assert_eq!((over.curve.bins[14].count, over.top.bins[14].mean_target), (1, 1.0));
    assert!(calibration(Vec::new(), "ang").unwrap_err().to_string().contains("labels"));
}
