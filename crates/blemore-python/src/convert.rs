//! Errors, lists and records between the two languages.

use std::error::Error;

use blemore_labels::{ClipName, Label};
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use serde::Serialize;

use crate::labels::PyLabel;

create_exception!(
    blemore,
    BlemoreError,
    PyValueError,
    "What is wrong with an input, where, and what to do. It is a ValueError."
);

/// An error of a crate with its message as it is.
pub(crate) fn refused(error: impl Error) -> PyErr {
    refusal(error.to_string())
}

/// An error with a message of its own.
pub(crate) fn refusal(message: impl Into<String>) -> PyErr {
    BlemoreError::new_err(message.into())
}

/// A record as a dictionary, its numbers the same bits.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    Ok(pythonize::pythonize(py, value)?)
}

/// One label: a `Label`, or its text.
fn label(given: &Bound<'_, PyAny>) -> PyResult<Label> {
    if let Ok(label) = given.cast::<PyLabel>() {
        return Ok(label.get().0);
    }
    match given.cast::<PyString>() {
        Ok(text) => text.to_cow()?.parse().map_err(refused),
        Err(_) => Err(refusal(format!(
            "{} is not a label: give blemore.Label, or a text such as \"hap\" or \"ang+hap 30/70\"",
            given.repr()?
        ))),
    }
}

/// Labels, or their texts.
pub(crate) fn labels(given: &Bound<'_, PyAny>) -> PyResult<Vec<Label>> {
    given.try_iter()?.map(|given| label(&given?)).collect()
}

/// Clip names, as the program takes them.
pub(crate) fn clips(names: &[String]) -> PyResult<Vec<ClipName>> {
    names.iter().map(|name| ClipName::parse(name)).collect::<Result<_, _>>().map_err(refused)
}

/// Names for rows that have none.
pub(crate) fn numbered(count: usize) -> PyResult<Vec<ClipName>> {
    (0..count)
        .map(|row| ClipName::unlabelled(&format!("row {row}")))
        .collect::<Result<_, _>>()
        .map_err(refused)
}

/// Labels for Python.
pub(crate) fn to_labels(labels: impl IntoIterator<Item = Label>) -> Vec<PyLabel> {
    labels.into_iter().map(PyLabel).collect()
}
