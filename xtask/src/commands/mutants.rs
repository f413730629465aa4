//! `cargo xtask mutants`: whether the tests of a package see a changed line of it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;
use std::thread;

use super::setup;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::folders::{create, search_path_with};
use crate::tools;
use crate::workspace::Workspace;

/// The files that numbers come from: labels, scoring, thresholds, search, folds, standardising, intervals, decoders, and
/// fusion of probabilities.
const FILES: [&str; 14] = [
    "crates/blemore-labels/src/*.rs",
    "crates/blemore-eval/src/scorer.rs",
    "crates/blemore-eval/src/scores.rs",
    "crates/blemore-eval/src/metrics/*.rs",
    "crates/blemore-eval/src/thresholds.rs",
    "crates/blemore-eval/src/nested.rs",
    "crates/blemore-eval/src/search/*.rs",
    "crates/blemore-eval/src/search/exact/*.rs",
    "crates/blemore-eval/src/intervals/*.rs",
    "crates/blemore-eval/src/decoder/*.rs",
    "crates/blemore-data/src/folds.rs",
    "crates/blemore-features/src/standardize.rs",
    "crates/blemore-features/src/standardize/*.rs",
    "crates/blemore-decode/src/*.rs",
];
const PROGRAM: &str = "cargo-mutants";
/// Starts the tests of a package, and ends with the first that fails.
const TESTER: &str = "cargo-nextest";
/// The environment variable that names the folder of reference files.
const SHARED: &str = "BLEMORE_SHARED";

/// The lists of cargo-mutants: changes that a test saw, that made one hang, that no test saw, and that do not compile.
const LISTS: [&str; 4] = ["caught.txt", "timeout.txt", "missed.txt", "unviable.txt"];

/// Changes one line after the other in a copy of the tree and runs the tests of its package; `arguments` go to cargo-mutants
/// (`--shard 0/4` takes a quarter). Gives how many were seen.
///
/// # Errors
/// [`Error::Short`] where a change was not seen, [`Error::Child`] where cargo-mutants could not try.
pub(crate) fn mutants(workspace: &Workspace, arguments: &[OsString]) -> Result<String, Error> {
    let libtorch = setup(workspace)?;
    let program = tools::ensure(workspace, PROGRAM)?;
    tools::ensure(workspace, TESTER)?;
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    let folder = workspace.target().join("mutants");
    create(&folder)?;
    let files = FILES.iter().flat_map(|file| ["--file", *file]);
    let tried = Cargo::of_program(&program, "mutants")
        .args([OsStr::new("--dir"), workspace.root().as_os_str()])
        .args(files)
        .args([OsStr::new("--output"), folder.as_os_str()])
        .args(["--no-shuffle", "--timeout", "120", "--test-tool", "nextest"])
        .args([format!("--jobs={jobs}")])
        .args(arguments)
        .env("PATH", search_path_with(&tools::programs(workspace)))
        .env("NEXTEST_PROFILE", "mutants")
        .with(&libtorch);
    // The copy has no folder beside it.
    let beside = workspace.root().join("../shared");
    let tried = match std::env::var_os(SHARED) {
        None if beside.is_dir() => tried.env(SHARED, beside),
        _ => tried,
    };
    let tried = tried.run();
    let lists = folder.join("mutants.out");
    let [caught, hung, missed, unviable] = LISTS.map(|list| lines(&lists.join(list)));
    let (seen, all) = (caught + hung, caught + hung + missed);
    match tried {
        Ok(()) => Ok(format!("{seen} of {all} changes seen, {unviable} more do not compile")),
        Err(_) if missed > 0 => Err(Error::Short(format!(
            "{missed} of {all} changes not seen: {}",
            lists.join("missed.txt").display()
        ))),
        Err(error) => Err(error),
    }
}

fn lines(list: &Path) -> usize {
    fs::read_to_string(list).map_or(0, |text| text.lines().count())
}
