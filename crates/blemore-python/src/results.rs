//! Results folders as columns.

use std::path::PathBuf;

use blemore_run::{ResultsColumn, ResultsFolder, ResultsTable, Run};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::{refusal, refused};

/// The columns of a table of the finished cells, by name.
#[pyfunction]
fn read_run<'py>(py: Python<'py>, folder: PathBuf, table: &str) -> PyResult<Bound<'py, PyDict>> {
    let table = match table {
        "cells" => ResultsTable::Cells,
        "epochs" => ResultsTable::Epochs,
        "clips" => ResultsTable::Clips,
        other => {
            return Err(refusal(format!("table is {other:?}: give \"cells\", \"epochs\" or \"clips\"")));
        }
    };
    let read = || -> Result<_, blemore_run::Error> {
        let folder = ResultsFolder::open(&folder)?;
        Run::read(&folder)?.columns(&folder, table)
    };
    let columns = PyDict::new(py);
    for (name, column) in py.detach(read).map_err(refused)? {
        match column {
            ResultsColumn::Text(cells) => columns.set_item(name, cells)?,
            ResultsColumn::Whole(cells) => columns.set_item(name, cells)?,
            ResultsColumn::Count(cells) => columns.set_item(name, cells)?,
            ResultsColumn::Number(cells) => columns.set_item(name, cells)?,
        }
    }
    Ok(columns)
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(read_run, module)?)
}
