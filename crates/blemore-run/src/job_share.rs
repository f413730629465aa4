//! Shares of the work, for job arrays.

use std::str::FromStr;

use crate::Error;

/// Share `index` of `count`: every `count`-th cell.
///
/// ```
/// use blemore_run::JobShare;
/// let share: JobShare = "2/3".parse()?;
/// assert!((0..6).map(|cell| share.contains(cell)).eq([false, true, false, false, true, false]));
/// assert!("0/3".parse::<JobShare>().is_err());
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobShare {
    /// From 1 to `count`.
    index: usize,
    count: usize,
}

impl JobShare {
    /// Whether the cell at this position (from 0) is in the share.
    pub fn contains(self, position: usize) -> bool {
        position % self.count == self.index - 1
    }
}

impl FromStr for JobShare {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let numbers = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.trim().parse().ok()?, count.trim().parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err(Error::Share { found: text.to_owned() }),
        }
    }
}
