//! What is worth saying once of a file that is read all the same.

use crate::text::Excerpt;

/// Says that folders were left out of the clip names of a file, with the first such name and what it is read
/// as.
///
/// ```
/// use blemore_base::note;
/// let said = note::folders_left_out("data/test_0001.mov", "test_0001");
/// assert_eq!(said, "folders before clip names are left out: \"data/test_0001.mov\" is read as test_0001");
/// ```
pub fn folders_left_out(written: &str, clip: &str) -> String {
    format!(
        "folders before clip names are left out: {} is read as {}",
        Excerpt(written),
        Excerpt(clip).bare()
    )
}
