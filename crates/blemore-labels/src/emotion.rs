//! The emotion set: the one place that knows its members, their order and their names.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::serde_text::serde_as_text;

/// One of the six emotions of the dataset (section III), in the order of every vector of six in these crates.
///
/// ```
/// use blemore_labels::Emotion;
///
/// assert_eq!(Emotion::ALL[3], Emotion::Happiness);
/// assert_eq!("hap".parse::<Emotion>()?, Emotion::Happiness);
/// assert_eq!(Emotion::Happiness.to_string(), "hap");
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Emotion {
    /// `ang`
    Anger,
    /// `disg`
    Disgust,
    /// `fea`
    Fear,
    /// `hap`
    Happiness,
    /// `sad`
    Sadness,
    /// `neu`; never part of a blend
    Neutral,
}

impl Emotion {
    /// All emotions, in vector order.
    pub const ALL: [Emotion; 6] = [
        Emotion::Anger,
        Emotion::Disgust,
        Emotion::Fear,
        Emotion::Happiness,
        Emotion::Sadness,
        Emotion::Neutral,
    ];

    /// The number of emotions, which is the length of every probability and salience vector.
    pub const COUNT: usize = Self::ALL.len();

    /// The position in a vector of six, 0 to 5.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The code in clip names and metadata.
    pub const fn code(self) -> &'static str {
        match self {
            Emotion::Anger => "ang",
            Emotion::Disgust => "disg",
            Emotion::Fear => "fea",
            Emotion::Happiness => "hap",
            Emotion::Sadness => "sad",
            Emotion::Neutral => "neu",
        }
    }

    /// The English name, for tables and figures.
    pub const fn name(self) -> &'static str {
        match self {
            Emotion::Anger => "anger",
            Emotion::Disgust => "disgust",
            Emotion::Fear => "fear",
            Emotion::Happiness => "happiness",
            Emotion::Sadness => "sadness",
            Emotion::Neutral => "neutral",
        }
    }

    /// Whether the emotion can be one of the two of a blend: all but neutral (section III).
    pub const fn blends(self) -> bool {
        !matches!(self, Emotion::Neutral)
    }
}

impl fmt::Display for Emotion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

impl FromStr for Emotion {
    type Err = Error;

    /// Reads a code such as `hap`.
    ///
    /// # Errors
    /// [`Error::UnknownEmotion`] for anything but the six codes.
    fn from_str(text: &str) -> Result<Self, Error> {
        Emotion::ALL
            .into_iter()
            .find(|emotion| emotion.code() == text)
            .ok_or_else(|| Error::UnknownEmotion { found: text.to_owned() })
    }
}

serde_as_text!(Emotion, "an emotion code such as \"hap\"");
