//! The prediction of one clip, right in form or not.

use std::sync::Arc;

use blemore_labels::{Emotion, Label, Prediction, PresenceClass};

use crate::IssueKind;

/// What a file predicts for one clip: one of the 36 labels, or whatever else its list holds.
///
/// It differs from a [`Prediction`] in that its emotions may be unknown: the published scorer compares texts, and such
/// an answer has to count as wrong, not to stop the scoring.
///
/// ```
/// use blemore_eval::Answer;
/// use blemore_labels::{Label, Prediction};
///
/// let truth: Label = "ang+hap 70/30".parse()?;
/// let answer = Answer::from("hap:30.4 ang:69.6".parse::<Prediction>()?);
/// assert!(answer.has_presence_of(truth) && answer.has_salience_of(truth));
/// assert!(!answer.is_legal(), "only exact saliences may be submitted");
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Answer(Repr);

#[derive(Debug, Clone, PartialEq)]
enum Repr {
    Legal(Label),
    // Boxed as a slice: a file has a million legal answers and few others.
    Other(Box<[Entry]>),
    /// What stood in the place of a list.
    Malformed(Box<str>),
}

/// An emotion, known or not, with its salience; NaN stands for a salience that is none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) emotion: Result<Emotion, Arc<str>>,
    pub(crate) salience: f64,
}

impl Entry {
    fn code(&self) -> &str {
        match &self.emotion {
            Ok(emotion) => emotion.code(),
            Err(unknown) => unknown,
        }
    }
}

impl Answer {
    pub(crate) fn from_entries(entries: Vec<Entry>) -> Self {
        match legal_label(&entries) {
            Some(label) => Self(Repr::Legal(label)),
            None => Self(Repr::Other(entries.into_boxed_slice())),
        }
    }

    /// An answer that is no list of emotions, which is never right.
    pub(crate) fn malformed(problem: String) -> Self {
        Self(Repr::Malformed(problem.into_boxed_str()))
    }

    /// The entries as they are written: known or unknown code, and salience in percent.
    pub(crate) fn components(&self) -> Vec<(&str, f64)> {
        match &self.0 {
            Repr::Legal(label) => {
                label.components().map(|(emotion, percent)| (emotion.code(), f64::from(percent))).collect()
            }
            Repr::Other(entries) => entries.iter().map(|entry| (entry.code(), entry.salience)).collect(),
            Repr::Malformed(_) => Vec::new(),
        }
    }

    /// The label that the answer counts as: with one entry that emotion, with two the blend whose saliences these are
    /// after rounding to whole percents (half to even); `None` for anything else.
    pub fn label(&self) -> Option<Label> {
        match &self.0 {
            Repr::Legal(label) => Some(*label),
            Repr::Other(entries) => match &**entries {
                [only] => only.emotion.as_ref().ok().copied().map(Label::Single),
                [_, _] => Label::all().find(|label| label.is_blend() && self.has_salience_of(*label)),
                _ => None,
            },
            Repr::Malformed(_) => None,
        }
    }

    /// The set of emotions, whatever their saliences; `None` when it is none of the 16 classes.
    pub fn presence(&self) -> Option<PresenceClass> {
        match &self.0 {
            Repr::Legal(label) => Some(label.presence()),
            Repr::Other(_) | Repr::Malformed(_) => {
                PresenceClass::all().find(|class| self.has_emotions_of(*class))
            }
        }
    }

    /// Whether the set of emotions is that of `truth`: what ACC_presence counts.
    pub fn has_presence_of(&self, truth: Label) -> bool {
        self.has_emotions_of(truth.presence())
    }

    fn has_emotions_of(&self, class: PresenceClass) -> bool {
        match &self.0 {
            Repr::Legal(label) => label.presence() == class,
            Repr::Other(entries) => {
                let known: Option<Vec<Emotion>> =
                    entries.iter().map(|entry| entry.emotion.as_ref().ok().copied()).collect();
                known.is_some_and(|known| {
                    known.iter().all(|emotion| class.contains(*emotion))
                        && class.emotions().all(|emotion| known.contains(&emotion))
                })
            }
            Repr::Malformed(_) => false,
        }
    }

    /// Whether there are exactly two entries, and they are the two of `truth` with its saliences after rounding to whole
    /// percents (half to even): what ACC_salience counts. Never so when `truth` is a single emotion.
    pub fn has_salience_of(&self, truth: Label) -> bool {
        match &self.0 {
            _ if !truth.is_blend() => false,
            Repr::Legal(label) => *label == truth,
            Repr::Other(entries) => {
                let found = |emotion: Emotion, percent: u8| {
                    entries.iter().any(|entry| {
                        entry.emotion == Ok(emotion) && entry.salience.round_ties_even() == f64::from(percent)
                    })
                };
                entries.len() == 2 && truth.components().all(|(emotion, percent)| found(emotion, percent))
            }
            Repr::Malformed(_) => false,
        }
    }

    /// Whether the answer may be submitted: known emotions, one or two, neutral alone, saliences exactly 100 (or 1)
    /// alone, 50/50, 70/30 or 30/70.
    pub fn is_legal(&self) -> bool {
        matches!(self.0, Repr::Legal(_))
    }

    /// What the challenge's rules forbid, the one list for scoring and submitting: what is no list, unknown
    /// emotions, emotions that come twice, saliences that are negative or not finite, no emotion or more than
    /// two, neutral in a blend, saliences of no legal set. Empty exactly when [`Answer::is_legal`].
    pub fn rule_violations(&self) -> Vec<IssueKind> {
        let entries = match &self.0 {
            Repr::Legal(_) => return Vec::new(),
            Repr::Malformed(problem) => return vec![IssueKind::Malformed { problem: problem.to_string() }],
            Repr::Other(entries) => entries,
        };
        let of_entry = entries.iter().flat_map(flaws_of_entry);
        let repeated = Emotion::ALL.into_iter().filter(|emotion| {
            entries.iter().filter(|entry| entry.emotion.as_ref() == Ok(emotion)).count() > 1
        });
        let mut violations: Vec<IssueKind> =
            of_entry.chain(repeated.map(|emotion| IssueKind::DuplicateEmotion { emotion })).collect();
        match entries.len() {
            0 => violations.push(IssueKind::NoEmotion),
            1 | 2 => {}
            found => violations.push(IssueKind::TooManyEmotions { found }),
        }
        if entries.len() > 1 && entries.iter().any(|entry| entry.emotion == Ok(Emotion::Neutral)) {
            violations.push(IssueKind::NeutralInBlend);
        }
        if violations.is_empty() {
            let saliences: Vec<String> = entries.iter().map(|entry| entry.salience.to_string()).collect();
            violations.push(IssueKind::IllegalSaliences { found: saliences.join("/") });
        }
        violations
    }
}

fn flaws_of_entry(entry: &Entry) -> Vec<IssueKind> {
    let mut flaws = Vec::new();
    if let Err(unknown) = &entry.emotion {
        flaws.push(IssueKind::UnknownEmotion { found: Arc::clone(unknown) });
    }
    let found = entry.salience;
    if !found.is_finite() {
        flaws.push(IssueKind::NonFiniteSalience { emotion: entry.code().into(), found });
    } else if found < 0.0 {
        flaws.push(IssueKind::NegativeSalience { emotion: entry.code().into(), found });
    }
    flaws
}

/// The label whose exact form the entries have.
fn legal_label(entries: &[Entry]) -> Option<Label> {
    if entries.len() > 2 {
        return None;
    }
    let component = |entry: &Entry| {
        let emotion = *entry.emotion.as_ref().ok()?;
        Some(blemore_labels::Component { emotion, salience: entry.salience })
    };
    Prediction::new(entries.iter().map(component).collect::<Option<_>>()?).label()
}

impl From<Label> for Answer {
    fn from(label: Label) -> Self {
        Self(Repr::Legal(label))
    }
}

impl From<Prediction> for Answer {
    fn from(prediction: Prediction) -> Self {
        let entry = |component: &blemore_labels::Component| Entry {
            emotion: Ok(component.emotion),
            salience: component.salience,
        };
        Self::from_entries(prediction.components().iter().map(entry).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Answer {
        Answer::from(text.parse::<Prediction>().unwrap())
    }

    #[test]
    fn salience_rounds_half_to_even() {
        let truth: Label = "ang+hap 30/70".parse().unwrap();
        for (text, right) in [
            ("ang:30.5 hap:69.5", true),
            ("ang:29.5 hap:70.5", true),
            ("ang:30.51 hap:70", false),
            ("ang:30 hap:69.49", false),
            ("ang:30 hap:70 sad:0", false),
            ("hap:70 ang:30", true),
            ("hap:30 ang:70", false),
            ("ang:30 ang:30", false),
        ] {
            assert_eq!(answer(text).has_salience_of(truth), right, "{text}");
        }
    }

    #[test]
    fn an_unknown_emotion_is_never_part_of_a_right_set() {
        let entry = |emotion, salience| Entry { emotion, salience };
        let answer =
            Answer::from_entries(vec![entry(Ok(Emotion::Anger), 70.0), entry(Err("joy".into()), 30.0)]);
        assert_eq!((answer.presence(), answer.label()), (None, None));
        assert!(!answer.has_presence_of(Label::Single(Emotion::Anger)));
    }

    #[test]
    fn rules_are_kept_exactly_by_the_legal() {
        for text in [
            "",
            "ang:60 hap:40",
            "ang:50",
            "ang:50 neu:50",
            "ang:50 hap:25 sad:25",
            "ang:NaN",
            "ang:69.9 hap:30.1",
        ] {
            assert!(!answer(text).is_legal() && !answer(text).rule_violations().is_empty(), "{text}");
        }
        for label in Label::all() {
            assert!(Answer::from(label).rule_violations().is_empty());
        }
    }
}
