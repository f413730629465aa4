//! Whether training looks at the features of the clips that it is scored on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the name of features ends with where those of the held-out clips were looked at.
pub const ALIGNED: &str = " (aligned with held-out clips)";

/// How training features are made like those of the held-out clips. No label of these is looked at, but their features
/// are, all together: in a deployment there would have to be as many clips before the first is predicted.
///
/// ```
/// use blemore_run::{FeatureAlignment, Recipe};
/// assert_eq!(Recipe::from_toml("alignment = 'correlation'")?.alignment, FeatureAlignment::Correlation);
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureAlignment {
    /// Not at all, as in the paper.
    #[default]
    None,
    /// Training features get the covariance of those of the held-out clips (CORAL, Sun, Feng and Saenko 2016): of the fold
    /// in cross-validation, of the test clips in the held-out test.
    Correlation,
}

impl FeatureAlignment {
    /// The name of features with [`ALIGNED`], where they are aligned and it does not say so already.
    pub fn marked(self, features: &str) -> String {
        match self {
            Self::Correlation if !features.ends_with(ALIGNED) => format!("{features}{ALIGNED}"),
            _ => features.to_owned(),
        }
    }

    /// Whether it is the paper's. It is left out of recipes, so that they are those of earlier versions.
    pub(crate) fn is_published(&self) -> bool {
        *self == Self::None
    }
}

impl fmt::Display for FeatureAlignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Correlation => "correlation",
        })
    }
}
