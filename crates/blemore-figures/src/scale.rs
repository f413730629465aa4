//! From values to places, and the values that are written along an axis.

/// Places along an axis: `low` lies at `start`, `high` at `end`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) start: f64,
    pub(crate) end: f64,
}

impl Scale {
    /// The place of a value.
    pub(crate) fn place(self, value: f64) -> f64 {
        self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)
    }
}

/// A value that is written along an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) text: String,
}

/// The least and the greatest of the values; of none, infinity and its negative.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let wider = |(low, high): (f64, f64), value| (low.min(value), high.max(value));
    values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), wider)
}

/// A range that is a little wider than the values, and never empty.
pub(crate) fn range_of(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (low, high) = extent(values.into_iter().filter(|value| value.is_finite()));
    if low > high {
        return (0.0, 1.0);
    }
    let margin = (high - low) * 0.05;
    let margin = if margin > 0.0 { margin } else { low.abs().max(1.0) * 0.05 };
    (low - margin, high + margin)
}

/// Round values within a range, with at most so many steps between them.
pub(crate) fn ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let step = step(low, high, most);
    // Of a step of 0.25 both digits are written.
    let decimals = (0..12_usize).find(|decimals| is_whole(step * 10_f64.powi(*decimals as i32))).unwrap_or(0);
    let first = (low / step - 1e-9).ceil();
    (0..=most)
        .map(|number| (first + number as f64) * step)
        .take_while(|value| *value <= high + step * 1e-9)
        .map(|value| Tick { value, text: format!("{:.decimals$}", value + 0.0) })
        .collect()
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten of which at most so many fit the range.
fn step(low: f64, high: f64, most: usize) -> f64 {
    let rough = (high - low) / most.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
    round.into_iter().find(|step| *step >= rough * (1.0 - 1e-9)).unwrap_or(rough)
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(low: f64, high: f64, most: usize) -> Vec<String> {
        ticks(low, high, most).into_iter().map(|tick| tick.text).collect()
    }

    #[test]
    fn ticks_are_round_and_within_the_range() {
        assert_eq!(texts(0.0, 1.0, 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(0.05, 0.95, 4), ["0.25", "0.50", "0.75"]);
        assert_eq!(texts(-1.2, 1.1, 4), ["-1", "0", "1"]);
        assert_eq!(texts(0.0, 2456.0, 5), ["0", "500", "1000", "1500", "2000"]);
        assert_eq!(texts(1.7001, 1.7009, 4), ["1.7002", "1.7004", "1.7006", "1.7008"]);
    }

    #[test]
    fn a_range_is_never_empty() {
        assert_eq!(range_of([]), (0.0, 1.0));
        let (low, high) = range_of([3.0, 3.0, f64::NAN]);
        assert!(low < 3.0 && 3.0 < high);
    }
}
