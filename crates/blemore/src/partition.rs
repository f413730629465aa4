//! A partition: the clips of one metadata table, each with its row of a feature table.

use blemore_data::{Alignment, Error as DataError, Metadata, Unmatched};
use blemore_features::FeatureTable;
use blemore_labels::ClipName;

use crate::Error;

/// The clips of a metadata table, in its order, with the row that each has in a feature table.
///
/// ```
/// use blemore::Partition;
/// use blemore::data::{ClipRecord, Metadata};
/// use blemore::features::FeatureTable;
/// use ndarray::array;
///
/// let records = ["A1_ang_int1_ver1".parse()?, "A2_sad_int1_ver1".parse()?].map(ClipRecord::of_name);
/// let metadata = Metadata::from_records(&records)?;
/// let clips = vec!["A2_sad_int1_ver1".parse()?, "A1_ang_int1_ver1".parse()?];
/// let table = FeatureTable::new(clips, array![[0.2], [0.1]])?;
/// let partition = Partition::join("WavLM", &table, &metadata)?;
/// assert_eq!(partition.feature_rows(), [1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Partition<'a> {
    features: String,
    table: &'a FeatureTable,
    metadata: &'a Metadata,
    feature_rows: Vec<usize>,
    left_out: Vec<ClipName>,
}

impl<'a> Partition<'a> {
    /// Joins features and metadata by clip name; `features` is the features' name.
    ///
    /// # Errors
    /// [`Error::Data`] with every clip without features and every feature row without a clip.
    pub fn join(
        features: impl Into<String>,
        table: &'a FeatureTable,
        metadata: &'a Metadata,
    ) -> Result<Self, Error> {
        let features = features.into();
        let alignment = Alignment::new(table.clips(), metadata).require(&features, Unmatched::Refuse)?;
        Ok(Self::of_alignment(features, table, metadata, &alignment))
    }

    /// Joins a table that may hold the clips of two partitions with the metadata of one; rows of the clips that `other`
    /// lists are left out ([`Partition::left_out`]).
    ///
    /// ```
    /// # use blemore::Partition;
    /// # use blemore::data::{ClipRecord, Metadata};
    /// # use blemore::features::FeatureTable;
    /// # use ndarray::array;
    /// let clips = ["A1_ang_int1_ver1".parse()?, "A2_sad_int1_ver1".parse()?];
    /// let [train, test] = clips.clone().map(|clip| Metadata::from_records(&[ClipRecord::of_name(clip)]));
    /// let table = FeatureTable::new(clips.to_vec(), array![[0.2], [0.1]])?;
    /// let (train, test) = (train?, test?);
    /// assert!(Partition::join("WavLM", &table, &train).is_err());
    /// let partition = Partition::join_beside("WavLM", &table, &train, &test)?;
    /// assert_eq!(partition.left_out()[0].as_str(), "A2_sad_int1_ver1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Data`] with every clip without features, and every feature row of a clip that neither table lists.
    pub fn join_beside(
        features: impl Into<String>,
        table: &'a FeatureTable,
        metadata: &'a Metadata,
        other: &Metadata,
    ) -> Result<Self, Error> {
        let features = features.into();
        let alignment = Alignment::new(table.clips(), metadata);
        let strangers: Vec<ClipName> = alignment
            .features_without_clip()
            .iter()
            .filter(|clip| other.row_of(clip).is_none())
            .cloned()
            .collect();
        if !strangers.is_empty() {
            return Err(Error::Data(DataError::Unmatched {
                features,
                table: format!("{} or {}", metadata.table(), other.table()),
                clips_without_features: alignment.clips_without_features().to_vec(),
                features_without_clip: strangers,
            }));
        }
        let alignment = alignment.require(&features, Unmatched::DropFeatures)?;
        Ok(Self::of_alignment(features, table, metadata, &alignment))
    }

    fn of_alignment(
        features: String,
        table: &'a FeatureTable,
        metadata: &'a Metadata,
        alignment: &Alignment,
    ) -> Self {
        Self {
            features,
            table,
            metadata,
            feature_rows: alignment.feature_rows().to_vec(),
            left_out: alignment.features_without_clip().to_vec(),
        }
    }

    /// The same partition under another name of its features: that of a run, when the file was renamed since.
    #[must_use]
    pub fn renamed(mut self, features: impl Into<String>) -> Self {
        self.features = features.into();
        self
    }

    /// The name of the features.
    pub fn features(&self) -> &str {
        &self.features
    }

    /// The feature table; it may hold more rows than the partition has clips.
    pub fn table(&self) -> &'a FeatureTable {
        self.table
    }

    /// The metadata.
    pub fn metadata(&self) -> &'a Metadata {
        self.metadata
    }

    /// The feature row of each clip of the metadata, in its order.
    pub fn feature_rows(&self) -> &[usize] {
        &self.feature_rows
    }

    /// The feature rows of some clips, given by their rows in the metadata.
    pub(crate) fn feature_rows_of(&self, metadata_rows: &[usize]) -> Vec<usize> {
        metadata_rows.iter().map(|row| self.feature_rows[*row]).collect()
    }

    /// The clips whose features the table has and that belong to another partition.
    pub fn left_out(&self) -> &[ClipName] {
        &self.left_out
    }
}
