//! A folder of per-clip arrays to one table (Section IV of the paper, aggregation and subsampling baselines).

mod listing;
mod outcomes;
mod rounding;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use blemore_base::{Listener, Progress};
use blemore_labels::ClipName;
use ndarray::{Array2, aview1};

use listing::{Listing, Source};
pub(crate) use listing::{Sorted, files_in, instead, is_visible_file};
pub use outcomes::DroppedAxes;
use outcomes::odd_ones;
use rounding::Rounding;

use crate::aggregate::check_frames;
use crate::array_file::ArrayReader;
use crate::npy::{Floats, Layer, narrow};
use crate::{Aggregator, ClipProblem, Error, FeatureTable, Fixes, NonFinite, Origin, Statistic, Workspace};

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

/// A folder with one array per clip, or an archive of them, to be made into a [`FeatureTable`].
///
/// [`aggregate`](Self::aggregate) gives one row of statistics per clip, [`subsample`](Self::subsample) all frames
/// of each clip as its rows. Either has the clips in name order, and is bit-identical whatever the number of
/// threads. Every file that cannot be used is reported, together with all others. What was left out or changed
/// is in the report. Each array is read into memory once, and is an error if it changes meanwhile.
///
/// ```
/// use blemore_features::{Aggregator, FeatureFolder, FeatureMatrix, NonFinite};
/// use ndarray::array;
///
/// # let folder = tempfile::tempdir()?;
/// FeatureMatrix::new(array![[1.0], [3.0]])?.write(folder.path().join("test_0001.npy"))?;
/// std::fs::write(folder.path().join("README.md"), "features")?;
/// let folder = FeatureFolder::new(folder.path()).non_finite(NonFinite::Interpolate);
/// let report = folder.aggregate(&Aggregator::default(), &|progress| {
///     eprintln!("{progress}");
/// })?;
/// assert_eq!(report.table.values(), array![[2.0, 1.0, 1.2, 1.5, 2.0, 2.5, 2.8]]);
/// assert_eq!(report.ignored.len(), 1); // the README
/// assert_eq!(folder.subsample(&|_| ())?.table.values(), array![[1.0], [3.0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FeatureFolder {
    path: PathBuf,
    options: FolderOptions,
    threads: Option<NonZeroUsize>,
    non_finite: NonFinite,
}

/// The table of a folder, and what was left out or changed on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderReport {
    /// The rows of all clips, clips in name order.
    pub table: FeatureTable,
    /// Clips whose frames were changed, in name order; empty with [`NonFinite::Refuse`].
    pub fixed: Vec<(ClipName, Fixes)>,
    /// Arrays with axes of length 1 that were dropped.
    pub dropped_axes: Option<DroppedAxes>,
    /// What lies in the folder and is not the array of a clip, in name order.
    pub ignored: Vec<PathBuf>,
    /// Number of arrays whose names do not contain the filter's text.
    pub filtered_out: usize,
}

/// Puts the table to what the arrays of a folder tell besides.
type MakeReport = Box<dyn FnOnce(FeatureTable) -> FolderReport>;

/// The frames of a clip as f32, and as they were where they were f64.
type Rows = (Array2<f32>, Option<Array2<f64>>);

impl FeatureFolder {
    /// The arrays in a folder: `.npy` files, and `.npz` files that are named after a clip and hold one array. An
    /// `.npz` file instead of a folder gives its members, which are named after clips.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let (options, non_finite) = (FolderOptions::default(), NonFinite::Refuse);
        Self { path: path.into(), options, threads: None, non_finite }
    }

    /// Which arrays are read, and how.
    #[must_use]
    pub fn options(mut self, options: FolderOptions) -> Self {
        self.options = options;
        self
    }

    /// The number of threads; one per core if it is not given.
    #[must_use]
    pub fn threads(mut self, threads: impl Into<Option<NonZeroUsize>>) -> Self {
        self.threads = threads.into();
        self
    }

    /// What to do with values that are not finite.
    #[must_use]
    pub fn non_finite(mut self, policy: NonFinite) -> Self {
        self.non_finite = policy;
        self
    }

    /// One row of statistics per clip; `progress` is called on this thread after each clip. f8 and whole numbers
    /// have their statistics taken in f64, then rounded.
    ///
    /// # Errors
    /// [`Error::Read`] for a folder that cannot be read, [`Error::Npz`] for an archive, [`Error::NoClips`]
    /// when there is no array, [`Error::Folder`] with every array that cannot be used, [`Error::Thread`].
    pub fn aggregate(&self, aggregator: &Aggregator, progress: Listener<'_>) -> Result<FolderReport, Error> {
        let mut values = Array2::zeros((0, 0));
        let make = |workspace: &mut Workspace, frames: Floats<'_>, threads: usize| {
            row(aggregator, workspace, frames, threads)
        };
        let (clips, report) =
            self.read(aggregator.statistics(), make, progress, |clips, index, row: Vec<f32>| {
                // The first row decides the width of the matrix. If another width comes, there will be no table.
                if values.is_empty() {
                    values = Array2::zeros((clips, row.len()));
                }
                if values.ncols() == row.len() {
                    values.row_mut(index).assign(&aview1(&row));
                }
            })?;
        Ok(report(FeatureTable::new(clips, values)?))
    }

    /// All frames of each clip as rows, clip after clip; `progress` is called on this thread after each clip. f8
    /// and whole numbers are rounded to f32.
    ///
    /// # Errors
    /// Those of [`aggregate`](Self::aggregate); [`Error::Shape`] where rounding to f32 would blur a column.
    pub fn subsample(&self, progress: Listener<'_>) -> Result<FolderReport, Error> {
        let (mut values, mut clip_of_row) = (Vec::new(), Vec::new());
        let mut rounding = Rounding::default();
        // Clips end in any order, and are put together in the order of their names.
        let (mut waiting, mut next) = (BTreeMap::new(), 0);
        let make = |(): &mut (), frames: Floats<'_>, _: usize| rows(frames);
        let (clips, report) = self.read(&[], make, progress, |_, index, rows: Rows| {
            waiting.insert(index, rows);
            while let Some((rounded, exact)) = waiting.remove(&next) {
                if let Some(exact) = exact {
                    rounding.add(exact.view());
                }
                values.extend(&rounded);
                clip_of_row.extend(std::iter::repeat_n(next, rounded.nrows()));
                next += 1;
            }
        })?;
        rounding.check().map_err(|error| error.in_file(&self.path))?;
        let rows = clip_of_row.len();
        let shape = (rows, values.len().checked_div(rows).unwrap_or(0));
        let values = Array2::from_shape_vec(shape, values);
        let values = values.map_err(|_| Error::row_count(rows, rows).in_file(&self.path))?;
        Ok(report(FeatureTable::new(clip_of_row.into_iter().map(|clip| clips[clip].clone()), values)?))
    }

    /// Makes something of the frames of each clip, for which so many threads are there. Hands it to `take` on this
    /// thread, with the number of clips and the clip's place among them in name order. Gives the clips, and a report
    /// that lacks the table.
    fn read<S: Default, T: Send>(
        &self,
        statistics: &[Statistic],
        make: impl Fn(&mut S, Floats<'_>, usize) -> Result<T, ClipProblem> + Sync,
        progress: Listener<'_>,
        mut take: impl FnMut(usize, usize, T),
    ) -> Result<(Vec<ClipName>, MakeReport), Error> {
        let listing = Listing::read(&self.path, &self.options)?;
        let sources = &listing.sources;
        let mut axes = vec![None; sources.len()];
        let (mut fixed, mut faults) = (Vec::new(), listing.faults.clone());
        let mut done = 0;
        let threads_per_clip = self.n_threads() / sources.len().max(1);
        let work = |reader: &mut ArrayReader, scratch: &mut S, source: &Source| {
            let array = source.read(reader, listing.archive.as_ref(), self.options.layer)?;
            let (frames, fixes) = self.non_finite.fix_floats(array.frames);
            Ok((array.axes, fixes, make(scratch, frames, threads_per_clip)?))
        };
        self.for_each(sources, work, |index, made| {
            let source = &sources[index];
            match made {
                Ok((of_clip, fixes, made)) => {
                    fixed.extend(fixes.map(|fixes| (source.clip.clone(), fixes)));
                    axes[index] = Some(of_clip);
                    take(sources.len(), index, made);
                }
                Err(problem) => faults.push(source.fault(problem)),
            }
            done += 1;
            progress(Progress::Step {
                unit: "clips",
                done,
                total: sources.len(),
                what: source.clip.as_str(),
            });
        })?;
        faults.extend(odd_ones(sources, &axes));
        if !faults.is_empty() {
            faults.sort_by(|one, other| one.path.cmp(&other.path));
            return Err(Error::Folder { folder: self.path.clone(), faults });
        }
        fixed.sort_by(|one, other| one.0.cmp(&other.0));
        let clips = sources.iter().map(|source| source.clip.clone()).collect();
        let (dropped_axes, filtered_out) = (DroppedAxes::of(sources, &axes), listing.filtered_out);
        let of_recipe = |recipe| Origin { recipe, statistics: statistics.to_vec() };
        let origins = listing.recipe().map(|recipe| recipe.map(of_recipe).into_iter().collect());
        let origins = origins.map_err(|error| error.to_string());
        let ignored = listing.ignored;
        let report = move |table: FeatureTable| FolderReport {
            table: table.with_origins(origins),
            fixed,
            dropped_axes,
            ignored,
            filtered_out,
        };
        Ok((clips, Box::new(report)))
    }

    fn n_threads(&self) -> usize {
        self.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }

    /// Works on the clips on all threads, and hands what becomes of each to `take`, on this thread.
    fn for_each<S: Default, T: Send>(
        &self,
        sources: &[Source],
        work: impl Fn(&mut ArrayReader, &mut S, &Source) -> Result<T, ClipProblem> + Sync,
        mut take: impl FnMut(usize, Result<T, ClipProblem>),
    ) -> Result<(), Error> {
        let threads = self.n_threads().clamp(1, sources.len().max(1));
        let next = AtomicUsize::new(0);
        // Bounded, so that results do not pile up in front of a slow reader of the progress.
        let (sender, receiver) = mpsc::sync_channel(2 * threads);
        thread::scope(|scope| {
            for _ in 0..threads {
                let (sender, next, work) = (sender.clone(), &next, &work);
                let run = move || {
                    let (mut reader, mut scratch) = (ArrayReader::default(), S::default());
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(source) = sources.get(index) else { return };
                        if sender.send((index, work(&mut reader, &mut scratch, source))).is_err() {
                            return;
                        }
                    }
                };
                // When this fails nobody receives any more, and the other threads stop.
                thread::Builder::new().spawn_scoped(scope, run).map_err(|source| Error::Thread { source })?;
            }
            drop(sender);
            receiver.into_iter().for_each(|(index, made)| take(index, made));
            Ok(())
        })
    }
}

/// Values of a clip that several threads are worth their start for.
const LONG: usize = 1 << 22;

/// The statistics of a clip, statistic by statistic.
fn row(
    aggregator: &Aggregator,
    workspace: &mut Workspace,
    frames: Floats<'_>,
    threads: usize,
) -> Result<Vec<f32>, ClipProblem> {
    let (_, dimensions) = frames.dim();
    let mut values = vec![0.0; aggregator.output_len(dimensions)];
    let exact = match frames {
        Floats::F32(frames) if threads > 1 && frames.len() >= LONG => {
            values = aggregator.aggregate_shared(threads, frames.view())?;
            None
        }
        Floats::F32(frames) => {
            aggregator.aggregate_with(workspace, frames.view(), &mut values)?;
            None
        }
        Floats::F64(frames) => {
            let row = aggregator.aggregate_f64(frames.view())?;
            values.iter_mut().zip(&row).for_each(|(value, exact)| *value = narrow(*exact));
            Some(row)
        }
    };
    let Some(place) = values.iter().position(|value| !value.is_finite()) else { return Ok(values) };
    let statistic = aggregator.statistics()[place / dimensions];
    let value = exact.map_or(f64::from(values[place]), |row| row[place]);
    let dimension = place % dimensions;
    Err(ClipProblem::Frames(format!(
        "{statistic} of dimension {dimension} (from 0) is {value:e}, which does not fit f32 (at most 3.4e38): scale the \
         values down"
    )))
}

/// The frames of a clip, at least one, finite, and within the range of f32.
fn rows(frames: Floats<'_>) -> Result<Rows, ClipProblem> {
    let exact = match &frames {
        Floats::F32(frames) => check_frames(frames.view()).map(|()| None)?,
        Floats::F64(frames) => check_frames(frames.view()).map(|()| Some(frames.to_owned()))?,
    };
    Ok((frames.into_f32()?.into_owned(), exact))
}
