//! The truth of clips from a metadata file.

use std::path::Path;

use blemore_data::Metadata;
use blemore_eval::Truth;

use crate::failure::Failure;

/// The labels and actors of every clip in the file.
///
/// # Errors
/// A [`Failure`] of the input where the file cannot be read or a clip has no label.
pub fn read(metadata: &Path) -> Result<Truth, Failure> {
    let metadata = Metadata::read(metadata)?;
    let mut truth = Truth::default();
    for (record, label) in metadata.clips().iter().zip(metadata.labels()?) {
        truth.insert_with_actor(record.clip.clone(), label, &record.actor);
    }
    Ok(truth)
}
