//! Where things lie.

use std::path::{Path, PathBuf};

/// The folder that holds the workspace's `Cargo.toml`.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace that this program was built in.
    pub(crate) fn of_this_program() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self { root: package.parent().unwrap_or(package).to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("Cargo.toml")
    }

    /// The build folder that `.cargo/config.toml` names libtorch in: always this one, also with a `CARGO_TARGET_DIR`.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }
}
