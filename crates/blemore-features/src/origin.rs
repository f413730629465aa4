//! Where features come from.

use std::fmt;

use blemore_media::Recipe;
use serde::{Deserialize, Serialize};

use crate::Statistic;

/// How the features of one encoder were made: all that is needed to make those of another clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// From a clip to the rows of its array, by `blemore encode`.
    #[serde(flatten)]
    pub recipe: Recipe,
    /// The statistics over the rows, which make one row per clip (Table II); none where each row is an example (Table III).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<Statistic>,
}

impl Origin {
    /// Whether the encoder's weights were random ones: then the features mean nothing.
    pub fn is_random(&self) -> bool {
        self.recipe.is_random()
    }
}

/// The recipe, and what was done with the rows.
impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.statistics.iter().map(Statistic::to_string).collect();
        match names.len() {
            0 => write!(formatter, "{}, rows", self.recipe),
            _ => write!(formatter, "{}; {}", self.recipe, names.join(", ")),
        }
    }
}
