//! The prediction of one clip, right in form or not.

use std::sync::Arc;

use blemore_labels::{Emotion, Label, PresenceClass, Ratio};

use crate::IssueKind;

/// What a file predicts for one clip: one of the 36 labels, or whatever else its list holds.
///
/// Its emotions may be unknown: the published scorer compares texts, and such an answer has to count as wrong, not to stop
/// the scoring.
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

    fn single(&self) -> Option<Label> {
        self.emotion.as_ref().ok().copied().map(Label::Single)
    }

    /// The blend of two entries with these saliences.
    fn blend(&self, other: &Self, saliences: [f64; 2]) -> Option<Label> {
        let ratio = Ratio::from_percentages(saliences[0], saliences[1]).ok()?;
        Label::blend(*self.emotion.as_ref().ok()?, *other.emotion.as_ref().ok()?, ratio).ok()
    }
}

impl Answer {
    pub(crate) fn from_entries(entries: Vec<Entry>) -> Self {
        let legal = match &entries[..] {
            // Both occur in published files.
            [only] if only.salience == 100.0 || only.salience == 1.0 => only.single(),
            [a, b] => a.blend(b, [a.salience, b.salience]),
            _ => None,
        };
        Self(legal.map_or_else(|| Repr::Other(entries.into_boxed_slice()), Repr::Legal))
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
                [only] => only.single(),
                [a, b] => a.blend(b, [a.salience.round_ties_even(), b.salience.round_ties_even()]),
                _ => None,
            },
            Repr::Malformed(_) => None,
        }
    }

    /// The set of emotions, whatever their saliences; `None` when it is none of the 16 classes.
    pub fn presence(&self) -> Option<PresenceClass> {
        match &self.0 {
            Repr::Legal(label) => Some(label.presence()),
            Repr::Other(entries) => {
                let mut emotions: Vec<Emotion> = entries
                    .iter()
                    .map(|entry| entry.emotion.as_ref().ok().copied())
                    .collect::<Option<_>>()?;
                emotions.sort_unstable();
                emotions.dedup();
                match emotions[..] {
                    [only] => Some(Label::Single(only).presence()),
                    [a, b] => Some(Label::blend(a, b, Ratio::Equal).ok()?.presence()),
                    _ => None,
                }
            }
            Repr::Malformed(_) => None,
        }
    }

    /// What the challenge's rules forbid, the one list for scoring and submitting: what is no list, unknown emotions,
    /// emotions that come twice, saliences that are negative or not finite, no emotion or more than two, neutral in a
    /// blend, saliences other than 100 (or 1) alone, 50/50, 70/30 or 30/70. Empty for an answer that may be submitted.
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

impl From<Label> for Answer {
    fn from(label: Label) -> Self {
        Self(Repr::Legal(label))
    }
}
