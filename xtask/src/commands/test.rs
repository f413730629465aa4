//! `cargo xtask test`: every test of the workspace.

use std::ffi::OsString;

use super::{dependency_budget, python, setup};
use crate::cargo::Cargo;
use crate::error::Error;
use crate::libtorch::Libtorch;
use crate::not_run::{self, NotRun};
use crate::note;
use crate::slowest::Times;
use crate::workspace::Workspace;

/// All that has tests but the documentation: rustdoc starts doctests in another way where programs are timed.
const PROGRAMS: [&str; 3] = ["--lib", "--bins", "--tests"];

/// Runs all tests, doctests and those in Python among them, and compiles the examples and benchmarks, and names the slowest
/// tests; with arguments, what `cargo test` makes of them. The last line names the tests that this machine could not run.
pub(crate) fn test(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    let not_run = NotRun::begin(workspace)?;
    let list = not_run.path();
    let cargo = || Cargo::new(workspace, "test").with(&libtorch).env(not_run::VARIABLE, list.clone());
    let tested = if arguments.is_empty() {
        all(workspace, &libtorch, &cargo, &not_run)
    } else {
        cargo().args(arguments).run()
    };
    // Tests that were not built did not run either, and cannot say so.
    let all = tested.is_ok().then(|| "every test ran".to_owned());
    if let Some(line) = not_run.end()?.or(all) {
        note::say(&line);
    }
    tested
}

fn all(
    workspace: &Workspace,
    libtorch: &Libtorch,
    cargo: &dyn Fn() -> Cargo,
    not_run: &NotRun,
) -> Result<(), Error> {
    // The time that a clean build takes says nothing on a machine that tests run on.
    dependency_budget::check_tree(workspace)?;
    // A benchmark that runs once as a test measures nothing and takes minutes: that it builds is enough. With the whole
    // workspace named, dependencies have the features that they have in the tests, and are built once.
    cargo().args(["--workspace", "--benches", "--no-run"]).run()?;
    // What tests start, and Python loads: with its targets named, `cargo test` does not make them by itself.
    let build = Cargo::new(workspace, "build").args(["--workspace", "--lib", "--examples"]);
    build.with(libtorch).run()?;
    // All three, so that one run shows the failures of each.
    let times = Times::begin(workspace)?;
    let tested = times.note(cargo().args(["--workspace", "--no-fail-fast"]).args(PROGRAMS))?.run();
    let in_docs = cargo().args(["--workspace", "--no-fail-fast", "--doc"]).run();
    let in_python = python::test(workspace, not_run);
    times.print();
    tested.and(in_docs).and(in_python)
}
