//! The statistics that can be asked for.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AggregationError;

/// One statistic of a dimension over the frames of a clip.
///
/// The paper's seven are [`Statistic::PAPER`] (Section IV, aggregation baseline). `Display` gives short names:
/// `mean`, `std`, `var`, `min`, `max`, and `p10` for the 10th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Statistic {
    /// Arithmetic mean.
    Mean,
    /// Population standard deviation (`ddof = 0`).
    StandardDeviation,
    /// Population variance (`ddof = 0`).
    Variance,
    /// Smallest value.
    Minimum,
    /// Largest value.
    Maximum,
    /// A quantile in [0, 1] with linear interpolation (numpy's default): `Quantile(0.1)` is the 10th
    /// percentile.
    Quantile(f64),
}

impl Statistic {
    /// The paper's seven descriptors in their order: mean, standard deviation, 10th, 25th, 50th, 75th and
    /// 90th percentiles.
    pub const PAPER: [Self; 7] = [
        Self::Mean,
        Self::StandardDeviation,
        Self::Quantile(0.10),
        Self::Quantile(0.25),
        Self::Quantile(0.50),
        Self::Quantile(0.75),
        Self::Quantile(0.90),
    ];

    /// Checks what the type cannot: that a quantile lies in [0, 1].
    pub(super) fn validate(self) -> Result<(), AggregationError> {
        match self {
            Self::Quantile(found) if !(0.0..=1.0).contains(&found) => Err(AggregationError::Asked(format!(
                "a quantile of {found} does not exist: give a fraction from 0 to 1 (0.1 is the 10th percentile)"
            ))),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => f.write_str("mean"),
            Self::StandardDeviation => f.write_str("std"),
            Self::Variance => f.write_str("var"),
            Self::Minimum => f.write_str("min"),
            Self::Maximum => f.write_str("max"),
            Self::Quantile(fraction) => write!(f, "p{}", percent(*fraction)),
        }
    }
}

/// The shortest percentage that divides back to `fraction`: 0.07 gives 7, although 0.07 * 100.0 is not 7.0.
fn percent(fraction: f64) -> f64 {
    let exact = fraction * 100.0;
    let rounded = (exact * 1e6).round() / 1e6;
    if rounded / 100.0 == fraction { rounded } else { exact }
}
