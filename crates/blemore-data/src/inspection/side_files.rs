//! What stands beside the arrays of a folder: how they were made.

use std::fs;
use std::path::{Path, PathBuf};

use blemore_media::{Recipe, SideFile};

use super::{Depth, Finding};

/// How the arrays of a folder were made, where all that have a side file agree. A side file that cannot be read, another
/// recipe than the first's, and an array that is not the one described are findings.
pub(super) fn look<'a>(
    arrays: impl IntoIterator<Item = &'a PathBuf>,
    depth: Depth,
    findings: &mut Vec<Finding>,
) -> Option<Recipe> {
    let mut first: Option<(PathBuf, Recipe)> = None;
    for array in arrays {
        let path = array.clone();
        match SideFile::read(array) {
            Ok(None) => {}
            Ok(Some(side_file)) => {
                if !is_described(&side_file, array, depth) {
                    let problem =
                        "is not the array that its side file describes: encode the clip again".to_owned();
                    findings.push(Finding::Origin { path: path.clone(), problem });
                }
                match &first {
                    None => first = Some((path, side_file.recipe)),
                    Some((other, recipe)) if *recipe != side_file.recipe => {
                        let differences = recipe.differences(&side_file.recipe).join("; ");
                        let problem = format!("made in another way than {}: {differences}", other.display());
                        findings.push(Finding::Origin { path, problem });
                    }
                    Some(_) => {}
                }
            }
            Err(error) => {
                let (path, problem) = (SideFile::path_of(array), error.to_string());
                findings.push(Finding::Unreadable { path, problem });
            }
        }
    }
    first.map(|(_, recipe)| recipe)
}

/// An array that cannot be read is described: that it cannot be read is said elsewhere.
fn is_described(side_file: &SideFile, array: &Path, depth: Depth) -> bool {
    match depth {
        Depth::Headers => fs::metadata(array).is_ok_and(|file| file.len() == side_file.array.bytes),
        Depth::Values => side_file.fits(array).unwrap_or(true),
    }
}
