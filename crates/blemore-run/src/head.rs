//! What the last layer of a model gives.

use std::fmt;

use blemore_labels::{Blend, Emotion, Label, PresenceClass, Ratio};
use serde::{Deserialize, Serialize};

/// What the last layer of a model gives, and so what it is trained to say.
///
/// Two heads give a probability for each of the 36 labels. The other two give six numbers; of these no distribution over
/// labels follows without knowing how sharp they are, which a [`LabelModel`](blemore_eval::LabelModel) learns from labelled
/// clips.
///
/// ```
/// use blemore_run::{Head, Recipe};
/// assert_eq!(Recipe::from_toml("head = 'set-and-ratio'")?.head, Head::SetAndRatio);
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// One softmax over the six emotions, against soft labels (section "Baselines"): six outputs.
    #[default]
    Emotions,
    /// A softmax over the 16 sets of emotions, and for each of the ten pairs one over its three ratios, given that the pair
    /// is shown: 46 outputs, the sets in the order of [`PresenceClass::all`], then the ratios of pair after pair.
    SetAndRatio,
    /// One softmax over the 36 labels: 36 outputs in the order of [`Label::all`].
    Labels,
    /// The six proportions by regression: six outputs, without a softmax. As probabilities they are the nearest ones that
    /// are not negative and sum to 1.
    Proportions,
}

impl Head {
    /// The number of outputs of the last layer.
    pub const fn outputs(self) -> usize {
        match self {
            Self::Emotions | Self::Proportions => Emotion::COUNT,
            Self::SetAndRatio => PresenceClass::COUNT + Blend::PAIR_COUNT * Ratio::ALL.len(),
            Self::Labels => Label::COUNT,
        }
    }

    /// Whether it gives a probability for each label, so that no thresholds are chosen.
    pub const fn gives_labels(self) -> bool {
        matches!(self, Self::SetAndRatio | Self::Labels)
    }

    /// Numbers per clip of what it says: see [`ClipOutputs`](crate::ClipOutputs).
    pub const fn classes(self) -> usize {
        if self.gives_labels() { Label::COUNT } else { Emotion::COUNT }
    }

    /// Whether it is the paper's. It is left out of recipes, so that they are those of earlier versions.
    pub(crate) fn is_published(&self) -> bool {
        *self == Self::Emotions
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Emotions => "emotions",
            Self::SetAndRatio => "set-and-ratio",
            Self::Labels => "labels",
            Self::Proportions => "proportions",
        })
    }
}
