//! How the features of several encoders become one input.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Most numbers per encoder in the shared space, and most encoders: beyond this a number is a slip of the keyboard.
const MOST: usize = 1 << 16;

/// How the features of several encoders become the input of a model's layers.
///
/// ```
/// use blemore_run::{EncoderFusion, Recipe};
/// let recipe = Recipe::from_toml("fusion = { gated = { width = 64, best = 2 } }")?;
/// assert_eq!(recipe.fusion, EncoderFusion::Gated { width: 64, best: Some(2) });
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum EncoderFusion {
    /// All columns side by side (section IV of the paper): each clip has a row of every encoder.
    #[default]
    Early,
    /// Each encoder's columns are projected to a shared width. A softmax over the encoders that a clip has weighs them, and
    /// the sum is the input of the layers. After arXiv 2605.21417, the challenge's second place.
    ///
    /// The recipe's learning rate is that of the projections. The gate and the layer above it take steps that are as many
    /// times larger as an encoder has, on average, more columns than `width`.
    Gated {
        /// Numbers per encoder in the shared space.
        width: usize,
        /// How many encoders with the largest weights are added up; all unless given. The weights are those of the softmax
        /// over all, so that those left out still learn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        best: Option<usize>,
    },
}

impl EncoderFusion {
    /// Whether a clip may lack encoders.
    pub const fn takes_missing(self) -> bool {
        matches!(self, Self::Gated { .. })
    }

    /// The same with all encoders added up.
    pub(crate) const fn with_all(self) -> Self {
        match self {
            Self::Early => Self::Early,
            Self::Gated { width, .. } => Self::Gated { width, best: None },
        }
    }

    /// How many encoders are added up, where it is not all.
    pub const fn best(self) -> Option<usize> {
        match self {
            Self::Early => None,
            Self::Gated { best, .. } => best,
        }
    }

    /// Whether it is the paper's. It is left out of recipes, so that they are those of earlier versions.
    pub(crate) fn is_published(&self) -> bool {
        *self == Self::Early
    }

    pub(crate) fn is_valid(self) -> bool {
        let counts = 1..=MOST;
        match self {
            Self::Early => true,
            Self::Gated { width, best } => {
                counts.contains(&width) && best.is_none_or(|best| counts.contains(&best))
            }
        }
    }
}

impl fmt::Display for EncoderFusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Early => f.pad("early"),
            Self::Gated { width, best: None } => f.pad(&format!("gated {width}")),
            Self::Gated { width, best: Some(best) } => f.pad(&format!("gated {width}, best {best}")),
        }
    }
}

/// The weight that a gate gives an encoder, averaged over clips.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderWeight {
    /// The encoder, as its table was called.
    pub encoder: String,
    /// The mean over the clips, from 0 to 1; 0 for a clip that lacks the encoder, or of which it is none of the best.
    pub weight: f64,
}
