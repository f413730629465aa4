//! The compiled part of the Python package `blemore`: what the crates of this workspace compute, for Python's arrays and
//! lists.
//!
//! It has no numbers of its own. The package's modules beside it (`python/blemore`) take what Python's libraries give, and
//! name the results.

mod convert;
mod decoders;
mod features;
mod folds;
mod labels;
mod probabilities;
mod results;
mod scoring;
mod thresholds;

use pyo3::prelude::*;

#[pymodule]
fn _blemore(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("BlemoreError", module.py().get_type::<convert::BlemoreError>())?;
    labels::add(module)?;
    probabilities::add(module)?;
    scoring::add(module)?;
    thresholds::add(module)?;
    decoders::add(module)?;
    features::add(module)?;
    folds::add(module)?;
    results::add(module)
}
