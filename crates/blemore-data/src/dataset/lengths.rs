//! How long clips are, from the arrays of an encoder and the side files beside them.

use std::path::Path;

use blemore_features::ArrayShape;
use blemore_labels::ClipName;
use blemore_media::{SideFile, sound};

use super::{Source, has_extension, list};
use crate::Error;

/// The length of a clip.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipLength {
    /// The clip.
    pub clip: ClipName,
    /// Seconds, where a side file tells them.
    pub seconds: Option<f64>,
    /// Rows of its array. How many of them there are per second depends on the encoder.
    pub frames: usize,
}

impl Source {
    /// The length of each clip of a folder of `.npy` arrays, in the order of the names; none of a table, which has one row
    /// per clip.
    ///
    /// # Errors
    /// [`Error::Read`] for a folder that cannot be read, [`Error::Mismatch`] for arrays and side files that cannot.
    pub fn lengths(&self) -> Result<Vec<ClipLength>, Error> {
        let Self::Folder(folder) = self else { return Ok(Vec::new()) };
        let paths = list(folder).map_err(|source| Error::Read { path: folder.clone(), source })?;
        let mut lengths = Vec::new();
        for path in paths.iter().filter(|path| has_extension(path, "npy")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Ok(clip) = ClipName::parse(&name) else { continue };
            let shape = ArrayShape::read(path).map_err(|error| Error::Mismatch(error.to_string()))?;
            lengths.push(ClipLength { clip, seconds: seconds(path)?, frames: shape.frames });
        }
        Ok(lengths)
    }
}

/// What the side file of an array says of the picture, or else of the sound.
fn seconds(array: &Path) -> Result<Option<f64>, Error> {
    let side_file = SideFile::read(array).map_err(|error| Error::Mismatch(error.to_string()))?;
    Ok(side_file.and_then(|side_file| {
        let of_picture = side_file.video.and_then(|video| video.container_seconds);
        let of_sound = side_file.sound.map(|sound| sound.samples as f64 / f64::from(sound::RATE));
        of_picture.or(of_sound)
    }))
}
