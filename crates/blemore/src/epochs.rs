//! Counting the epochs of cells that are trained side by side.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use blemore_base::{Listener, Progress};

/// Counts the epochs of all cells of some work, and reports them.
pub(crate) struct Epochs<'a> {
    /// Cells and held-out tests.
    cells: usize,
    finished: AtomicUsize,
    total: usize,
    done: AtomicUsize,
    listener: Listener<'a>,
}

impl<'a> Epochs<'a> {
    /// For this number of cells, with this number of epochs in total.
    pub(crate) fn new(cells: usize, total: usize, listener: Listener<'a>) -> Self {
        Self { cells, finished: AtomicUsize::new(0), total, done: AtomicUsize::new(0), listener }
    }

    /// An epoch of a cell was trained.
    pub(crate) fn trained(&self, cell: &dyn fmt::Display) {
        self.tell(1, cell);
    }

    /// A cell is finished. `found` of its epochs were not trained, because their results were there.
    pub(crate) fn finished(&self, cell: &dyn fmt::Display, found: usize) {
        self.tell(found, cell);
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    /// Reports a note on a file or folder once.
    pub(crate) fn note(&self, path: &Path, note: &str) {
        (self.listener)(Progress::Note { path, note });
    }

    fn tell(&self, epochs: usize, cell: &dyn fmt::Display) {
        let done = self.done.fetch_add(epochs, Ordering::Relaxed) + epochs;
        let number = (self.finished.load(Ordering::Relaxed) + 1).min(self.cells);
        let what = format!("cell {number} of {}: {cell}", self.cells);
        (self.listener)(Progress::Step { unit: "epochs", done, total: self.total, what: &what });
    }
}
