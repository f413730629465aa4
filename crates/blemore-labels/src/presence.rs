//! The 16 presence classes: which emotions are there, whatever their salience.

use std::fmt;
use std::str::FromStr;

use crate::serde_text::serde_as_text;
use crate::{Blend, Emotion, Error, Label, Ratio};

/// The set of emotions that a clip shows: one, or two that blend. ACC_presence compares these (section V).
///
/// ```
/// use blemore_labels::{Emotion, PresenceClass};
///
/// let class: PresenceClass = "ang+hap".parse()?;
/// assert!(class.contains(Emotion::Anger) && !class.contains(Emotion::Sadness));
/// assert_eq!(PresenceClass::all().count(), 16);
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PresenceClass {
    // First, so that the derived order is the order of `all`.
    index: u8,
    first: Emotion,
    second: Option<Emotion>,
}

impl PresenceClass {
    /// The number of classes: 6 single emotions and 10 pairs.
    pub const COUNT: usize = Emotion::COUNT + Blend::PAIR_COUNT;

    pub(crate) const fn of_single(emotion: Emotion) -> Self {
        PresenceClass { index: emotion.index() as u8, first: emotion, second: None }
    }

    pub(crate) const fn of_pair(first: Emotion, second: Emotion, pair_index: usize) -> Self {
        PresenceClass { index: (Emotion::COUNT + pair_index) as u8, first, second: Some(second) }
    }

    /// All 16 classes in a stable order: single emotions, then pairs.
    pub fn all() -> impl Iterator<Item = PresenceClass> {
        let pairs = Blend::all().filter(|blend| blend.ratio() == Ratio::Equal).map(Label::Blend);
        Emotion::ALL.into_iter().map(Label::Single).chain(pairs).map(Label::presence)
    }

    /// The position in [`PresenceClass::all`], 0 to 15.
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// The one or two emotions, in vector order.
    pub fn emotions(self) -> impl Iterator<Item = Emotion> {
        std::iter::once(self.first).chain(self.second)
    }

    /// Whether `emotion` is one of the set.
    pub fn contains(self, emotion: Emotion) -> bool {
        self.first == emotion || self.second == Some(emotion)
    }

    /// Whether the set has two emotions.
    pub const fn is_blend(self) -> bool {
        self.second.is_some()
    }
}

impl fmt::Display for PresenceClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.second {
            None => write!(formatter, "{}", self.first),
            Some(second) => write!(formatter, "{}+{second}", self.first),
        }
    }
}

impl FromStr for PresenceClass {
    type Err = Error;

    /// Reads `hap` or `ang+hap`, the emotions in either order.
    ///
    /// # Errors
    /// [`Error::PresenceSyntax`], and the errors of [`Emotion`] and [`Blend::new`].
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once('+') {
            None if text.contains(' ') => Err(Error::PresenceSyntax { found: text.to_owned() }),
            None => Ok(PresenceClass::of_single(text.parse()?)),
            Some((a, b)) => Ok(Label::Blend(Blend::new(a.parse()?, b.parse()?, Ratio::Equal)?).presence()),
        }
    }
}

serde_as_text!(PresenceClass, "a set of emotions such as \"hap\" or \"ang+hap\"");
