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
    index: usize,
    count: usize,
}

impl JobShare {
    /// Share `index` (from 1) of `count`.
    ///
    /// # Errors
    /// [`Error::Share`] unless `1 <= index <= count`.
    pub fn new(index: usize, count: usize) -> Result<Self, Error> {
        if (1..=count).contains(&index) {
            return Ok(Self { index, count });
        }
        Err(Error::Share { found: format!("{index}/{count}") })
    }

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
        let (index, count) = numbers.ok_or_else(|| Error::Share { found: text.to_owned() })?;
        Self::new(index, count)
    }
}
