//! The statistics that can be asked for.

use std::fmt;
use std::str::FromStr;

use super::AggregationError;

/// One statistic of a dimension over the frames of a clip.
///
/// The paper's seven are [`Statistic::PAPER`] (Section IV, aggregation baseline). `Display` and `FromStr` use
/// short names: `mean`, `std`, `var`, `skewness`, `kurtosis`, `min`, `max`, `range`, `iqr`, and `p10` for the
/// 10th percentile.
///
/// ```
/// use blemore_features::Statistic;
///
/// assert_eq!("p10".parse(), Ok(Statistic::Quantile(0.1)));
/// assert_eq!("median".parse(), Ok(Statistic::Quantile(0.5)));
/// assert_eq!(Statistic::PAPER.map(|s| s.to_string()), ["mean", "std", "p10", "p25", "p50", "p75", "p90"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Statistic {
    /// Arithmetic mean.
    Mean,
    /// Population standard deviation (`ddof = 0`).
    StandardDeviation,
    /// Population variance (`ddof = 0`).
    Variance,
    /// Third standardised moment (biased, as SciPy's default); 0 for a constant dimension.
    Skewness,
    /// Fourth standardised moment minus 3 (biased, Fisher's, as SciPy's default); 0 for a constant dimension.
    Kurtosis,
    /// Smallest value.
    Minimum,
    /// Largest value.
    Maximum,
    /// Largest minus smallest value.
    Range,
    /// The 75th minus the 25th percentile.
    InterquartileRange,
    /// A quantile in [0, 1] with linear interpolation (numpy's default): `Quantile(0.1)` is the 10th
    /// percentile.
    Quantile(f64),
    /// A statistic of your own.
    Custom(CustomStatistic),
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
            Self::Quantile(found) if !(0.0..=1.0).contains(&found) => {
                Err(AggregationError::InvalidQuantile { found })
            }
            _ => Ok(()),
        }
    }
}

/// A statistic that the caller computes from one dimension's values, in frame order.
///
/// ```
/// use blemore_features::{Aggregator, CustomStatistic, Statistic};
/// use ndarray::array;
///
/// fn mean_absolute_step(values: &[f32]) -> f32 {
///     let steps = values.windows(2).map(|pair| (pair[1] - pair[0]).abs());
///     steps.sum::<f32>() / (values.len() - 1).max(1) as f32
/// }
/// let step = CustomStatistic { name: "mean-absolute-step", compute: mean_absolute_step };
/// let aggregator = Aggregator::new([Statistic::Mean, Statistic::Custom(step)])?;
/// assert_eq!(aggregator.aggregate(array![[0.0], [4.0], [2.0]].view())?.to_vec(), [2.0, 3.0]);
/// # Ok::<(), blemore_features::AggregationError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CustomStatistic {
    /// Short name, shown where the statistic is listed.
    pub name: &'static str,
    /// The computation: one dimension's T finite values in frame order, T at least 1.
    pub compute: fn(&[f32]) -> f32,
}

/// Two are equal when they carry the same name.
impl PartialEq for CustomStatistic {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => f.write_str("mean"),
            Self::StandardDeviation => f.write_str("std"),
            Self::Variance => f.write_str("var"),
            Self::Skewness => f.write_str("skewness"),
            Self::Kurtosis => f.write_str("kurtosis"),
            Self::Minimum => f.write_str("min"),
            Self::Maximum => f.write_str("max"),
            Self::Range => f.write_str("range"),
            Self::InterquartileRange => f.write_str("iqr"),
            Self::Quantile(fraction) => write!(f, "p{}", percent(*fraction)),
            Self::Custom(custom) => f.write_str(custom.name),
        }
    }
}

/// The shortest percentage that divides back to `fraction`: 0.07 gives 7, although 0.07 * 100.0 is not 7.0.
fn percent(fraction: f64) -> f64 {
    let exact = fraction * 100.0;
    let rounded = (exact * 1e6).round() / 1e6;
    if rounded / 100.0 == fraction { rounded } else { exact }
}

impl FromStr for Statistic {
    type Err = AggregationError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let unknown = || AggregationError::UnknownStatistic { found: word.to_owned() };
        let statistic = match word {
            "mean" => Self::Mean,
            "std" => Self::StandardDeviation,
            "var" => Self::Variance,
            "skewness" => Self::Skewness,
            "kurtosis" => Self::Kurtosis,
            "min" => Self::Minimum,
            "max" => Self::Maximum,
            "range" => Self::Range,
            "iqr" => Self::InterquartileRange,
            "median" => Self::Quantile(0.5),
            _ => {
                let percent = word.strip_prefix('p').ok_or_else(unknown)?;
                Self::Quantile(percent.parse::<f64>().map_err(|_| unknown())? / 100.0)
            }
        };
        statistic.validate()?;
        Ok(statistic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_whole_and_broken_percentiles_are_read_back() {
        for percent in (0..=1000).map(|p| f64::from(p) / 10.0) {
            let statistic = Statistic::Quantile(percent / 100.0);
            let name = statistic.to_string();
            assert!(name.len() <= "p99.9".len(), "{name}");
            assert_eq!(name.parse(), Ok(statistic), "{name}");
        }
    }

    #[test]
    fn words_that_name_nothing_are_refused() {
        for word in ["", "p", "q10", "Mean", "p10%"] {
            assert_eq!(
                word.parse::<Statistic>(),
                Err(AggregationError::UnknownStatistic { found: word.to_owned() })
            );
        }
        assert!(matches!("p101".parse::<Statistic>(), Err(AggregationError::InvalidQuantile { .. })));
        assert!(matches!("pnan".parse::<Statistic>(), Err(AggregationError::InvalidQuantile { .. })));
    }
}
