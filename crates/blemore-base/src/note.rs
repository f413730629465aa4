//! What is worth saying once of a file that is read all the same.

use crate::text::Excerpt;

/// Says that folders were left out of the clip names of a file, with the first such name and what it is read as.
pub fn folders_left_out(written: &str, clip: &str) -> String {
    let (written, clip) = (Excerpt(written), Excerpt(clip).bare());
    format!("folders before clip names are left out: {written} is read as {clip}")
}
