//! Alpha and beta: searched, chosen without look-ahead, and used.

use blemore_eval::{
    Error, ExactSearch, Grid, GridSearch, NestedSelection, PerMeasure, Probabilities, Probability, Scores,
    Selection, SelectionSummary, ThresholdRegion, Thresholds, decode_all, nested_selection,
};
use blemore_labels::Label;
use pyo3::prelude::*;
use serde::Serialize;

use crate::convert::{labels, refused, to_labels, to_python};
use crate::labels::PyLabel;
use crate::probabilities::{PyProbabilities, Rows};

/// Thresholds that a search finds, and what they score.
#[derive(Serialize)]
struct Found {
    #[serde(flatten)]
    thresholds: Thresholds,
    #[serde(flatten)]
    accuracies: PerMeasure<f64>,
    objective: f64,
    presence_only: f64,
    salience_only: f64,
    region: Option<ThresholdRegion>,
}

/// A search, as Python asks for it.
#[derive(Clone)]
enum Search {
    Grid(GridSearch),
    Exact(ExactSearch),
}

impl Search {
    fn new(exact: bool, presence_weight: f64, grid: Option<(Vec<f64>, Vec<f64>)>) -> PyResult<Self> {
        if exact {
            return Ok(Self::Exact(ExactSearch::new().presence_weight(presence_weight)));
        }
        let grid = match grid {
            Some((alphas, betas)) => Grid::new(alphas, betas).map_err(refused)?,
            None => Grid::published(),
        };
        Ok(Self::Grid(GridSearch::new(grid).presence_weight(presence_weight)))
    }

    fn find<P: Probability>(&self, rows: &Probabilities<P>, labels: &[Label]) -> Result<Found, Error> {
        Ok(match self {
            Self::Grid(search) => {
                let found = search.search(rows, labels)?;
                Found {
                    thresholds: found.thresholds,
                    accuracies: found.scores.accuracies(),
                    objective: found.objective,
                    presence_only: found.presence_only,
                    salience_only: found.salience_only,
                    region: None,
                }
            }
            Self::Exact(search) => {
                let found = search.search(rows, labels)?;
                Found {
                    thresholds: found.thresholds,
                    accuracies: found.scores.accuracies(),
                    objective: found.objective,
                    presence_only: found.presence_only,
                    salience_only: found.salience_only,
                    region: Some(found.region),
                }
            }
        })
    }
}

/// Labels that are given, or those that the clips' names tell.
pub(crate) fn known_labels(
    probabilities: &PyProbabilities,
    given: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<Label>> {
    given.map_or_else(|| probabilities.named_labels(), labels)
}

#[pyfunction]
fn find_thresholds<'py>(
    py: Python<'py>,
    probabilities: &PyProbabilities,
    labels: Option<&Bound<'py, PyAny>>,
    exact: bool,
    presence_weight: f64,
    grid: Option<(Vec<f64>, Vec<f64>)>,
) -> PyResult<Bound<'py, PyAny>> {
    let labels = known_labels(probabilities, labels)?;
    let search = Search::new(exact, presence_weight, grid)?;
    let found = py.detach(|| match &probabilities.rows {
        Rows::F32(rows) => search.find(rows, &labels),
        Rows::F64(rows) => search.find(rows, &labels),
    });
    to_python(py, &found.map_err(refused)?)
}

/// The label of each row at these thresholds.
#[pyfunction]
fn decode(py: Python<'_>, probabilities: &PyProbabilities, alpha: f64, beta: f64) -> Vec<PyLabel> {
    let thresholds = Thresholds { alpha, beta };
    to_labels(py.detach(|| match &probabilities.rows {
        Rows::F32(rows) => decode_all(rows, thresholds),
        Rows::F64(rows) => decode_all(rows, thresholds),
    }))
}

/// Thresholds and their scores on a fold.
#[derive(Serialize)]
struct Chosen {
    #[serde(flatten)]
    thresholds: Thresholds,
    #[serde(flatten)]
    accuracies: PerMeasure<f64>,
}

impl From<Selection> for Chosen {
    fn from(selection: Selection) -> Self {
        Self { thresholds: selection.thresholds, accuracies: selection.scores.accuracies() }
    }
}

/// Scores over the folds.
#[derive(Serialize)]
struct Summary {
    folds: PerMeasure<blemore_eval::MeanStd>,
    pooled: Scores,
}

impl From<SelectionSummary> for Summary {
    fn from(summary: SelectionSummary) -> Self {
        Self { folds: summary.accuracies, pooled: summary.pooled }
    }
}

#[derive(Serialize)]
struct OfFold {
    fold: i64,
    nested: Chosen,
    look_ahead: Chosen,
}

#[derive(Serialize)]
struct Nested {
    folds: Vec<OfFold>,
    nested: Summary,
    look_ahead: Summary,
}

impl From<NestedSelection> for Nested {
    fn from(selection: NestedSelection) -> Self {
        let (nested, look_ahead) = (selection.nested().into(), selection.look_ahead().into());
        let folds = selection.folds.into_iter().map(|fold| OfFold {
            fold: fold.fold,
            nested: fold.nested.into(),
            look_ahead: fold.look_ahead.into(),
        });
        Self { folds: folds.collect(), nested, look_ahead }
    }
}

#[pyfunction]
fn nested_thresholds<'py>(
    py: Python<'py>,
    probabilities: &PyProbabilities,
    labels: Option<&Bound<'py, PyAny>>,
    folds: Vec<i64>,
    exact: bool,
    presence_weight: f64,
) -> PyResult<Bound<'py, PyAny>> {
    fn select<P: Probability>(
        rows: &Probabilities<P>,
        labels: &[Label],
        folds: &[i64],
        search: &Search,
    ) -> Result<NestedSelection, Error> {
        nested_selection(rows, labels, folds, |rows, labels| Ok(search.find(rows, labels)?.thresholds))
    }
    let labels = known_labels(probabilities, labels)?;
    let search = Search::new(exact, presence_weight, None)?;
    let selection = py.detach(|| match &probabilities.rows {
        Rows::F32(rows) => select(rows, &labels, &folds, &search),
        Rows::F64(rows) => select(rows, &labels, &folds, &search),
    });
    to_python(py, &Nested::from(selection.map_err(refused)?))
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(find_thresholds, module)?)?;
    module.add_function(wrap_pyfunction!(decode, module)?)?;
    module.add_function(wrap_pyfunction!(nested_thresholds, module)?)
}
