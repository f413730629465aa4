//! Which columns of a table are those of which encoder, and which clips an encoder has no row of.

use std::path::Path;

use blemore_labels::ClipName;
use serde::{Deserialize, Serialize};

use super::FeatureTable;
use crate::Error;

/// The columns of one encoder in a table of several, which stand one encoder after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderColumns {
    /// What the encoder is called: its file without extension.
    pub name: String,
    /// The number of its columns.
    pub width: usize,
    /// The clips of the table that it has no row of, in name order. What their columns hold means nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<ClipName>,
}

impl EncoderColumns {
    /// Whether the encoder has a row of the clip.
    pub fn has(&self, clip: &ClipName) -> bool {
        self.missing.binary_search(clip).is_err()
    }
}

/// Words of a file's name that say the partition and not the encoder.
const PARTITIONS: [&str; 2] = ["train", "test"];

/// Whether encoders stand in another order than those `expected`: whether one has a name that stands at another place there.
/// Words for the partition do not count: `audio_train` and `audio-test` are one encoder. Other names are no fault,
/// because files may be called anything.
pub fn is_other_order(expected: &[String], found: &[String]) -> bool {
    let expected: Vec<String> = expected.iter().map(|name| without_partition(name)).collect();
    let found = found.iter().map(|name| without_partition(name)).enumerate();
    found.into_iter().any(|(place, name)| expected.get(place) != Some(&name) && expected.contains(&name))
}

fn without_partition(name: &str) -> String {
    let name = name.to_lowercase();
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !PARTITIONS.contains(word)).collect::<Vec<_>>().join(" ")
}

impl FeatureTable {
    /// The same table with its encoders, in the order of their columns.
    ///
    /// # Errors
    /// [`Error::Shape`] for widths that are not those of the table together, for missing clips that the table does not have
    /// or that are not in name order, and for a clip that no encoder has.
    pub fn with_encoders(self, encoders: Vec<EncoderColumns>) -> Result<Self, Error> {
        let width: usize = encoders.iter().map(|encoder| encoder.width).sum();
        if width != self.width() || encoders.iter().any(|encoder| encoder.width == 0) {
            return Err(Error::shape(format!(
                "its encoders have {width} columns together, and the table has {}: fuse the tables again",
                self.width()
            )));
        }
        let is_sorted = |encoder: &EncoderColumns| encoder.missing.is_sorted_by(|a, b| a < b);
        let is_here = |clip: &ClipName| self.index.position(clip.as_str()).is_some();
        if let Some(wrong) =
            encoders.iter().find(|encoder| !is_sorted(encoder) || !encoder.missing.iter().all(is_here))
        {
            return Err(Error::shape(format!(
                "the clips that {} lacks are not clips of the table in name order: fuse the tables again",
                wrong.name
            )));
        }
        if let Some(clip) = self.clips().iter().find(|clip| !encoders.iter().any(|encoder| encoder.has(clip)))
        {
            return Err(Error::shape(format!("no encoder has a row of {clip}: leave the clip out")));
        }
        Ok(Self { encoders, ..self })
    }

    /// The encoders in the order of their columns; none where the table was not made of several.
    pub fn encoders(&self) -> &[EncoderColumns] {
        &self.encoders
    }

    /// The names of its encoders, in the order of their columns.
    pub fn encoder_names(&self) -> Vec<String> {
        self.encoders.iter().map(|encoder| encoder.name.clone()).collect()
    }

    /// The encoders of a table that is put beside others: its own, or one that is called by its file, or by its `number`
    /// from 1.
    pub(crate) fn encoders_beside(&self, number: usize) -> Vec<EncoderColumns> {
        if !self.encoders.is_empty() {
            return self.encoders.clone();
        }
        let stem = self.path.as_deref().and_then(Path::file_stem);
        let name =
            stem.map_or_else(|| format!("encoder {number}"), |stem| stem.to_string_lossy().into_owned());
        vec![EncoderColumns { name, width: self.width(), missing: Vec::new() }]
    }
}
