//! The commands, one a file.

mod bench;
mod coverage;
mod dependency_budget;
mod fuzz;
mod mutants;
mod nightly;
mod python;
mod reproduce;
mod screenshots;
mod setup;
mod sweep_table;
mod test;
mod torture;

pub(crate) use bench::{Benchmark, bench};
pub(crate) use dependency_budget::dependency_budget;
pub(crate) use fuzz::fuzz;
pub(crate) use mutants::mutants;
pub(crate) use nightly::{Part, nightly};
pub(crate) use python::python;
pub(crate) use reproduce::reproduce;
pub(crate) use setup::setup;
pub(crate) use test::test;
pub(crate) use torture::torture;
