//! A folder of per-clip arrays to one table of statistics (Section IV of the paper, aggregation baseline).

mod fault;
mod listing;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use blemore_labels::ClipName;
use ndarray::{Array2, aview1};

pub use fault::{ClipFault, ClipProblem};
use listing::{ClipFile, Listing};
use worker::{Row, Worker};

use crate::{Aggregator, Error, FeatureTable, Mending, NonFinite};

/// Turns a folder with one `.npy` array a clip into a [`FeatureTable`].
///
/// Clips run side by side, one in memory a thread; the table has them in name order and the same bits whatever the number of threads.
/// Every file that cannot be used is reported, together with all others; what was left out or mended is in the report.
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
    filter: Option<String>,
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
    /// What lies in the folder and is no `.npy` array, in name order.
    pub ignored: Vec<PathBuf>,
    /// Number of arrays whose names do not contain the filter's text.
    pub filtered_out: usize,
}

impl FolderAggregation {
    /// The paper's seven statistics of every array in a folder, on all cores.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            aggregator: Aggregator::default(),
            filter: None,
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

    /// Only arrays with this text in their file names.
    #[must_use]
    pub fn filter(mut self, text: impl Into<String>) -> Self {
        self.filter = Some(text.into());
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

    /// Aggregates the folder; `progress` is called on this thread after each clip.
    ///
    /// # Errors
    /// [`Error::Read`] for a folder that cannot be read, [`Error::NoClips`] when it holds no array to aggregate, [`Error::Folder`]
    /// with every file that cannot be used, [`Error::Thread`].
    pub fn run(&self, progress: &dyn Fn(Progress<'_>)) -> Result<FolderReport, Error> {
        let Listing { files, mut faults, ignored, filtered_out } = self.list()?;
        let mut gathered = Gathered::new(&files);
        self.for_each_row(&files, |index, result| {
            match result {
                Ok(row) => gathered.add(index, row),
                Err(problem) => faults.push(files[index].fault(problem)),
            }
            gathered.done += 1;
            progress(Progress { done: gathered.done, total: files.len(), clip: &files[index].clip });
        })?;
        faults.extend(gathered.width_faults());
        if !faults.is_empty() {
            faults.sort_by(|one, other| one.path.cmp(&other.path));
            return Err(Error::Folder { folder: self.folder.clone(), faults });
        }
        let mended = gathered.mended();
        let clips = files.iter().map(|file| file.clip.clone()).collect();
        let table = FeatureTable::new(clips, gathered.values)?;
        Ok(FolderReport { table, mended, ignored, filtered_out })
    }

    fn list(&self) -> Result<Listing, Error> {
        let listing = Listing::read(&self.folder, self.filter.as_deref())?;
        if listing.files.is_empty() && listing.faults.is_empty() {
            return Err(Error::NoClips {
                folder: self.folder.clone(),
                filter: self.filter.clone(),
                filtered_out: listing.filtered_out,
                ignored: listing.ignored,
            });
        }
        Ok(listing)
    }

    /// Hands each file's row, or what is wrong with the file, to `take` on this thread, in the order in which they are done.
    fn for_each_row(
        &self,
        files: &[ClipFile],
        mut take: impl FnMut(usize, Result<Row, ClipProblem>),
    ) -> Result<(), Error> {
        let threads = match self.threads {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let next = AtomicUsize::new(0);
        // Bounded, so that rows do not pile up in front of a slow reader of the progress.
        let (sender, receiver) = mpsc::sync_channel(2 * threads);
        thread::scope(|scope| {
            for _ in 0..threads.min(files.len()) {
                let (sender, next) = (sender.clone(), &next);
                let work = move || {
                    let mut worker = Worker::new(&self.aggregator, self.non_finite);
                    while let Some((index, file)) = next_of(files, next) {
                        if sender.send((index, worker.aggregate(&file.path))).is_err() {
                            return;
                        }
                    }
                };
                if let Err(source) = thread::Builder::new().spawn_scoped(scope, work) {
                    // The other workers stop when nobody receives.
                    return Err(Error::Thread { source });
                }
            }
            drop(sender);
            receiver.into_iter().for_each(|(index, result)| take(index, result));
            Ok(())
        })
    }
}

fn next_of<'f>(files: &'f [ClipFile], next: &AtomicUsize) -> Option<(usize, &'f ClipFile)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    files.get(index).map(|file| (index, file))
}

/// Rows as they come in, each at the place of its clip.
struct Gathered<'f> {
    files: &'f [ClipFile],
    done: usize,
    values: Array2<f32>,
    /// What each file said about itself; `None` before it comes in, and when it is at fault.
    outcomes: Vec<Option<(usize, Option<Mending>)>>,
}

impl<'f> Gathered<'f> {
    fn new(files: &'f [ClipFile]) -> Self {
        Self { files, done: 0, values: Array2::zeros((files.len(), 0)), outcomes: vec![None; files.len()] }
    }

    /// The first row decides the width of the matrix; if another comes, there will be no table.
    fn add(&mut self, index: usize, row: Row) {
        if self.values.ncols() == 0 {
            self.values = Array2::zeros((self.files.len(), row.values.len()));
        }
        if self.values.ncols() == row.values.len() {
            self.values.row_mut(index).assign(&aview1(&row.values));
        }
        self.outcomes[index] = Some((row.dimensions, row.mending));
    }

    fn mended(&self) -> Vec<(ClipName, Mending)> {
        let mendings = self.outcomes.iter().map(|outcome| outcome.and_then(|(_, mending)| mending));
        self.files
            .iter()
            .zip(mendings)
            .filter_map(|(file, mending)| Some((file.clip.clone(), mending?)))
            .collect()
    }

    /// One fault for each clip that is not as wide as most; of equally frequent widths the first clip's is right.
    fn width_faults(&self) -> Vec<ClipFault> {
        let widths = self.outcomes.iter().map(|outcome| outcome.map(|(width, _)| width));
        let mut counts: Vec<(usize, usize)> = Vec::new();
        for width in widths.clone().flatten() {
            match counts.iter_mut().find(|(known, _)| *known == width) {
                Some((_, count)) => *count += 1,
                None => counts.push((width, 1)),
            }
        }
        let Some(most) = counts.iter().map(|(_, count)| *count).max() else {
            return Vec::new();
        };
        let expected = counts.iter().find(|(_, count)| *count == most).map_or(0, |(width, _)| *width);
        let odd = |(file, width): (&ClipFile, Option<usize>)| {
            let found = width.filter(|width| *width != expected)?;
            Some(file.fault(ClipProblem::Width { expected, found, agreeing: most }))
        };
        self.files.iter().zip(widths).filter_map(odd).collect()
    }
}

impl ClipFile {
    fn fault(&self, problem: ClipProblem) -> ClipFault {
        ClipFault { path: self.path.clone(), clip: Some(self.clip.clone()), problem }
    }
}

/// The name of a file, as people see it.
fn file_name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy())
}
