//! Programs of other projects, built into `target/tools`.

use std::path::PathBuf;

use crate::cargo::Cargo;
use crate::error::Error;
use crate::note;
use crate::workspace::Workspace;

/// The path of a program, which is installed where it is not there yet.
///
/// # Errors
/// It cannot be built.
pub(crate) fn ensure(workspace: &Workspace, program: &str) -> Result<PathBuf, Error> {
    let path = programs(workspace).join(program).with_extension(std::env::consts::EXE_EXTENSION);
    if !path.exists() {
        let folder = folder(workspace);
        note::say(&format!("Installing {program} into {}", folder.display()));
        Cargo::install(program, &folder).run()?;
    }
    Ok(path)
}

/// The folder that the programs are in.
pub(crate) fn programs(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("bin")
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("tools")
}
