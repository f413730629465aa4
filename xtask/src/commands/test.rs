//! `cargo xtask test`: every test of the workspace.

use std::ffi::OsString;

use super::{dependency_budget, python, setup};
use crate::cargo::Cargo;
use crate::error::Error;
use crate::libtorch::Libtorch;
use crate::not_run::{self, NotRun};
use crate::note;
use crate::workspace::Workspace;

/// Runs all tests, doctests and those in Python among them, and compiles the examples and benchmarks; with arguments, what
/// `cargo test` makes of them. The last line names the tests that this machine could not run.
pub(crate) fn test(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    let not_run = NotRun::begin(workspace)?;
    let list = not_run.path();
    let test = |arguments: &[OsString]| {
        let cargo = Cargo::new(workspace, "test").args(arguments).with(&libtorch);
        cargo.env(not_run::VARIABLE, list.clone()).run()
    };
    let tested =
        if arguments.is_empty() { all(workspace, &libtorch, &test, &not_run) } else { test(arguments) };
    let line = not_run.end();
    note::say(&line?);
    tested
}

fn all(
    workspace: &Workspace,
    libtorch: &Libtorch,
    test: &dyn Fn(&[OsString]) -> Result<(), Error>,
    not_run: &NotRun,
) -> Result<(), Error> {
    // The time that a clean build takes says nothing on a machine that tests run on.
    dependency_budget::check_tree(workspace)?;
    // A benchmark that runs once as a test measures nothing and takes minutes: that it builds is enough. With the whole
    // workspace named, dependencies have the features that they have in the tests, and are built once.
    test(&["--workspace", "--benches", "--no-run"].map(OsString::from))?;
    // Both, so that one run shows the failures of either.
    let tested = test(&["--workspace", "--no-fail-fast"].map(OsString::from));
    let in_python = python::test(workspace, libtorch, not_run);
    tested.and(in_python)
}
