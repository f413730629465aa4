//! What a run is computed on: its numbers do not depend on it.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use crate::Error;

/// What a run is computed on, and how much of it. On the processor, results are the same for all values. A graphics
/// processor gives other last digits.
///
/// ```
/// use std::num::NonZeroUsize;
/// use blemore_run::Execution;
/// let four_cores = Execution { jobs: NonZeroUsize::new(4), ..Execution::default() };
/// assert_eq!(four_cores.fits, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// Processors; all unless given.
    pub jobs: Option<NonZeroUsize>,
    /// Fits side by side, whatever memory they take.
    ///
    /// Unless given, as many as there are processors, but no more than together take as much memory as the features:
    /// twice the feature table all in all. One fit always goes on; where the table is smaller than 16 MiB, fits may take
    /// 16 MiB; and fits whose products are left to libtorch ([`Arithmetic::Published`](crate::Arithmetic::Published), small
    /// models) gain little from threads, so memory does not keep them apart. On a graphics processor all fits go on at
    /// once.
    pub fits: Option<NonZeroUsize>,
    /// Where the arithmetic runs.
    pub device: Device,
}

/// Where the arithmetic runs: `cpu`, `cuda` or `cuda:1`.
///
/// ```
/// use blemore_run::Device;
/// assert_eq!("cuda".parse::<Device>()?, Device::Cuda(0));
/// assert_eq!(Device::Cuda(1).to_string(), "cuda:1");
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The graphics processor of this index; needs a libtorch built for CUDA. Its speed has not been
    /// measured.
    Cuda(usize),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.pad("cpu"),
            Self::Cuda(index) => f.pad(&format!("cuda:{index}")),
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let cuda = |index: &str| index.parse().ok().map(Self::Cuda);
        let device = match text.split_once(':') {
            None if text == "cpu" => Some(Self::Cpu),
            None if text == "cuda" => Some(Self::Cuda(0)),
            Some(("cuda", index)) => cuda(index),
            _ => None,
        };
        device.ok_or_else(|| Error::UnknownName {
            what: "device",
            expected: "cpu, cuda or cuda:INDEX",
            found: text.to_owned(),
        })
    }
}
