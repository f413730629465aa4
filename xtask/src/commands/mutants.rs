//! `cargo xtask mutants`: whether the tests of a package see a changed line of it.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::setup;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::folders::create;
use crate::note;
use crate::workspace::Workspace;

/// The files that numbers come from: labels, scoring, thresholds, search, folds, standardising, intervals, decoders, and
/// fusion of probabilities.
const FILES: [&str; 13] = [
    "crates/blemore-labels/src/*.rs",
    "crates/blemore-eval/src/scorer.rs",
    "crates/blemore-eval/src/scores.rs",
    "crates/blemore-eval/src/metrics/*.rs",
    "crates/blemore-eval/src/thresholds.rs",
    "crates/blemore-eval/src/nested.rs",
    "crates/blemore-eval/src/search/*.rs",
    "crates/blemore-eval/src/intervals/*.rs",
    "crates/blemore-eval/src/decoder/*.rs",
    "crates/blemore-data/src/folds.rs",
    "crates/blemore-features/src/standardize.rs",
    "crates/blemore-features/src/standardize/*.rs",
    "crates/blemore-decode/src/*.rs",
];
const PROGRAM: &str = "cargo-mutants";

/// Changes one line after the other in a copy of the tree and runs the tests of its package; `arguments` go to cargo-mutants
/// (`--shard 0/4` takes a quarter).
///
/// # Errors
/// [`Error::Child`] with the exit code of cargo-mutants: 2 where a change was not seen.
pub(crate) fn mutants(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    let tools = install(workspace)?;
    let folder = workspace.target().join("mutants");
    create(&folder)?;
    let files = FILES.iter().flat_map(|file| ["--file", *file]);
    Cargo::of_program(&tools, workspace, "mutants")
        .args(files)
        .args([OsStr::new("--output"), folder.as_os_str()])
        .args(["--no-shuffle", "--minimum-test-timeout", "120"])
        .args(arguments)
        .with(&libtorch)
        .run()
}

/// The program, installed into `target/tools` where it is not there yet.
fn install(workspace: &Workspace) -> Result<PathBuf, Error> {
    let tools = workspace.target().join("tools");
    let program = tools.join("bin").join(PROGRAM).with_extension(std::env::consts::EXE_EXTENSION);
    if !program.exists() {
        note::say(&format!("Installing {PROGRAM} into {}", tools.display()));
        Cargo::install(PROGRAM, &tools).run()?;
    }
    Ok(program)
}
