//! `cargo xtask torture`: kills, full disks, two processes, changed inputs and flipped bytes, many times over.

use super::setup;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::workspace::Workspace;

/// The environment variable with which the test of a few trials takes more, and prints its table.
const TRIALS: &str = "BLEMORE_TORTURE_TRIALS";
/// The test, alone: other tests would take its processors, and kills would come too early.
const TEST: &str = "torture::no_trial_leaves_a_wrong_byte";

/// What the line has that the test prints below its table.
const SUMMARY: &str = " trials, ";

/// Runs so many trials; the test that makes them prints a table, and a line of all of them, which is given back.
///
/// # Errors
/// [`Error::Short`] where a trial went wrong.
pub(crate) fn torture(workspace: &Workspace, trials: u32) -> Result<String, Error> {
    let libtorch = setup(workspace)?;
    let seen = Cargo::new(workspace, "test")
        .args([
            "--quiet",
            "--package",
            "blemore-torch",
            "--test",
            "cli",
            TEST,
            "--",
            "--exact",
            "--nocapture",
        ])
        .env(TRIALS, trials.to_string())
        .with(&libtorch)
        .watch()?;
    let said = seen.line_with(SUMMARY).unwrap_or("the trials did not come to an end").to_owned();
    if seen.status.success() { Ok(said) } else { Err(Error::Short(said)) }
}
