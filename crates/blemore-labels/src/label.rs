//! The 36 labels: six single emotions, and ten blends at three ratios.

use std::fmt;
use std::str::FromStr;

use crate::serde_text::serde_as_text;
use crate::{Emotion, Error, PresenceClass, SalienceVector};

/// Salience of the dominant emotion of a 70/30 blend, in percent (section III).
const DOMINANT_PERCENT: u8 = 70;
/// Salience of both emotions of a 50/50 blend, in percent (section III).
const EQUAL_PERCENT: u8 = 50;

/// How the salience of a blend is shared between its first and its second emotion (section III).
///
/// ```
/// use blemore_labels::Ratio;
///
/// assert_eq!(Ratio::FirstDominant.percentages(), (70, 30));
/// assert_eq!("30/70".parse::<Ratio>()?, Ratio::SecondDominant);
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ratio {
    /// 50/50
    Equal,
    /// 70/30
    FirstDominant,
    /// 30/70
    SecondDominant,
}

impl Ratio {
    /// The three ratios, in the order in which labels are enumerated.
    pub const ALL: [Ratio; 3] = [Ratio::Equal, Ratio::FirstDominant, Ratio::SecondDominant];

    /// The saliences of the first and the second emotion, in percent.
    pub const fn percentages(self) -> (u8, u8) {
        match self {
            Ratio::Equal => (EQUAL_PERCENT, 100 - EQUAL_PERCENT),
            Ratio::FirstDominant => (DOMINANT_PERCENT, 100 - DOMINANT_PERCENT),
            Ratio::SecondDominant => (100 - DOMINANT_PERCENT, DOMINANT_PERCENT),
        }
    }

    /// The ratio with these percentages.
    ///
    /// # Errors
    /// [`Error::UnknownRatio`] when they are not 50/50, 70/30 or 30/70.
    pub fn from_percentages(first: f64, second: f64) -> Result<Self, Error> {
        Ratio::ALL
            .into_iter()
            .find(|ratio| {
                let (expected_first, expected_second) = ratio.percentages();
                first == f64::from(expected_first) && second == f64::from(expected_second)
            })
            .ok_or_else(|| Error::UnknownRatio { found: format!("{first}/{second}") })
    }

    /// The ratio of the same blend with its emotions named in the other order.
    pub const fn swapped(self) -> Self {
        match self {
            Ratio::Equal => Ratio::Equal,
            Ratio::FirstDominant => Ratio::SecondDominant,
            Ratio::SecondDominant => Ratio::FirstDominant,
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.percentages();
        write!(formatter, "{first}/{second}")
    }
}

impl FromStr for Ratio {
    type Err = Error;

    /// Reads `50/50`, `70/30` or `30/70`.
    ///
    /// # Errors
    /// [`Error::UnknownRatio`] for anything else.
    fn from_str(text: &str) -> Result<Self, Error> {
        Ratio::ALL
            .into_iter()
            .find(|ratio| ratio.to_string() == text)
            .ok_or_else(|| Error::UnknownRatio { found: text.to_owned() })
    }
}

serde_as_text!(Ratio, "50/50, 70/30 or 30/70");

/// Two different non-neutral emotions and the ratio of their saliences; the emotions stand in vector order.
///
/// ```
/// use blemore_labels::{Blend, Emotion, Ratio};
///
/// let blend = Blend::new(Emotion::Sadness, Emotion::Anger, Ratio::FirstDominant)?;
/// assert_eq!((blend.first(), blend.second()), (Emotion::Anger, Emotion::Sadness));
/// assert_eq!(blend.ratio(), Ratio::SecondDominant);
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blend {
    first: Emotion,
    second: Emotion,
    ratio: Ratio,
}

impl Blend {
    /// The number of pairs that blend.
    pub const PAIR_COUNT: usize = 10;

    /// The pairs of emotions that blend, in vector order.
    pub fn pairs() -> impl Iterator<Item = (Emotion, Emotion)> {
        let blending = || Emotion::ALL.into_iter().filter(|emotion| emotion.blends());
        blending().flat_map(move |first| {
            blending().filter(move |second| first < *second).map(move |second| (first, second))
        })
    }

    /// A blend of `a` and `b`, in either order; `ratio` belongs to the order given.
    ///
    /// # Errors
    /// [`Error::SameEmotionTwice`], [`Error::NeutralInBlend`].
    pub fn new(a: Emotion, b: Emotion, ratio: Ratio) -> Result<Self, Error> {
        if a == b {
            return Err(Error::SameEmotionTwice(a));
        }
        if !a.blends() || !b.blends() {
            return Err(Error::NeutralInBlend { other: if a.blends() { a } else { b } });
        }
        Ok(if a < b {
            Blend { first: a, second: b, ratio }
        } else {
            Blend { first: b, second: a, ratio: ratio.swapped() }
        })
    }

    /// All 30 blends: pairs in vector order, each at 50/50, 70/30, 30/70.
    pub fn all() -> impl Iterator<Item = Blend> {
        Blend::pairs().flat_map(|(first, second)| {
            Ratio::ALL.into_iter().map(move |ratio| Blend { first, second, ratio })
        })
    }

    /// The emotion that comes first in vector order.
    pub const fn first(self) -> Emotion {
        self.first
    }

    /// The emotion that comes second in vector order.
    pub const fn second(self) -> Emotion {
        self.second
    }

    /// The ratio of the first emotion's salience to the second's.
    pub const fn ratio(self) -> Ratio {
        self.ratio
    }

    /// The position of the pair among the ten, 0 to 9, whatever the ratio.
    const fn pair_index(self) -> usize {
        // Pairs before those that start with `first`: 4 + 3 + ... for the five emotions that blend.
        let (first, second) = (self.first.index(), self.second.index());
        first * (2 * (Emotion::COUNT - 1) - first - 1) / 2 + second - first - 1
    }
}

impl fmt::Display for Blend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}+{} {}", self.first, self.second, self.ratio)
    }
}

impl FromStr for Blend {
    type Err = Error;

    /// Reads a text such as `ang+hap 30/70`, the emotions in either order.
    ///
    /// # Errors
    /// [`Error::LabelSyntax`], and the errors of the emotions, the ratio and [`Blend::new`].
    fn from_str(text: &str) -> Result<Self, Error> {
        let syntax = || Error::LabelSyntax { found: text.to_owned() };
        let (emotions, ratio) = text.split_once(' ').ok_or_else(syntax)?;
        let (first, second) = emotions.split_once('+').ok_or_else(syntax)?;
        Blend::new(first.parse()?, second.parse()?, ratio.parse()?)
    }
}

serde_as_text!(Blend, "a blend such as \"ang+hap 30/70\"");

/// What a clip shows: a single emotion (salience 1) or a blend (section III); one of 36.
///
/// ```
/// use blemore_labels::{Emotion, Label, Ratio};
///
/// let blend = Label::blend(Emotion::Anger, Emotion::Happiness, Ratio::SecondDominant)?;
/// assert_eq!(blend.to_string(), "ang+hap 30/70");
/// assert_eq!("hap".parse::<Label>()?, Label::Single(Emotion::Happiness));
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// One emotion alone.
    Single(Emotion),
    /// Two emotions.
    Blend(Blend),
}

impl Label {
    /// The number of labels: 6 single emotions and 10 blends at 3 ratios.
    pub const COUNT: usize = Emotion::COUNT + Blend::PAIR_COUNT * Ratio::ALL.len();

    /// A blend of `a` and `b`, in either order; `ratio` belongs to the order given.
    ///
    /// # Errors
    /// Those of [`Blend::new`].
    pub fn blend(a: Emotion, b: Emotion, ratio: Ratio) -> Result<Self, Error> {
        Blend::new(a, b, ratio).map(Self::Blend)
    }

    /// All 36 labels in a stable order: single emotions, then blends by pair and ratio.
    pub fn all() -> impl Iterator<Item = Label> {
        Emotion::ALL.into_iter().map(Label::Single).chain(Blend::all().map(Label::Blend))
    }

    /// The position in [`Label::all`], 0 to 35.
    pub const fn index(self) -> usize {
        match self {
            Label::Single(emotion) => emotion.index(),
            Label::Blend(blend) => {
                Emotion::COUNT + blend.pair_index() * Ratio::ALL.len() + blend.ratio as usize
            }
        }
    }

    /// Whether two emotions are shown. Only such clips count for ACC_salience.
    pub const fn is_blend(self) -> bool {
        matches!(self, Label::Blend(_))
    }

    /// The set of emotions shown, without their salience.
    pub const fn presence(self) -> PresenceClass {
        match self {
            Label::Single(emotion) => PresenceClass::of_single(emotion),
            Label::Blend(blend) => PresenceClass::of_pair(blend.first, blend.second, blend.pair_index()),
        }
    }

    /// The emotions shown with their saliences in percent, in vector order.
    pub fn components(self) -> impl Iterator<Item = (Emotion, u8)> {
        let (first, second) = match self {
            Label::Single(emotion) => ((emotion, 100), None),
            Label::Blend(blend) => {
                let (first, second) = blend.ratio.percentages();
                ((blend.first, first), Some((blend.second, second)))
            }
        };
        std::iter::once(first).chain(second)
    }

    /// The soft target `p = gamma e_i + delta e_j` of the paper: six entries that sum to 1.
    pub fn salience(self) -> SalienceVector {
        SalienceVector::of_label(self)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Label::Single(emotion) => write!(formatter, "{emotion}"),
            Label::Blend(blend) => write!(formatter, "{blend}"),
        }
    }
}

impl FromStr for Label {
    type Err = Error;

    /// Reads `hap` or `ang+hap 30/70`.
    ///
    /// # Errors
    /// As [`Emotion`]'s and [`Blend`]'s.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.contains(['+', ' ']) {
            text.parse().map(Label::Blend)
        } else {
            text.parse().map(Label::Single)
        }
    }
}

serde_as_text!(Label, "a label such as \"hap\" or \"ang+hap 30/70\"");
