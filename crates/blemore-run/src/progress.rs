//! News of a run.

use crate::{Cell, EpochRecord};

/// News of a run.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// The cells of the run are known.
    Planned {
        /// How many cells there are to do.
        cells: usize,
        /// How many epochs each of them has.
        epochs: usize,
    },
    /// An epoch of a cell ended.
    Epoch {
        /// The cell.
        cell: &'a Cell,
        /// The epoch.
        record: &'a EpochRecord,
    },
    /// A cell is done.
    Finished {
        /// The cell.
        cell: &'a Cell,
        /// Epochs that did not have to be trained, because the result was there already.
        epochs_found: usize,
    },
}
