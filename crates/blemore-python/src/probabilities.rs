//! Six probabilities per clip, with the emotion of each column.

use std::path::PathBuf;

use blemore_eval::{Probabilities, Probability, ProbabilityTable, Scale};
use blemore_labels::{ClipName, Emotion, Label};
use ndarray::ArrayView2;
use numpy::{PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;

use crate::convert::{clips, numbered, refusal, refused, to_labels};
use crate::labels::PyLabel;

/// The probabilities as they were given: differences are taken in their own precision.
#[derive(Clone)]
pub(crate) enum Rows {
    F32(Probabilities<f32>),
    F64(Probabilities<f64>),
}

/// Probabilities of N clips, (N, 6), columns in the order of `EMOTIONS`, checked: finite, not negative, rows that sum to 1.
#[pyclass(name = "Probabilities", module = "blemore", frozen)]
pub(crate) struct PyProbabilities {
    pub(crate) rows: Rows,
    pub(crate) clips: Option<Vec<ClipName>>,
    folds: Option<Vec<String>>,
    notes: Vec<String>,
}

#[derive(FromPyObject)]
enum Values<'py> {
    F32(PyReadonlyArray2<'py, f32>),
    F64(PyReadonlyArray2<'py, f64>),
}

/// Rows in the order of the emotions.
fn rows<P: Probability + numpy::Element>(
    columns: [Emotion; 6],
    values: ArrayView2<'_, P>,
) -> PyResult<Probabilities<P>> {
    let row = |values: ndarray::ArrayView1<'_, P>| std::array::from_fn(|column| values[column]);
    if values.ncols() != Emotion::COUNT {
        return Err(refusal(format!(
            "the array has {} columns: give 6, one for each emotion",
            values.ncols()
        )));
    }
    Probabilities::from_columns(columns, values.rows().into_iter().map(row).collect()).map_err(refused)
}

#[pymethods]
impl PyProbabilities {
    #[new]
    #[pyo3(signature = (values, columns, clips=None))]
    fn new(values: Values<'_>, columns: Vec<String>, clips: Option<Vec<String>>) -> PyResult<Self> {
        let columns: Vec<Emotion> =
            columns.iter().map(|code| code.parse()).collect::<Result<_, _>>().map_err(refused)?;
        let columns = <[Emotion; 6]>::try_from(columns).map_err(|columns| {
            refusal(format!("{} columns are named: name 6, one for each emotion", columns.len()))
        })?;
        let rows = match values {
            Values::F32(values) => Rows::F32(rows(columns, values.as_array())?),
            Values::F64(values) => Rows::F64(rows(columns, values.as_array())?),
        };
        let clips = clips.map(|names| self::clips(&names)).transpose()?;
        let new = Self { rows, clips, folds: None, notes: Vec::new() };
        // It checks the names.
        new.clips.is_some().then(|| new.table()).transpose()?;
        Ok(new)
    }

    /// Reads a table `filename,ang,disg,fea,hap,sad,neu`, columns by name.
    #[staticmethod]
    fn read(path: PathBuf, logits: bool) -> PyResult<Self> {
        let scale = if logits { Scale::Logits } else { Scale::Probabilities };
        let table = ProbabilityTable::read_as(path, scale).map_err(refused)?;
        let folds = table.folds().map(<[String]>::to_vec);
        let notes = table.notes().to_vec();
        Ok(Self { folds, notes, ..Self::of(table.clips(), table.probabilities().clone()) })
    }

    /// Writes such a table.
    fn write(&self, path: PathBuf) -> PyResult<()> {
        if self.clips.is_none() {
            return Err(refusal("a table needs the clips' names: give clips="));
        }
        let table = self.table()?;
        let table = match &self.folds {
            Some(folds) => table.with_folds(folds.clone()).map_err(refused)?,
            None => table,
        };
        table.write(path).map_err(refused)
    }

    /// A copy of the values, (N, 6).
    fn to_numpy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        fn array<'py, P: Probability + numpy::Element>(
            py: Python<'py>,
            rows: &Probabilities<P>,
        ) -> PyResult<Bound<'py, PyAny>> {
            let values: Vec<P> = rows.iter().flatten().copied().collect();
            let array = numpy::PyArray1::from_vec(py, values).reshape([rows.len(), Emotion::COUNT])?;
            let array: Bound<'py, PyArray2<P>> = array;
            Ok(array.into_any())
        }
        match &self.rows {
            Rows::F32(rows) => array(py, rows),
            Rows::F64(rows) => array(py, rows),
        }
    }

    /// The clips' names, or `None`.
    #[getter]
    fn clips(&self) -> Option<Vec<&str>> {
        self.clips.as_ref().map(|clips| clips.iter().map(ClipName::as_str).collect())
    }

    /// The cells of the column `fold`, or `None`.
    #[getter]
    fn folds(&self) -> Option<Vec<String>> {
        self.folds.clone()
    }

    /// What is worth saying of the file although it could be read.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    /// The labels that the clips' names tell.
    fn labels(&self) -> PyResult<Vec<PyLabel>> {
        Ok(to_labels(self.named_labels()?))
    }

    fn __len__(&self) -> usize {
        self.len()
    }
}

impl PyProbabilities {
    pub(crate) fn of(clips: &[ClipName], rows: Probabilities<f64>) -> Self {
        Self { rows: Rows::F64(rows), clips: Some(clips.to_vec()), folds: None, notes: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.rows {
            Rows::F32(rows) => rows.len(),
            Rows::F64(rows) => rows.len(),
        }
    }

    /// The table in f64, where every f32 is exact; rows without names are numbered.
    pub(crate) fn table(&self) -> PyResult<ProbabilityTable> {
        let clips = self.clips.clone().map_or_else(|| numbered(self.len()), Ok)?;
        let table = match &self.rows {
            Rows::F32(rows) => ProbabilityTable::new(clips, rows.clone()),
            Rows::F64(rows) => ProbabilityTable::new(clips, rows.clone()),
        };
        table.map_err(refused)
    }

    pub(crate) fn named_labels(&self) -> PyResult<Vec<Label>> {
        if self.clips.is_none() {
            return Err(refusal(
                "the labels are not known: give labels=, or the clips' names that tell them",
            ));
        }
        self.table()?.labels().map_err(refused)
    }
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyProbabilities>()
}
