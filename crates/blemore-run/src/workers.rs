//! How much of the machine a run may use.

use std::num::NonZeroUsize;

/// How much of the machine fits may use.
///
/// ```
/// use std::num::NonZeroUsize;
/// use blemore_run::Workers;
/// let four_cores = Workers { jobs: NonZeroUsize::new(4), ..Workers::default() };
/// assert_eq!(four_cores.fits, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Workers {
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
}
