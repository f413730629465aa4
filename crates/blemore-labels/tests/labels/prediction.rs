//! Predictions: which emotions a system says a clip shows, and how salient each is.

use blemore_labels::*;

#[test]
fn every_label_is_a_prediction_and_back() {
    for label in Label::all() {
        let prediction = Prediction::from(label);
        assert_eq!(prediction.label(), Some(label));
        assert_eq!(prediction.to_string().parse::<Prediction>().unwrap(), prediction);
    }
}

#[test]
fn predictions_that_are_no_label() {
    for text in ["", "ang:50", "ang:50 ang:50", "ang:50 neu:50", "ang:70 hap:40", "ang:50 hap:25 sad:25"] {
        assert_eq!(text.parse::<Prediction>().unwrap().label(), None, "{text:?}");
    }
}
