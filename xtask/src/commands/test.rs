//! `cargo xtask test`: every test of the workspace.

use std::ffi::OsString;

use super::{dependency_budget, setup};
use crate::cargo::Cargo;
use crate::error::Error;
use crate::workspace::Workspace;

/// Runs all tests, doctests among them, and compiles the examples and benchmarks; with arguments, what `cargo test` makes of
/// them.
pub(crate) fn test(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    let test = |arguments: &[OsString]| Cargo::new(workspace, "test").args(arguments).with(&libtorch).run();
    if !arguments.is_empty() {
        return test(arguments);
    }
    // The time that a clean build takes says nothing on a machine that tests run on.
    dependency_budget::check_tree(workspace)?;
    // A benchmark that runs once as a test measures nothing and takes minutes: that it builds is enough.
    test(&["--package", "blemore-benches", "--benches", "--no-run"].map(OsString::from))?;
    test(&["--workspace", "--no-fail-fast"].map(OsString::from))
}
