//! `cargo xtask reproduce`: from a clone to the paper's tables.

use std::ffi::OsString;

use super::setup;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::workspace::Workspace;

/// Builds the program in release mode, both its parts, and runs its `reproduce`.
pub(crate) fn reproduce(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    let packages = ["--release", "--package", "blemore-cli", "--package", "blemore-torch"];
    Cargo::new(workspace, "build").args(packages).with(&libtorch).run()?;
    Cargo::new(workspace, "run")
        .args(["--release", "--package", "blemore-torch", "--", "reproduce"])
        .args(arguments)
        .with(&libtorch)
        .run()
}
