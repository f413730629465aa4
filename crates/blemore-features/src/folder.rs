//! A folder of per-clip arrays to one table of statistics (Section IV of the paper, aggregation baseline).

mod fault;
mod listing;
mod outcomes;
mod source;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use blemore_labels::ClipName;
use ndarray::{Array2, aview1};

pub use fault::{ClipFault, ClipProblem};
pub(crate) use listing::{Listing, Sorted, files_in, is_visible_file};
pub use outcomes::DroppedAxes;
pub(crate) use outcomes::odd_ones;
pub(crate) use source::{ClipArray, Place, Reader};
use worker::{Row, Worker};

use crate::npy::Layer;
use crate::{Aggregator, Error, FeatureTable, Mending, NonFinite};

/// Which arrays of a folder are read, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderOptions {
    /// Only arrays with this text in their file names.
    pub filter: Option<String>,
    /// The layer that is taken of arrays with all layers of a network, which are refused without it.
    pub layer: Option<Layer>,
    /// Whether the folder holds a folder per clip with one `.npy` file per frame. They are taken in the
    /// natural order of their names: `frame_2.npy` before `frame_10.npy`.
    pub frames: bool,
}

/// Turns a folder with one array a clip, or an archive of them, into a [`FeatureTable`].
///
/// Clips run side by side, one per thread in memory; the table has them in name order and the same bits
/// whatever the number of threads. Every file that cannot be used is reported, together with all others; what
/// was left out or mended is in the report. f8 and whole numbers have their statistics taken in f64, then
/// rounded. Archives, and `.npy` files of 16 MiB and more, are mapped into memory; smaller ones are read.
///
/// ```
/// use blemore_features::{FolderAggregation, NonFinite};
///
/// # let folder = tempfile::tempdir()?;
/// # let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }\n";
/// # let mut array = b"\x93NUMPY\x01\x00".to_vec();
/// # array.extend([header.len() as u8, 0]);
/// # array.extend(header.bytes().chain([1.0_f32, 3.0].into_iter().flat_map(f32::to_le_bytes)));
/// # std::fs::write(folder.path().join("test_0001.npy"), array)?;
/// # std::fs::write(folder.path().join("README.md"), "features")?;
/// let report = FolderAggregation::new(folder.path())
///     .non_finite(NonFinite::Interpolate)
///     .run(&|progress| eprintln!("{} of {}: {}", progress.done, progress.total, progress.clip))?;
/// assert_eq!(report.table.values(), ndarray::array![[2.0, 1.0, 1.2, 1.5, 2.0, 2.5, 2.8]]);
/// assert_eq!(report.ignored.len(), 1); // the README
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FolderAggregation {
    folder: PathBuf,
    aggregator: Aggregator,
    options: FolderOptions,
    threads: usize,
    non_finite: NonFinite,
}

/// How far an aggregation has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Clips done, this one included.
    pub done: usize,
    /// Clips in all.
    pub total: usize,
    /// The clip just done.
    pub clip: &'a ClipName,
}

/// The table of a folder, and what was left out or mended on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderReport {
    /// One row of statistics a clip, in name order.
    pub table: FeatureTable,
    /// Clips whose frames were mended, in name order; empty with [`NonFinite::Refuse`].
    pub mended: Vec<(ClipName, Mending)>,
    /// Arrays with axes of length 1 that were dropped.
    pub dropped_axes: Option<DroppedAxes>,
    /// What lies in the folder and is no array of a clip, in name order.
    pub ignored: Vec<PathBuf>,
    /// Number of arrays whose names do not contain the filter's text.
    pub filtered_out: usize,
}

impl FolderAggregation {
    /// The paper's seven statistics of every array in a folder, on all cores: `.npy` files, and `.npz` files
    /// that are named after a clip and hold one array. An `.npz` file instead of a folder gives its members,
    /// which are named after clips.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            aggregator: Aggregator::default(),
            options: FolderOptions::default(),
            threads: 0,
            non_finite: NonFinite::Refuse,
        }
    }

    /// Other statistics.
    #[must_use]
    pub fn aggregator(mut self, aggregator: Aggregator) -> Self {
        self.aggregator = aggregator;
        self
    }

    /// Which arrays are read, and how.
    #[must_use]
    pub fn options(mut self, options: FolderOptions) -> Self {
        self.options = options;
        self
    }

    /// The number of threads; 0, the default, is one a core.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// What to do with values that are not finite.
    #[must_use]
    pub fn non_finite(mut self, policy: NonFinite) -> Self {
        self.non_finite = policy;
        self
    }

    /// Aggregates the folder into memory; `progress` is called on this thread after each clip.
    ///
    /// # Errors
    /// [`Error::Read`] for a folder that cannot be read, [`Error::Npz`] for an archive, [`Error::NoClips`]
    /// when there is no array to aggregate, [`Error::Folder`] with every array that cannot be used,
    /// [`Error::Thread`].
    pub fn run(&self, progress: &dyn Fn(Progress<'_>)) -> Result<FolderReport, Error> {
        let listing = Listing::read(&self.folder, &self.options)?;
        let sources = &listing.sources;
        let mut values = Array2::zeros((0, 0));
        let mut about = vec![None; sources.len()];
        let (mut mended, mut faults) = (Vec::new(), Vec::new());
        let mut done = 0;
        self.for_each(&listing, |index, result| {
            let source = &sources[index];
            match result {
                Ok(row) => {
                    // The first row decides the width of the matrix; if another comes, there will be no
                    // table.
                    if values.is_empty() {
                        values = Array2::zeros((sources.len(), row.values.len()));
                    }
                    if values.ncols() == row.values.len() {
                        values.row_mut(index).assign(&aview1(&row.values));
                    }
                    mended.extend(row.mending.map(|mending| (source.clip.clone(), mending)));
                    about[index] = Some(row.about);
                }
                Err(problem) => faults.push(source.fault(problem)),
            }
            done += 1;
            progress(Progress { done, total: sources.len(), clip: &source.clip });
        })?;
        faults.extend(odd_ones(sources, &about));
        faults.extend(listing.faults.iter().cloned());
        if !faults.is_empty() {
            faults.sort_by(|one, other| one.path.cmp(&other.path));
            return Err(Error::Folder { folder: self.folder.clone(), faults });
        }
        mended.sort_by(|one, other| one.0.cmp(&other.0));
        let dropped_axes = DroppedAxes::of(sources, &about);
        let clips = sources.iter().map(|source| source.clip.clone()).collect();
        let table = FeatureTable::new(clips, values)?;
        let Listing { ignored, filtered_out, .. } = listing;
        Ok(FolderReport { table, mended, dropped_axes, ignored, filtered_out })
    }

    /// Hands what has become of each clip to `take`, on this thread.
    fn for_each(
        &self,
        listing: &Listing,
        mut take: impl FnMut(usize, Result<Row, ClipProblem>),
    ) -> Result<(), Error> {
        let archive = listing.archive()?;
        let sources = &listing.sources;
        let threads = match self.threads {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let threads = threads.clamp(1, sources.len().max(1));
        let next = AtomicUsize::new(0);
        // Bounded, so that rows do not pile up in front of a slow reader of the progress.
        let (sender, receiver) = mpsc::sync_channel(2 * threads);
        thread::scope(|scope| {
            for _ in 0..threads {
                let (sender, next, archive) = (sender.clone(), &next, archive.as_ref());
                let work = move || {
                    let mut worker = Worker::new(self, archive);
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(source) = sources.get(index) else { return };
                        // While this clip is aggregated, the system fetches the one that will be free next.
                        if let Some(ahead) = sources.get(index + threads) {
                            ahead.read_ahead();
                        }
                        if sender.send((index, worker.run(source))).is_err() {
                            return;
                        }
                    }
                };
                // When this fails nobody receives any more, and the workers stop.
                thread::Builder::new()
                    .spawn_scoped(scope, work)
                    .map_err(|source| Error::Thread { source })?;
            }
            drop(sender);
            receiver.into_iter().for_each(|(index, result)| take(index, result));
            Ok(())
        })
    }
}

/// The name of a file, as people see it.
fn file_name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy())
}
