//! Aggregation, tables of features, fusion and standardisation.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use blemore_features::{
    AggregationError, Aggregator, FeatureFolder, FeatureTable, FolderOptions, Layer, NonFinite, Standardizer,
    Workspace, fuse, fuse_common,
};
use blemore_labels::ClipName;
use half::f16;
use ndarray::{Array2, ArrayView2, s};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::convert::{clips, numbered, refusal, refused};

/// Frames of f16 that are widened at a time: as many columns as a cache line of f32 has values.
const PANEL: usize = 16;

thread_local! {
    /// What a thread keeps from one array to the next.
    static WORKSPACE: RefCell<Workspace> = RefCell::new(Workspace::new());
}

/// The frames of a clip where numpy has them, (T, D), in any layout.
#[derive(FromPyObject)]
enum Frames<'py> {
    F32(PyReadonlyArray2<'py, f32>),
    F16(PyReadonlyArray2<'py, f16>),
    F64(PyReadonlyArray2<'py, f64>),
}

impl Frames<'_> {
    fn view(&self) -> View<'_> {
        match self {
            Self::F32(frames) => View::F32(frames.as_array()),
            Self::F16(frames) => View::F16(frames.as_array()),
            Self::F64(frames) => View::F64(frames.as_array()),
        }
    }
}

#[derive(Clone, Copy)]
enum View<'a> {
    F32(ArrayView2<'a, f32>),
    F16(ArrayView2<'a, f16>),
    F64(ArrayView2<'a, f64>),
}

/// Statistics in the precision of the frames; f16 has them in f32.
enum Row {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl View<'_> {
    fn aggregate(self, aggregator: &Aggregator) -> Result<Row, AggregationError> {
        match self {
            Self::F32(frames) => WORKSPACE.with_borrow_mut(|workspace| {
                let mut row = vec![0.0; aggregator.output_len(frames.ncols())];
                aggregator.aggregate_with(workspace, frames, &mut row).map(|()| Row::F32(row))
            }),
            Self::F16(frames) => {
                // An error of a panel knows neither the column nor the count of the whole.
                let row = aggregate_f16(aggregator, frames).or_else(|_| {
                    aggregator.aggregate(frames.mapv(f16::to_f32).view()).map(|row| row.to_vec())
                });
                row.map(Row::F32)
            }
            Self::F64(frames) => aggregator.aggregate_f64(frames).map(|row| Row::F64(row.to_vec())),
        }
    }
}

/// Widens a few columns at a time, so that the array is never copied whole. Every f16 is exact in f32.
fn aggregate_f16(aggregator: &Aggregator, frames: ArrayView2<'_, f16>) -> Result<Vec<f32>, AggregationError> {
    let dimensions = frames.ncols();
    let mut row = vec![0.0; aggregator.output_len(dimensions)];
    WORKSPACE.with_borrow_mut(|workspace| {
        for first in (0..dimensions).step_by(PANEL) {
            let columns = first..dimensions.min(first + PANEL);
            let panel = frames.slice(s![.., columns.clone()]).mapv(f16::to_f32);
            let mut part = vec![0.0; aggregator.output_len(columns.len())];
            aggregator.aggregate_with(workspace, panel.view(), &mut part)?;
            for (row, part) in row.chunks_exact_mut(dimensions).zip(part.chunks_exact(columns.len())) {
                row[columns.clone()].copy_from_slice(part);
            }
        }
        Ok(row)
    })
}

/// Seven statistics per dimension of one array.
#[pyfunction]
fn aggregate<'py>(py: Python<'py>, frames: Frames<'py>) -> PyResult<Bound<'py, PyAny>> {
    let view = frames.view();
    let row = py.detach(|| view.aggregate(&Aggregator::default())).map_err(refused)?;
    Ok(match row {
        Row::F32(row) => PyArray1::from_vec(py, row).into_any(),
        Row::F64(row) => PyArray1::from_vec(py, row).into_any(),
    })
}

/// The statistics of several arrays, a row each, on several threads.
#[pyfunction]
fn aggregate_list<'py>(
    py: Python<'py>,
    arrays: Vec<Frames<'py>>,
    threads: Option<NonZeroUsize>,
) -> PyResult<Bound<'py, PyAny>> {
    let views: Vec<View<'_>> = arrays.iter().map(Frames::view).collect();
    let rows = py.detach(|| aggregate_views(&views, threads)).map_err(refusal)?;
    let width = |row: &Row| match row {
        Row::F32(row) => (row.len(), "float32"),
        Row::F64(row) => (row.len(), "float64"),
    };
    let Some(first) = rows.first().map(width) else {
        return Err(refusal("there are no arrays: give at least one"));
    };
    if let Some((place, (found, precision))) =
        rows.iter().map(width).enumerate().find(|(_, found)| *found != first)
    {
        return Err(refusal(format!(
            "array {place} gives {found} statistics in {precision}, array 0 {} in {}: give arrays of one width and type",
            first.0, first.1
        )));
    }
    let (mut singles, mut doubles) = (Vec::new(), Vec::new());
    let shape = [rows.len(), first.0];
    for row in rows {
        match row {
            Row::F32(row) => singles.extend(row),
            Row::F64(row) => doubles.extend(row),
        }
    }
    Ok(if doubles.is_empty() {
        PyArray1::from_vec(py, singles).reshape(shape)?.into_any()
    } else {
        PyArray1::from_vec(py, doubles).reshape(shape)?.into_any()
    })
}

/// Plain threads that end with the call: a pool would be lost in a process that Python forks.
fn aggregate_views(views: &[View<'_>], threads: Option<NonZeroUsize>) -> Result<Vec<Row>, String> {
    let aggregator = Aggregator::default();
    let threads = threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(views.len()));
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(view) = views.get(place) else { return };
            let row = view.aggregate(&aggregator);
            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((place, row));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(views.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(place, row)| row.map_err(|error| format!("array {place}: {error}"))).collect()
}

/// Rows of features, each of a clip, (N, D), f32 or f64.
#[pyclass(name = "Features", module = "blemore", frozen)]
struct PyFeatures {
    table: FeatureTable,
    notes: Vec<String>,
}

impl From<FeatureTable> for PyFeatures {
    fn from(table: FeatureTable) -> Self {
        let notes = table.notes().to_vec();
        Self { table, notes }
    }
}

fn table(clips: Vec<ClipName>, values: &Frames<'_>) -> PyResult<FeatureTable> {
    let table = match values.view() {
        View::F16(values) => FeatureTable::new(clips, values.mapv(f16::to_f32)),
        View::F32(values) => FeatureTable::new(clips, values.to_owned()),
        View::F64(values) => FeatureTable::from_f64(clips, values.to_owned()),
    };
    table.map_err(refused)
}

#[pymethods]
impl PyFeatures {
    #[new]
    fn new(clips: Vec<String>, values: Frames<'_>) -> PyResult<Self> {
        table(self::clips(&clips)?, &values).map(Self::from)
    }

    /// Reads an `.npz` file with `X` and `filenames`.
    #[staticmethod]
    fn read(path: PathBuf) -> PyResult<Self> {
        FeatureTable::read(path).map(Self::from).map_err(refused)
    }

    /// Writes such a file, whole or not at all.
    fn write(&self, path: PathBuf) -> PyResult<()> {
        self.table.write(path).map_err(refused)
    }

    /// The clip of each row.
    #[getter]
    fn clips(&self) -> Vec<&str> {
        let index = self.table.index();
        index.clip_of_row().iter().map(|&clip| index.clips()[clip].as_str()).collect()
    }

    /// What is worth saying of the table although nothing is wrong.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    /// (rows, features).
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.table.len(), self.table.width())
    }

    /// A copy of the values, (N, D).
    fn to_numpy<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        if self.table.is_f64() {
            PyArray2::from_array(py, &self.table.values_f64()).into_any()
        } else {
            PyArray2::from_array(py, &self.table.values()).into_any()
        }
    }

    fn __len__(&self) -> usize {
        self.table.len()
    }

    fn __repr__(&self) -> String {
        format!("<Features of {} rows x {}>", self.table.len(), self.table.width())
    }
}

/// The statistics of every array in a folder.
#[pyfunction]
fn aggregate_folder(
    py: Python<'_>,
    folder: PathBuf,
    filter: Option<String>,
    layer: Option<&str>,
    frames: bool,
    non_finite: &str,
    threads: Option<NonZeroUsize>,
) -> PyResult<PyFeatures> {
    let layer = match layer {
        None => None,
        Some("mean") => Some(Layer::Mean),
        Some(number) => Some(Layer::Index(
            number.parse().map_err(|_| refusal("layer: give a number from 0 on, or \"mean\""))?,
        )),
    };
    let policy = match non_finite {
        "refuse" => NonFinite::Refuse,
        "drop" => NonFinite::DropFrames,
        "interpolate" => NonFinite::Interpolate,
        other => {
            return Err(refusal(format!(
                "non_finite is {other:?}: give \"refuse\", \"drop\" or \"interpolate\""
            )));
        }
    };
    let folder = FeatureFolder::new(folder).options(FolderOptions { filter, layer, frames });
    let folder = folder.threads(threads).non_finite(policy);
    let report = py.detach(|| folder.aggregate(&Aggregator::default(), &|_| ())).map_err(refused)?;
    let ignored =
        report.ignored.iter().map(|path| format!("{}: no array of a clip, left out", path.display()));
    let fixed = report.fixed.iter().map(|(clip, fixes)| {
        let (frames, values) = (fixes.frames_dropped, fixes.values_interpolated);
        format!("{clip}: {frames} frames dropped, {values} values interpolated")
    });
    let dropped = report.dropped_axes.as_ref().map(ToString::to_string);
    let notes: Vec<String> = ignored.chain(fixed).chain(dropped).collect();
    let mut features = PyFeatures::from(report.table);
    features.notes.extend(notes);
    Ok(features)
}

/// Columns side by side by clip name; with `common`, of the clips that all tables have, and notes of what each table lacks.
#[pyfunction(name = "fuse")]
fn fuse_tables(py: Python<'_>, tables: Vec<PyRef<'_, PyFeatures>>, common: bool) -> PyResult<PyFeatures> {
    let tables: Vec<&FeatureTable> = tables.iter().map(|features| &features.table).collect();
    if !common {
        return py.detach(|| fuse(&tables)).map(PyFeatures::from).map_err(refused);
    }
    let fusion = py.detach(|| fuse_common(&tables)).map_err(refused)?;
    let mut features = PyFeatures::from(fusion.table);
    features.notes.extend(fusion.left_out.iter().map(ToString::to_string));
    Ok(features)
}

/// Arrays standardised with the means and deviations of the first.
#[pyfunction]
fn standardize<'py>(
    py: Python<'py>,
    training: Frames<'py>,
    others: Vec<Frames<'py>>,
) -> PyResult<Vec<Bound<'py, PyArray2<f32>>>> {
    let of_array = |values: &Frames<'_>| {
        let rows = match values.view() {
            View::F16(values) => values.nrows(),
            View::F32(values) => values.nrows(),
            View::F64(values) => values.nrows(),
        };
        table(numbered(rows)?, values)
    };
    let training = of_array(&training)?;
    let others: Vec<FeatureTable> = others.iter().map(of_array).collect::<PyResult<_>>()?;
    let standardized = py.detach(|| -> Result<Vec<Array2<f32>>, blemore_features::Error> {
        let standardizer = Standardizer::fit(&training)?;
        std::iter::once(&training)
            .chain(&others)
            .map(|table| Ok(standardizer.apply(table)?.to_array()))
            .collect()
    });
    let arrays = standardized.map_err(refused)?;
    Ok(arrays.into_iter().map(|array| PyArray2::from_owned_array(py, array)).collect())
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyFeatures>()?;
    module.add_function(wrap_pyfunction!(aggregate, module)?)?;
    module.add_function(wrap_pyfunction!(aggregate_list, module)?)?;
    module.add_function(wrap_pyfunction!(aggregate_folder, module)?)?;
    module.add_function(wrap_pyfunction!(fuse_tables, module)?)?;
    module.add_function(wrap_pyfunction!(standardize, module)?)
}
