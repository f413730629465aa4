//! `cargo xtask setup`, and the beginning of every command that builds on libtorch.

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
    ffmpeg::ensure(workspace);
    face_detector::ensure(workspace);
    Ok(libtorch)
}
