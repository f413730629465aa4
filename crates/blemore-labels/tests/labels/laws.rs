//! Laws that hold for every value: text and JSON round trips, and the algebra of pi.

use blemore_labels::{Blend, ClipName, Emotion, Label, PresenceClass, Ratio, SalienceVector};
use proptest::prelude::*;

fn emotion() -> impl Strategy<Value = Emotion> {
    prop::sample::select(Emotion::ALL.to_vec())
}

fn label() -> impl Strategy<Value = Label> {
    prop::sample::select(Label::all().collect::<Vec<_>>())
}

fn salience_vector() -> impl Strategy<Value = SalienceVector> {
    let weights = prop::array::uniform6(prop_oneof![2 => Just(0.0f32), 3 => 0.01f32..1.0]);
    weights.prop_map(|weights| {
        let sum: f32 = weights.iter().sum();
        let scale = if sum > 0.0 { sum } else { 1.0 };
        SalienceVector::new(weights.map(|weight| weight / scale)).unwrap()
    })
}

fn clip_name() -> impl Strategy<Value = String> {
    let single = (emotion(), prop::bool::ANY, 1..=4).prop_map(|(emotion, intensity, level)| {
        format!("{emotion}_{}{level}", if intensity { "int" } else { "sit" })
    });
    let blend = prop::sample::select(Blend::all().collect::<Vec<_>>()).prop_map(|blend| {
        let (first, second) = blend.ratio().percentages();
        format!("mix_{}_{}_{first}_{second}", blend.first(), blend.second())
    });
    let labelled = ("A[0-9]{1,4}", prop_oneof![single, blend], 1u32..20)
        .prop_map(|(actor, middle, version)| format!("{actor}_{middle}_ver{version}"));
    prop_oneof![9 => labelled, 1 => "test_[0-9]{4}"]
}

fn json_round_trip<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
}

proptest! {
    #[test]
    fn labels_round_trip(label in label()) {
        prop_assert_eq!(label.to_string().parse::<Label>().unwrap(), label);
        prop_assert_eq!(label.presence().to_string().parse::<PresenceClass>().unwrap(), label.presence());
        json_round_trip(&label);
        json_round_trip(&label.presence());
        if let Label::Blend(blend) = label {
            prop_assert_eq!(blend.to_string().parse::<Blend>().unwrap(), blend);
            prop_assert_eq!(blend.ratio().to_string().parse::<Ratio>().unwrap(), blend.ratio());
            json_round_trip(&blend);
            json_round_trip(&blend.ratio());
        }
    }

    #[test]
    fn clip_names_round_trip(name in clip_name()) {
        let clip = ClipName::parse(&name).unwrap();
        prop_assert_eq!(clip.to_string(), name.as_str());
        prop_assert_eq!(&ClipName::parse(&format!("{name}.mov")).unwrap(), &clip);
        json_round_trip(&clip);
    }

    #[test]
    fn any_text_parses_or_errs_without_panic(text in "\\PC{0,40}") {
        let _ = (text.parse::<Label>(), text.parse::<ClipName>());
        let _ = (text.parse::<PresenceClass>(), text.parse::<Ratio>());
    }

    #[test]
    fn pi_is_idempotent(vector in salience_vector()) {
        prop_assert_eq!(vector.pi().pi(), vector.pi());
    }

    #[test]
    fn pi_commutes_with_permutations_of_the_emotions_that_blend(
        vector in salience_vector(),
        order in Just(vec![0usize, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let permute = |vector: SalienceVector| {
            let values = vector.as_array();
            let mut permuted = values;
            for (to, from) in order.iter().enumerate() {
                permuted[to] = values[*from];
            }
            SalienceVector::new(permuted).unwrap()
        };
        prop_assert_eq!(permute(vector).pi(), permute(vector.pi()));
    }

    #[test]
    fn a_label_survives_its_vector(label in label(), error in prop::array::uniform6(-2e-6f32..2e-6)) {
        let mut values = label.salience().as_array();
        for (value, error) in values.iter_mut().zip(error) {
            *value = (*value + error).clamp(0.0, 1.0);
        }
        prop_assert_eq!(SalienceVector::new(values).unwrap().label(), Some(label));
    }
}
