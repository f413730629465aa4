//! What counts of labels say beyond the two accuracies.

use approx::assert_abs_diff_eq;
use blemore_eval::{MeanStd, Metrics};
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
fn standard_deviation_is_of_a_sample() {
    let summary = MeanStd::sample(&[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(summary.mean, 2.5);
    assert_abs_diff_eq!(summary.std, (5.0_f64 / 3.0).sqrt(), epsilon = 1e-15);
    assert_eq!(format!("{summary:.1}"), "2.5 ± 1.3");
    assert_eq!((MeanStd::sample(&[]), MeanStd::sample(&[0.5]).std), (MeanStd::default(), 0.0));
}
