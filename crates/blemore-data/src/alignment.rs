//! Alignment: which clip of a feature table is which clip of the metadata.

use blemore_base::list::{Names, counted};
use blemore_features::ClipIndex;
use blemore_labels::ClipName;

use crate::{ClipRecord, Error, Metadata};

/// What to do with features of clips that no metadata lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// They are an error.
    Refuse,
    /// They are left out: one table may cover several partitions.
    DropFeatures,
}

/// The clips that a feature table and metadata share, and those that only one of them has.
///
/// ```
/// use blemore_data::{Alignment, Metadata, Unmatched};
/// use blemore_features::ClipIndex;
///
/// let metadata = Metadata::from_csv("filename\ntest_0001.mov\ntest_0002.mov\n")?;
/// let features: ClipIndex = ["test_0002", "test_0003"].map(|name| name.parse().unwrap()).into_iter().collect();
/// let alignment = Alignment::new(&features, &metadata, None);
/// assert_eq!(alignment.feature_clips(), [0]);
/// assert_eq!(alignment.clips_without_features()[0].as_str(), "test_0001");
///
/// let error = alignment.require("ImageBind_test.npz", Unmatched::Refuse).unwrap_err();
/// assert!(error.to_string().contains("test_0001") && error.to_string().contains("test_0003"));
/// # Ok::<(), blemore_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The names of both metadata tables.
    table: String,
    other: Option<String>,
    feature_clips: Vec<usize>,
    clips_without_features: Vec<ClipName>,
    features_without_clip: Vec<ClipName>,
    features_of_other: Vec<ClipName>,
}

impl Alignment {
    /// Matches the clips of a feature table with the metadata, by name. The table may also hold the clips of
    /// `other`, the metadata of the other partition.
    pub fn new(features: &ClipIndex, metadata: &Metadata, other: Option<&Metadata>) -> Self {
        let mut feature_clips = Vec::with_capacity(metadata.len());
        let mut clips_without_features = Vec::new();
        for ClipRecord { clip, .. } in metadata.clips() {
            match features.position(clip.as_str()) {
                Some(position) => feature_clips.push(position),
                None => clips_without_features.push(clip.clone()),
            }
        }
        let strangers = features.clips().iter().filter(|clip| metadata.row_of(clip).is_none());
        let (features_of_other, features_without_clip) =
            strangers.cloned().partition(|clip| other.is_some_and(|other| other.row_of(clip).is_some()));
        let (table, other) = (metadata.table().to_owned(), other.map(|other| other.table().to_owned()));
        Self { table, other, feature_clips, clips_without_features, features_without_clip, features_of_other }
    }

    /// Passes the alignment on when every clip of the metadata has features, and `unmatched` allows what else
    /// the table holds. `features` is the name of the table for the error.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when table and metadata have no clip in common; with every clip without features and, with
    /// [`Unmatched::Refuse`], every clip of the table that no metadata lists.
    pub fn require(self, features: &str, unmatched: Unmatched) -> Result<Self, Error> {
        let refused_features = match unmatched {
            Unmatched::Refuse => self.features_without_clip.as_slice(),
            Unmatched::DropFeatures => &[],
        };
        if self.feature_clips.is_empty() {
            return Err(Error::Mismatch(format!(
                "{features} has features of no clip of {}: they belong to different partitions or datasets",
                self.table
            )));
        }
        if self.clips_without_features.is_empty() && refused_features.is_empty() {
            return Ok(self);
        }
        let table = match self.other {
            Some(other) if !refused_features.is_empty() => format!("{} or {other}", self.table),
            _ => self.table,
        };
        let mut problems = Vec::new();
        let missing = &self.clips_without_features;
        if !missing.is_empty() {
            let (clips, names) = (counted(missing.len(), "clip"), Names(missing));
            problems.push(format!(
                "{features} has no features of {clips} of {table} (extract them, or take these clips out of the \
                 metadata): {names}"
            ));
        }
        if !refused_features.is_empty() {
            let (clips, names) = (counted(refused_features.len(), "clip"), Names(refused_features));
            problems.push(format!(
                "{features} has features of {clips} not listed in {table} (take them out of the features, or list \
                 them): {names}"
            ));
        }
        Err(Error::Mismatch(problems.join("\n")))
    }

    /// For each clip of the metadata that has features, in file order, its clip in the table: a position in
    /// [`ClipIndex::clips`].
    pub fn feature_clips(&self) -> &[usize] {
        &self.feature_clips
    }

    /// Clips of the metadata without features, in file order.
    pub fn clips_without_features(&self) -> &[ClipName] {
        &self.clips_without_features
    }

    /// Clips of the table that no metadata lists, in table order.
    pub fn features_without_clip(&self) -> &[ClipName] {
        &self.features_without_clip
    }

    /// Clips of the table that only the other metadata lists, in table order.
    pub fn features_of_other(&self) -> &[ClipName] {
        &self.features_of_other
    }
}
