//! The 16 presence classes: which emotions are there, whatever their salience.

use blemore_labels::*;

#[test]
fn sixteen_classes_each_at_its_index() {
    let classes: Vec<PresenceClass> = PresenceClass::all().collect();
    assert_eq!(classes.len(), PresenceClass::COUNT);
    for (position, class) in classes.iter().enumerate() {
        assert_eq!(class.index(), position);
        assert_eq!(class.to_string().parse::<PresenceClass>().unwrap(), *class);
    }
    assert!(classes.is_sorted());
}

#[test]
fn labels_fall_into_classes_by_their_emotions() {
    for label in Label::all() {
        let emotions: Vec<Emotion> = label.components().map(|(emotion, _)| emotion).collect();
        assert_eq!(label.presence().emotions().collect::<Vec<_>>(), emotions);
        assert_eq!(label.presence().is_blend(), label.is_blend());
    }
}

#[test]
fn a_text_that_is_no_set_says_what_a_set_is() {
    let error = |text: &str| text.parse::<PresenceClass>().unwrap_err();
    assert_eq!(error("ang hap"), Error::PresenceSyntax { found: "ang hap".to_owned() });
    assert_eq!("hap+ang".parse::<PresenceClass>(), "ang+hap".parse());
    assert_eq!(error("ang+neu"), Error::NeutralInBlend { other: Emotion::Anger });
}
