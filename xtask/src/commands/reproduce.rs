//! `cargo xtask reproduce`: from a clone to the paper's tables.

use std::ffi::OsString;

use super::setup;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::workspace::Workspace;

/// Builds the program in release mode and runs its `reproduce`.
pub(crate) fn reproduce(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    Cargo::new(workspace, "run")
        .args(["--release", "--package", "blemore-cli", "--bin", "blemore", "--", "reproduce"])
        .args(arguments)
        .with(&libtorch)
        .run()
}
