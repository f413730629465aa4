//! The table of sweeps on generated clips, made again and held against what `docs/sweep.md` recommends.

use crate::cargo::Cargo;
use crate::error::Error;
use crate::libtorch::Libtorch;
use crate::workspace::Workspace;

/// How the example begins the line that holds the recommended row against what the page says of it.
const CLAIM: &str = "recommended: ";

/// Makes the table, and gives the share of the way to the best possible that the recommended row closes.
///
/// # Errors
/// [`Error::Short`] where that is less than the page says.
pub(super) fn sweep_table(workspace: &Workspace, libtorch: &Libtorch) -> Result<String, Error> {
    let example = ["--release", "--package", "blemore-examples", "--example", "known_posterior"];
    let seen = Cargo::new(workspace, "run").args(example).with(libtorch).watch()?;
    let claim = seen.lines.iter().find_map(|line| line.strip_prefix(CLAIM));
    let said = claim.unwrap_or("the table did not come to its end").to_owned();
    if seen.status.success() && claim.is_some() { Ok(said) } else { Err(Error::Short(said)) }
}
