//! Salience vectors, and the two functions pi and sigma with which the paper writes its metrics.

use blemore_labels::*;

#[test]
fn pi_of_a_label_is_the_half_half_vector_of_its_set() {
    for label in Label::all() {
        let share = if label.is_blend() { 0.5 } else { 1.0 };
        for emotion in Emotion::ALL {
            let expected = if label.presence().contains(emotion) { share } else { 0.0 };
            assert_eq!(label.salience().pi().as_array()[emotion.index()], expected);
        }
    }
}

#[test]
fn pi_sends_neutral_in_a_blend_to_zero() {
    let vector = SalienceVector::new([0.5, 0.0, 0.0, 0.0, 0.0, 0.5]).unwrap();
    assert_eq!(vector.pi(), SalienceVector::ZERO);
}

#[test]
fn bad_vectors_name_the_emotion_or_the_sum() {
    let error = SalienceVector::new([0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0]).unwrap_err();
    assert!(error.to_string().contains("disg"), "{error}");
    let error = SalienceVector::new([0.5, 0.25, 0.0, 0.0, 0.0, 0.0]).unwrap_err();
    assert!(error.to_string().contains("0.75"), "{error}");
}

#[test]
fn the_distance_is_the_sum_of_what_the_saliences_differ_by() {
    let vector = |label: &str| label.parse::<Label>().unwrap().salience();
    for (one, other, expected) in [
        ("ang", "ang", 0.0),
        ("ang", "disg", 2.0),
        ("ang+sad 50/50", "ang", 1.0),
        ("ang+sad 70/30", "ang+sad 50/50", 0.4),
        ("ang+sad 70/30", "ang+sad 30/70", 0.8),
    ] {
        let found = vector(one).distance(vector(other));
        assert!((found - expected).abs() < 1e-6, "{one} {other}: {found}");
        assert_eq!(found, vector(other).distance(vector(one)));
    }
}
