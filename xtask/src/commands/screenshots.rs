//! The pages that a report makes, drawn by a browser and kept.

use std::fs;

use crate::cargo::Cargo;
use crate::error::Error;
use crate::folders::{create, remove};
use crate::libtorch::Libtorch;
use crate::workspace::Workspace;

/// The environment variable with which the test keeps its pictures.
const KEPT: &str = "BLEMORE_SCREENSHOTS";
const TEST: &str = "screenshots::";

/// Draws the pages; gives how many pictures there are, and where.
///
/// # Errors
/// [`Error::Short`] where a picture is not as it should be, or where there is no browser.
pub(super) fn screenshots(workspace: &Workspace, libtorch: &Libtorch) -> Result<String, Error> {
    let folder = workspace.target().join("screenshots");
    remove(&folder)?;
    create(&folder)?;
    let seen = Cargo::new(workspace, "test")
        .args(["--quiet", "--package", "blemore-torch", "--test", "cli", TEST, "--", "--nocapture"])
        .env(KEPT, folder.as_os_str())
        .with(libtorch)
        .watch()?;
    let read = |source| Error::Io { doing: "read", path: folder.clone(), source };
    let pictures = fs::read_dir(&folder).map_err(read)?.count();
    let said = format!("{pictures} pictures in {}", folder.display());
    match (seen.status.success(), pictures) {
        (true, 1..) => Ok(said),
        (true, 0) => {
            Err(Error::Short("no picture: install a browser (Debian: `apt install chromium`)".to_owned()))
        }
        (false, _) => Err(Error::Short(format!("{said}, and one of them is not as it should be"))),
    }
}
