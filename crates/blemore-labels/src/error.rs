use std::fmt;

use crate::Emotion;

/// What is wrong with an emotion, a label, a salience vector or a clip name.
///
/// ```
/// use blemore_labels::{Error, Label};
/// assert!(matches!("joy".parse::<Label>(), Err(Error::UnknownEmotion { .. })));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A code that is none of the six.
    #[error("unknown emotion {}: use one of ang, disg, fea, hap, sad, neu", Quoted(found))]
    UnknownEmotion {
        /// The text that was read.
        found: String,
    },
    /// A blend of an emotion with itself.
    #[error("a blend needs two different emotions, found {0} twice")]
    SameEmotionTwice(Emotion),
    /// A blend that contains neutral.
    #[error("neutral is never part of a blend, found it beside {other}")]
    NeutralInBlend {
        /// The other emotion of the blend.
        other: Emotion,
    },
    /// Two saliences that are not 50/50, 70/30 or 30/70.
    #[error("saliences of a blend are 50/50, 70/30 or 30/70, found {found}")]
    UnknownRatio {
        /// The text or numbers that were read.
        found: String,
    },
    /// A text that is not a label as [`Label`](crate::Label) writes it.
    #[error(
        "{} is not a label: write a single emotion as \"hap\", a blend as \"ang+hap 30/70\"",
        Quoted(found)
    )]
    LabelSyntax {
        /// The text that was read.
        found: String,
    },
    /// A text that is not a presence class as [`PresenceClass`](crate::PresenceClass) writes it.
    #[error("{} is not a set of emotions: write \"hap\" or \"ang+hap\"", Quoted(found))]
    PresenceSyntax {
        /// The text that was read.
        found: String,
    },
    /// A salience outside `[0, 1]`, or not a number.
    #[error("salience of {emotion} is {found}, outside 0 to 1")]
    SalienceOutOfRange {
        /// The emotion whose entry is wrong.
        emotion: Emotion,
        /// The entry.
        found: f32,
    },
    /// Saliences that sum to neither 1 nor 0.
    #[error("saliences sum to {found}: they must sum to 1, or all be 0 for \"no label\"")]
    SalienceSum {
        /// The sum.
        found: f32,
    },
    /// A clip name that follows none of the dataset's patterns.
    #[error(
        "{} is not a clip name ({problem}): expected A102_ang_int1_ver1, A303_neu_sit2_ver1, \
         A411_mix_ang_hap_30_70_ver1 or test_0001",
        Quoted(name)
    )]
    ClipName {
        /// The name that was read.
        name: String,
        /// The part that is wrong.
        problem: String,
    },
}

/// The most characters of a text that a message shows.
const SHOWN: usize = 60;

/// A text that was read, on one line, without control characters, cut where it is long.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(SHOWN).map(|(end, _)| end);
        let dots = if end.is_some() { "..." } else { "" };
        write!(formatter, "{:?}", format!("{}{dots}", &self.0[..end.unwrap_or(self.0.len())]))
    }
}
