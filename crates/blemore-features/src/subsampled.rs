//! Subsampling: every row of a clip's matrix is a training example (Section IV of the paper, subsampling
//! baseline).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use blemore_labels::ClipName;
use ndarray::{Array2, ArrayView2, Axis};

use crate::aggregate::check_finite;
use crate::folder::{ClipArray, DroppedAxes, FolderOptions, Listing, Reader, odd_ones};
use crate::npy::{Floats, Frames, narrow};
use crate::table::{read_rows, unusable, write_f32_rows};
use crate::{ClipProblem, Error, FeatureTable, Progress};

/// Rows of features, several a clip, with the clip of each.
///
/// Spatio-temporal encoders give a row for every sixteen frames, and views of a clip give a row each. A row
/// is trained on with its clip's label; at evaluation a clip's logits are averaged
/// ([`average`](Self::average)).
///
/// ```
/// use blemore_features::SubsampledTable;
/// use ndarray::array;
///
/// let rows = ["test_0001", "test_0001", "test_0002"].map(|name| name.parse().unwrap());
/// let table = SubsampledTable::new(rows.to_vec(), array![[1.0, 2.0], [3.0, 6.0], [5.0, 5.0]])?;
/// assert_eq!((table.len(), table.clips().len()), (3, 2));
/// assert_eq!(table.clip_of_row(), [0, 0, 1]);
/// assert_eq!(table.rows_of(&[1, 0])?, [2, 0, 1]);
/// assert_eq!(table.pool()?.values(), array![[2.0, 4.0], [5.0, 5.0]]);
/// # Ok::<(), blemore_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SubsampledTable {
    clips: Vec<ClipName>,
    clip_of_row: Vec<usize>,
    /// Rows of each clip, in their order.
    rows: Vec<Vec<usize>>,
    values: Array2<f32>,
}

/// The rows of a folder of matrices, and what was left out on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct SubsampledReport {
    /// The rows of all clips, clips in name order.
    pub table: SubsampledTable,
    /// Arrays with axes of length 1 that were dropped.
    pub dropped_axes: Option<DroppedAxes>,
    /// What lies in the folder and is no array of a clip, in name order.
    pub ignored: Vec<PathBuf>,
    /// Number of arrays whose names do not contain the filter's text.
    pub filtered_out: usize,
}

impl SubsampledTable {
    /// A table of (R, D) values: row i belongs to the clip `row_clips[i]`.
    ///
    /// # Errors
    /// [`Error::RowCount`], [`Error::NoColumns`]; [`Error::Table`] with every row that holds a NaN or an
    /// infinity.
    pub fn new(row_clips: Vec<ClipName>, values: Array2<f32>) -> Result<Self, Error> {
        if row_clips.len() != values.nrows() {
            return Err(Error::RowCount { path: None, clips: row_clips.len(), rows: values.nrows() });
        }
        if values.ncols() == 0 {
            return Err(Error::NoColumns { path: None });
        }
        let faults = unusable(values.view(), &row_clips);
        if !faults.is_empty() {
            return Err(Error::Table { path: None, faults });
        }
        let mut places = HashMap::new();
        let (mut clips, mut rows, mut clip_of_row) = (Vec::new(), Vec::<Vec<usize>>::new(), Vec::new());
        for (row, clip) in row_clips.into_iter().enumerate() {
            let place = *places.entry(clip).or_insert_with_key(|clip| {
                clips.push(clip.clone());
                rows.push(Vec::new());
                clips.len() - 1
            });
            rows[place].push(row);
            clip_of_row.push(place);
        }
        Ok(Self { clips, clip_of_row, rows, values: crate::npy::standard_layout(values.into()) })
    }

    /// Reads the matrix of every clip of a folder, or of an archive of clips; `progress` is called after each
    /// clip.
    ///
    /// f8 and whole numbers are rounded to f32, and refused where that would blur a column.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::NoClips`]; [`Error::Folder`] with every array that cannot be used or holds a
    /// NaN or an infinity; [`Error::Rounded`].
    pub fn read_folder(
        folder: impl AsRef<Path>,
        options: &FolderOptions,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<SubsampledReport, Error> {
        let folder = folder.as_ref();
        let listing = Listing::read(folder, options)?;
        let archive = listing.archive()?;
        let sources = &listing.sources;
        let (mut values, mut row_clips, mut about) = (Vec::new(), Vec::new(), Vec::new());
        let (mut rounding, mut faults) = (Rounding::default(), listing.faults.clone());
        let mut reader = Reader::default();
        for (done, source) in (1..).zip(sources) {
            let (path, place) = (&source.path, &source.place);
            let read =
                reader.read(path, place, archive.as_ref(), options.layer, |ClipArray { frames, about }| {
                    if let Frames::F64(frames) = &frames {
                        check_finite(frames.view()).map_err(ClipProblem::Aggregation)?;
                        rounding.add(frames.view());
                    }
                    let frames = frames.into_f32().map_err(ClipProblem::Npy)?;
                    check_finite(frames.view()).map_err(ClipProblem::Aggregation)?;
                    values.extend(frames.iter());
                    Ok(about)
                });
            match read {
                Ok(read) => {
                    row_clips.extend(std::iter::repeat_n(source.clip.clone(), read.frames));
                    about.push(Some(read));
                }
                Err(problem) => {
                    faults.push(source.fault(problem));
                    about.push(None);
                }
            }
            progress(Progress { done, total: sources.len(), clip: &source.clip });
        }
        faults.extend(odd_ones(sources, &about));
        if !faults.is_empty() {
            faults.sort_by(|one, other| one.path.cmp(&other.path));
            return Err(Error::Folder { folder: folder.to_owned(), faults });
        }
        rounding.check().map_err(|error| error.in_file(folder))?;
        let dropped_axes = DroppedAxes::of(sources, &about);
        let width = about.first().and_then(Option::as_ref).map_or(0, |about| about.dimensions);
        let (clips, rows) = (row_clips.len(), row_clips.len());
        let values = Array2::from_shape_vec((rows, width), values);
        let values = values.map_err(|_| Error::RowCount { path: Some(folder.to_owned()), clips, rows })?;
        let (ignored, filtered_out) = (listing.ignored, listing.filtered_out);
        Ok(SubsampledReport { table: Self::new(row_clips, values)?, dropped_axes, ignored, filtered_out })
    }

    /// Reads an `.npz` archive with `X` (R, D) and `filenames` (R), the clip of each row.
    ///
    /// # Errors
    /// As [`FeatureTable::read`]. f8 and whole numbers are rounded to f32: [`Error::Rounded`] where that
    /// would blur a column.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let (row_clips, values, _) = read_rows(path)?;
        let values = match values {
            Floats::F32(values) => values,
            Floats::F64(values) => Self::round(&row_clips, &values).map_err(|error| error.in_file(path))?,
        };
        Self::new(row_clips, values).map_err(|error| error.in_file(path))
    }

    fn round(row_clips: &[ClipName], values: &Array2<f64>) -> Result<Array2<f32>, Error> {
        // Where there are more names than rows or fewer, that is what is wrong.
        if row_clips.len() == values.nrows() {
            let faults = unusable(values.view(), row_clips);
            if !faults.is_empty() {
                return Err(Error::Table { path: None, faults });
            }
        }
        let mut rounding = Rounding::default();
        rounding.add(values.view());
        rounding.check()?;
        Ok(values.mapv(narrow))
    }

    /// Writes what [`read`](Self::read) reads, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let row_clips: Vec<_> = self.clip_of_row.iter().map(|clip| self.clips[*clip].clone()).collect();
        write_f32_rows(path.as_ref(), &row_clips, &self.values)
    }

    /// The clips, each once, in the order of their first rows.
    pub fn clips(&self) -> &[ClipName] {
        &self.clips
    }

    /// For each row its clip, as an index into [`clips`](Self::clips).
    pub fn clip_of_row(&self) -> &[usize] {
        &self.clip_of_row
    }

    /// The rows of some clips, given as indices into [`clips`](Self::clips), clip after clip.
    ///
    /// # Errors
    /// [`Error::NoSuchRow`] for a clip past the end.
    pub fn rows_of(&self, clips: &[usize]) -> Result<Vec<usize>, Error> {
        crate::table::check_rows(self.clips.len(), clips)?;
        Ok(clips.iter().flat_map(|clip| &self.rows[*clip]).copied().collect())
    }

    /// The (R, D) values.
    pub fn values(&self) -> ArrayView2<'_, f32> {
        self.values.view()
    }

    /// Number R of rows.
    pub fn len(&self) -> usize {
        self.clip_of_row.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.clip_of_row.is_empty()
    }

    /// Number D of values a row.
    pub fn width(&self) -> usize {
        self.values.ncols()
    }

    /// Averages what there is of each row, such as its six logits, over the rows of each clip: (R, K) to
    /// (clips, K).
    ///
    /// # Errors
    /// [`Error::RowCount`] for another number of rows.
    pub fn average(&self, of_rows: ArrayView2<'_, f32>) -> Result<Array2<f32>, Error> {
        if of_rows.nrows() != self.len() {
            return Err(Error::RowCount { path: None, clips: self.len(), rows: of_rows.nrows() });
        }
        let mut averages = Array2::zeros((self.clips.len(), of_rows.ncols()));
        for (mut average, rows) in averages.axis_iter_mut(Axis(0)).zip(&self.rows) {
            for (column, average) in average.iter_mut().enumerate() {
                let sum: f64 = rows.iter().map(|row| f64::from(of_rows[[*row, column]])).sum();
                #[expect(clippy::cast_precision_loss, reason = "a clip has far fewer than 2^53 rows")]
                let mean = sum / rows.len() as f64;
                *average = narrow(mean);
            }
        }
        Ok(averages)
    }

    /// One row a clip, the average of its rows: the pooled features of a clip's views that the HiCMAE head
    /// takes.
    ///
    /// # Errors
    /// None for a table that could be built.
    pub fn pool(&self) -> Result<FeatureTable, Error> {
        FeatureTable::new(self.clips.clone(), self.average(self.values())?)
    }
}

/// What rounding to f32 does to columns of finite f64 values.
#[derive(Default)]
struct Rounding {
    columns: Vec<RoundedColumn>,
}

struct RoundedColumn {
    exact: Deviation,
    rounded: Deviation,
}

/// Sums of differences to the first value, and of their squares.
#[derive(Clone, Copy, Default)]
struct Deviation {
    origin: f64,
    count: f64,
    sum: f64,
    squares: f64,
}

impl Rounding {
    /// By how much of itself rounding may change the standard deviation of a column.
    const TOLERANCE: f64 = 0.01;

    /// Looks at (T, D) more values. Those of another width than the first ones are a fault of their own.
    fn add(&mut self, frames: ArrayView2<'_, f64>) {
        if self.columns.is_empty() {
            let start = |value: f64| Deviation { origin: value, ..Deviation::default() };
            let first = frames.row(0);
            let column =
                |value: &f64| RoundedColumn { exact: start(*value), rounded: start(narrow(*value).into()) };
            self.columns = first.iter().map(column).collect();
        }
        for frame in frames.rows() {
            for (column, value) in self.columns.iter_mut().zip(frame) {
                column.exact.add(*value);
                column.rounded.add(narrow(*value).into());
            }
        }
    }

    /// Refuses the first column that rounding blurs.
    fn check(&self) -> Result<(), Error> {
        for (place, RoundedColumn { exact, rounded }) in self.columns.iter().enumerate() {
            let deviation = exact.get();
            if (rounded.get() - deviation).abs() > Self::TOLERANCE * deviation {
                return Err(Error::Rounded { path: None, column: place, around: exact.origin, deviation });
            }
        }
        Ok(())
    }
}

impl Deviation {
    fn add(&mut self, value: f64) {
        let difference = value - self.origin;
        self.count += 1.0;
        self.sum += difference;
        self.squares += difference * difference;
    }

    fn get(&self) -> f64 {
        let shift = self.sum / self.count;
        (self.squares / self.count - shift * shift).max(0.0).sqrt()
    }
}
