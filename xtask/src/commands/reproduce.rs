//! `cargo xtask reproduce`: from a clone to the paper's tables.

use std::ffi::OsString;

use super::setup;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::libtorch::Libtorch;
use crate::workspace::Workspace;

/// Builds the program in release mode, both its parts, and runs its `reproduce`.
pub(crate) fn reproduce(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    build_programs(workspace, &libtorch)?;
    Cargo::new(workspace, "run")
        .args(["--release", "--package", "blemore-torch", "--", "reproduce"])
        .args(arguments)
        .with(&libtorch)
        .run()
}

/// Both programs, in release mode.
pub(super) fn build_programs(workspace: &Workspace, libtorch: &Libtorch) -> Result<(), Error> {
    let packages = ["--release", "--package", "blemore-cli", "--package", "blemore-torch"];
    Cargo::new(workspace, "build").args(packages).with(libtorch).run()
}
