//! Fewer frames than a file has.

use std::fmt;
use std::num::NonZeroUsize;

/// Which of the decoded frames are kept.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Thinning {
    /// All of them.
    #[default]
    All,
    /// The first of every so many.
    Every(NonZeroUsize),
    /// At most so many per second: the first frame of each period, by its time. Frames are never repeated.
    Fps(f64),
}

impl Thinning {
    /// Frames per second that are kept of a video with `rate` of them.
    pub fn rate(self, rate: f64) -> f64 {
        match self {
            Thinning::All => rate,
            Thinning::Every(count) => rate / count.get() as f64,
            Thinning::Fps(most) => rate.min(most),
        }
    }
}

impl fmt::Display for Thinning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thinning::All => formatter.write_str("all frames"),
            Thinning::Every(count) => write!(formatter, "one of {count} frames"),
            Thinning::Fps(rate) => write!(formatter, "at most {rate} frames per second"),
        }
    }
}

/// Decides frame by frame.
#[derive(Debug)]
pub(crate) struct Thinner {
    thinning: Thinning,
    /// The period of the last frame that was kept.
    period: Option<f64>,
}

impl Thinner {
    pub(crate) fn new(thinning: Thinning) -> Self {
        Self { thinning, period: None }
    }

    /// Whether the frame with this number and time is kept. A frame without a time is.
    pub(crate) fn keeps(&mut self, index: usize, time: Option<f64>) -> bool {
        match self.thinning {
            Thinning::All => true,
            Thinning::Every(count) => index.is_multiple_of(count.get()),
            Thinning::Fps(rate) => {
                // Containers round times to a millisecond at worst.
                let period = time.map(|time| ((time + 6e-4) * rate).floor());
                let is_new = period.is_none() || period != self.period;
                self.period = period;
                is_new
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(thinning: Thinning, times: impl IntoIterator<Item = f64>) -> Vec<usize> {
        let mut thinner = Thinner::new(thinning);
        let times = times.into_iter().enumerate();
        times.filter_map(|(index, time)| thinner.keeps(index, Some(time)).then_some(index)).collect()
    }

    #[test]
    fn frames_are_thinned_out_by_number_and_by_time() {
        let at_30 = || (0..12).map(|frame| f64::from(frame) / 30.0);
        assert_eq!(kept(Thinning::All, at_30()).len(), 12);
        assert_eq!(kept(Thinning::Every(NonZeroUsize::new(5).unwrap()), at_30()), [0, 5, 10]);
        assert_eq!(kept(Thinning::Fps(10.0), at_30()), [0, 3, 6, 9]);
        assert_eq!(kept(Thinning::Fps(60.0), at_30()).len(), 12);
        let all = [
            Thinning::All,
            Thinning::Every(NonZeroUsize::new(5).unwrap()),
            Thinning::Fps(10.0),
            Thinning::Fps(60.0),
        ];
        assert_eq!(all.map(|thinning| thinning.rate(30.0)), [30.0, 6.0, 10.0, 30.0]);
        // Matroska rounds times to milliseconds.
        let rounded = (0..300).map(|frame| (f64::from(frame) / 30.0 * 1000.0).round() / 1000.0);
        assert_eq!(kept(Thinning::Fps(30.0), rounded).len(), 300);
        assert_eq!(kept(Thinning::Fps(2.0), [0.0, 0.1, 0.4, 0.9, 1.2, 1.3, 5.0]), [0, 3, 4, 6]);
        let mut thinner = Thinner::new(Thinning::Fps(1.0));
        assert!(thinner.keeps(0, None) && thinner.keeps(1, None));
    }
}
