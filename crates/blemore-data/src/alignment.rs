//! Alignment: which feature row belongs to which clip of the metadata.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use blemore_labels::ClipName;

use crate::{Error, Metadata};

/// What to do with clips without features, and with features without a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// Either is an error.
    Refuse,
    /// Every clip needs features; features of other clips are left out. For one table that covers several partitions.
    DropFeatures,
    /// Both are left out.
    Drop,
}

/// The clips that a feature table and metadata share, and those that only one of them has.
///
/// ```
/// use blemore_data::{Alignment, Metadata, Unmatched};
/// use blemore_labels::ClipName;
///
/// let metadata = Metadata::from_csv("filename\ntest_0001.mov\ntest_0002.mov\n")?;
/// let features = ["test_0002", "test_0003"].map(|name| ClipName::parse(name).unwrap());
/// let alignment = Alignment::new(&features, &metadata);
/// assert_eq!((alignment.metadata_rows(), alignment.feature_rows()), (&[1][..], &[0][..]));
/// assert_eq!(alignment.clips_without_features()[0].as_str(), "test_0001");
///
/// let error = alignment.require("ImageBind_test.npz", Unmatched::Refuse).unwrap_err();
/// assert!(error.to_string().contains("test_0001") && error.to_string().contains("test_0003"));
/// # Ok::<(), blemore_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    table: String,
    metadata_rows: Vec<usize>,
    feature_rows: Vec<usize>,
    clips_without_features: Vec<ClipName>,
    features_without_clip: Vec<ClipName>,
    repeated_features: Vec<ClipName>,
}

impl Alignment {
    /// Matches the clips of feature rows with the metadata, by name. A clip with several feature rows has its
    /// first one here, which [`Alignment::require`] refuses.
    pub fn new(features: &[ClipName], metadata: &Metadata) -> Self {
        let mut row_of_features: HashMap<&ClipName, usize> = HashMap::with_capacity(features.len());
        let mut repeated_features = Vec::new();
        for (row, clip) in features.iter().enumerate() {
            match row_of_features.entry(clip) {
                Entry::Vacant(entry) => _ = entry.insert(row),
                Entry::Occupied(_) => repeated_features.push(clip.clone()),
            }
        }
        repeated_features.sort_unstable();
        repeated_features.dedup();
        let mut alignment = Alignment {
            table: metadata.table().to_owned(),
            metadata_rows: Vec::with_capacity(metadata.len()),
            feature_rows: Vec::with_capacity(metadata.len()),
            clips_without_features: Vec::new(),
            features_without_clip: Vec::new(),
            repeated_features,
        };
        for (row, record) in metadata.clips().iter().enumerate() {
            if let Some(feature_row) = row_of_features.get(&record.clip) {
                alignment.metadata_rows.push(row);
                alignment.feature_rows.push(*feature_row);
            } else {
                alignment.clips_without_features.push(record.clip.clone());
            }
        }
        let strangers = features.iter().filter(|clip| metadata.row_of(clip).is_none());
        alignment.features_without_clip = strangers.cloned().collect();
        alignment
    }

    /// Passes the alignment on when `unmatched` allows what is left over; `features` is the name of the feature table
    /// for the error.
    ///
    /// # Errors
    /// [`Error::RepeatedFeatures`] with every clip that has several feature rows, whatever `unmatched`
    /// allows; [`Error::Unmatched`] with every clip without features, and with [`Unmatched::Refuse`] every
    /// feature row without a clip; [`Error::NothingMatches`] when no clip is left.
    ///
    /// ```
    /// # use blemore_data::{Alignment, Metadata, Unmatched};
    /// let metadata = Metadata::from_csv("filename\ntest_0001.mov\n")?;
    /// let features = ["test_0001".parse()?, "test_0002".parse()?];
    /// let alignment = Alignment::new(&features, &metadata).require("WavLM.npz", Unmatched::DropFeatures)?;
    /// assert_eq!(alignment.feature_rows(), [0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn require(self, features: &str, unmatched: Unmatched) -> Result<Self, Error> {
        let refused_features = match unmatched {
            Unmatched::Refuse => self.features_without_clip.as_slice(),
            Unmatched::DropFeatures | Unmatched::Drop => &[],
        };
        let refused_clips = match unmatched {
            Unmatched::Refuse | Unmatched::DropFeatures => self.clips_without_features.as_slice(),
            Unmatched::Drop => &[],
        };
        if !self.repeated_features.is_empty() {
            let (features, clips) = (features.to_owned(), self.repeated_features);
            return Err(Error::RepeatedFeatures { features, clips });
        }
        if self.metadata_rows.is_empty() {
            return Err(Error::NothingMatches { table: self.table, features: features.to_owned() });
        }
        if refused_clips.is_empty() && refused_features.is_empty() {
            return Ok(self);
        }
        Err(Error::Unmatched {
            features: features.to_owned(),
            clips_without_features: refused_clips.to_vec(),
            features_without_clip: refused_features.to_vec(),
            table: self.table,
        })
    }

    /// The rows of the metadata that have features, in file order.
    pub fn metadata_rows(&self) -> &[usize] {
        &self.metadata_rows
    }

    /// The feature row of each of [`Alignment::metadata_rows`].
    pub fn feature_rows(&self) -> &[usize] {
        &self.feature_rows
    }

    /// Clips of the metadata without features, in file order.
    pub fn clips_without_features(&self) -> &[ClipName] {
        &self.clips_without_features
    }

    /// Clips with several feature rows, by name.
    pub fn repeated_features(&self) -> &[ClipName] {
        &self.repeated_features
    }

    /// Clips of feature rows that the metadata does not list, in table order.
    pub fn features_without_clip(&self) -> &[ClipName] {
        &self.features_without_clip
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_with_two_rows_is_refused_whatever_may_be_left_over() {
        let metadata = Metadata::from_csv("filename\ntest_0001.mov\n").unwrap();
        let clips = ["test_0001", "test_0002", "test_0001"].map(|clip| clip.parse().unwrap());
        for unmatched in [Unmatched::Refuse, Unmatched::DropFeatures, Unmatched::Drop] {
            let error = Alignment::new(&clips, &metadata).require("WavLM.npz", unmatched).unwrap_err();
            assert!(matches!(&error, Error::RepeatedFeatures { clips, .. } if clips.len() == 1));
            assert_eq!(
                error.to_string(),
                "WavLM.npz has several rows of 1 clip, keep one of each: test_0001"
            );
        }
    }
}
