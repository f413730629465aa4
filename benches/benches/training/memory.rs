//! How much memory this process holds, where the system tells.

use std::fmt;
use std::fs;

use blemore_benches::memory;

/// Bytes resident once libtorch has started and trained something small: what it takes whatever the features.
#[derive(Clone, Copy)]
pub(crate) struct Baseline(Option<usize>);

/// The most bytes that were resident, over the baseline, and the size of the features they are set against.
#[derive(Clone, Copy)]
pub(crate) struct Peak {
    pub(crate) bytes: Option<usize>,
    pub(crate) features: usize,
}

impl Baseline {
    pub(crate) fn now() -> Self {
        Self(memory("VmRSS:"))
    }

    /// The most that is resident while `work` is done.
    pub(crate) fn peak<R>(self, features: usize, work: impl FnOnce() -> R) -> (R, Peak) {
        // The number sets the most so far to what is resident now.
        let reset = fs::write("/proc/self/clear_refs", "5").is_ok();
        let result = work();
        let most = memory("VmHWM:").filter(|_| reset);
        let bytes = most.zip(self.0).map(|(most, before)| most.saturating_sub(before));
        (result, Peak { bytes, features })
    }
}

impl fmt::Display for Peak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes {
            None => write!(f, "memory not measured"),
            Some(bytes) => {
                let times = bytes as f64 / self.features as f64;
                write!(f, "{:>4.0} MB, {times:.2} x the features", bytes as f64 / 1e6)
            }
        }
    }
}
