//! Predictions: which emotions a system says a clip shows, and how salient each is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Emotion, Error, Label};

/// One emotion of a prediction with its salience in percent, as the challenge's JSON has it.
///
/// ```
/// use blemore_labels::{Component, Emotion};
///
/// let component: Component = serde_json::from_str(r#"{"emotion": "hap", "salience": 70}"#)?;
/// assert_eq!(component, Component { emotion: Emotion::Happiness, salience: 70.0 });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// The emotion.
    pub emotion: Emotion,
    /// Its salience as it was submitted: percent by the challenge's convention, not checked.
    pub salience: f64,
}

/// What a system says of one clip: any number of emotions with any salience, as submitted.
///
/// Unlike a [`Label`] it can be wrong in form: scoring a prediction file has to read what is there. [`Prediction::label`]
/// tells whether it is one of the 36.
///
/// ```
/// use blemore_labels::{Label, Prediction};
///
/// let label: Label = "ang+hap 30/70".parse()?;
/// let prediction = Prediction::from(label);
/// assert_eq!(prediction.to_string(), "ang:30 hap:70");
/// assert_eq!(prediction.label(), Some(label));
/// assert_eq!("ang:60 hap:40".parse::<Prediction>()?.label(), None);
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prediction {
    components: Vec<Component>,
}

impl Prediction {
    /// A prediction of these components, in this order, unchecked.
    pub fn new(components: Vec<Component>) -> Self {
        Prediction { components }
    }

    /// The components, in the order in which they were given.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The label that the prediction is, in any order of its components; `None` when it is none of the 36.
    ///
    /// A single emotion may have salience 100 or 1: both occur in published files.
    pub fn label(&self) -> Option<Label> {
        match self.components[..] {
            [only] if only.salience == 100.0 || only.salience == 1.0 => Some(Label::Single(only.emotion)),
            [a, b] => {
                let ratio = crate::Ratio::from_percentages(a.salience, b.salience).ok()?;
                crate::Blend::new(a.emotion, b.emotion, ratio).ok().map(Label::Blend)
            }
            _ => None,
        }
    }
}

impl From<Label> for Prediction {
    fn from(label: Label) -> Self {
        let component = |(emotion, percent)| Component { emotion, salience: f64::from(percent) };
        Prediction { components: label.components().map(component).collect() }
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, component) in self.components.iter().enumerate() {
            if position > 0 {
                formatter.write_str(" ")?;
            }
            write!(formatter, "{}:{}", component.emotion, component.salience)?;
        }
        Ok(())
    }
}

impl FromStr for Prediction {
    type Err = Error;

    /// Reads `ang:30 hap:70`; the empty text is the empty prediction.
    ///
    /// # Errors
    /// [`Error::PredictionSyntax`] and [`Error::UnknownEmotion`].
    fn from_str(text: &str) -> Result<Self, Error> {
        let component = |part: &str| {
            let syntax = || Error::PredictionSyntax { found: text.to_owned() };
            let (emotion, salience) = part.split_once(':').ok_or_else(syntax)?;
            Ok(Component { emotion: emotion.parse()?, salience: salience.parse().map_err(|_| syntax())? })
        };
        let components = text.split_whitespace().map(component).collect::<Result<_, Error>>()?;
        Ok(Prediction { components })
    }
}
