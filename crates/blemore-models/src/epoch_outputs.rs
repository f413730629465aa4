//! What a model gave for the clips of a fold after each epoch, in one file.

use std::path::Path;

use blemore_labels::ClipName;
use serde::{Deserialize, Serialize};

use crate::files::{Archive, Contents, check_format};
use crate::{ClipOutputs, Error, Head};

/// What the errors call it.
const KIND: &str = "file of the outputs of each epoch";
const FORMAT: &str = "blemore outputs of each epoch 1";
const OUTPUTS: &str = "outputs";

/// What a model gave for N clips after each epoch: the safetensors array `outputs`, shape `(epochs, N, 6 or 36)` as f32,
/// with the names of the clips.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochOutputs {
    head: Head,
    clips: Vec<ClipName>,
    epochs: Vec<ClipOutputs>,
}

#[derive(Serialize, Deserialize)]
struct Description {
    format: String,
    head: Head,
    epochs: usize,
    clips: Vec<ClipName>,
}

impl EpochOutputs {
    /// The outputs of a head for these clips, epoch by epoch: as a fit that keeps them gives them.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless each epoch has one row per clip.
    pub fn new(head: Head, clips: Vec<ClipName>, epochs: Vec<ClipOutputs>) -> Result<Self, Error> {
        match epochs.iter().map(ClipOutputs::len).find(|found| *found != clips.len()) {
            Some(expected) => Err(Error::LengthMismatch { what: "clips", expected, found: clips.len() }),
            None => Ok(Self { head, clips, epochs }),
        }
    }

    /// The N clips.
    pub fn clips(&self) -> &[ClipName] {
        &self.clips
    }

    /// What the model gave, the first epoch first.
    pub fn epochs(&self) -> &[ClipOutputs] {
        &self.epochs
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let epochs = self.epochs.len();
        let description =
            Description { format: FORMAT.to_owned(), head: self.head, epochs, clips: self.clips.clone() };
        let mut archive = Archive::new(description);
        let values: Vec<&[f32]> = self.epochs.iter().map(ClipOutputs::values).collect();
        archive.push(OUTPUTS, &[epochs, self.clips.len(), self.head.classes()], values.concat());
        archive.write(path.as_ref())
    }

    /// Reads a file that [`EpochOutputs::write`] wrote.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::UnusableFile`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let mut contents = Contents::open(path.as_ref(), KIND)?;
        let read = Self::of(&mut contents);
        read.map_err(|fault| contents.unusable(vec![fault]))
    }

    fn of(contents: &mut Contents) -> Result<Self, String> {
        let Description { format, head, epochs, clips } = contents.description()?;
        check_format(&format, FORMAT)?;
        let values = contents.array::<f32>(OUTPUTS, &[epochs, clips.len(), head.classes()])?;
        let size = (clips.len() * head.classes()).max(1);
        let epochs = values.chunks(size).map(|epoch| ClipOutputs::from_values(head, epoch));
        let epochs = epochs.collect::<Result<_, _>>().map_err(|error| format!("its outputs: {error}"))?;
        Ok(Self { head, clips, epochs })
    }
}
