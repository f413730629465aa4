//! The 36 labels: six single emotions, and ten blends at three ratios.

use blemore_labels::*;

#[test]
fn thirty_six_labels_each_at_its_index() {
    let labels: Vec<Label> = Label::all().collect();
    assert_eq!(labels.len(), Label::COUNT);
    for (position, label) in labels.iter().enumerate() {
        assert_eq!(label.index(), position, "{label}");
        assert_eq!(label.to_string().parse::<Label>().unwrap(), *label);
    }
    assert_eq!(Blend::all().count(), 3 * Blend::PAIR_COUNT);
}

#[test]
fn impossible_blends_are_refused() {
    assert_eq!(
        Blend::new(Emotion::Fear, Emotion::Fear, Ratio::Equal),
        Err(Error::SameEmotionTwice(Emotion::Fear))
    );
    for (a, b) in [(Emotion::Neutral, Emotion::Fear), (Emotion::Fear, Emotion::Neutral)] {
        assert_eq!(Blend::new(a, b, Ratio::Equal), Err(Error::NeutralInBlend { other: Emotion::Fear }));
    }
}

#[test]
fn texts_that_are_no_labels_are_refused() {
    for text in
        ["", "ang+hap", "ang hap", "ang+hap 60/40", "ang+ang 50/50", "neu+ang 50/50", "ANG", "ang+hap  50/50"]
    {
        assert!(text.parse::<Label>().is_err(), "{text:?}");
    }
}

#[test]
fn three_pairs_of_percentages_are_ratios() {
    for ratio in Ratio::ALL {
        let (first, second) = ratio.percentages();
        assert_eq!(Ratio::from_percentages(first.into(), second.into()), Ok(ratio));
    }
    for (first, second) in [(50.0, 30.0), (70.0, 50.0), (30.0, 30.0), (70.0, 70.0), (50.0, f64::NAN)] {
        let message = Ratio::from_percentages(first, second).unwrap_err().to_string();
        assert!(message.contains(&format!("{first}/{second}")), "{message}");
    }
}
