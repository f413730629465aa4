//! `cargo xtask setup`, and the beginning of every command that builds on libtorch.

use std::path::Path;

use crate::compiler;
use crate::error::Error;
use crate::face_detector;
use crate::ffmpeg;
use crate::libtorch::Libtorch;
use crate::workspace::Workspace;

/// Makes sure that everything is there that a build needs and cargo does not bring.
pub(crate) fn setup(workspace: &Workspace) -> Result<Libtorch, Error> {
    compiler::check()?;
    let libtorch = Libtorch::ensure(workspace)?;
    programs_and_weights(&workspace.target());
    Ok(libtorch)
}

/// Makes sure that what programs look for beside the folder that they were built into is there.
pub(super) fn programs_and_weights(target: &Path) {
    ffmpeg::ensure(target);
    face_detector::ensure(target);
}
