//! A partition: the clips of one metadata table, each with its rows of a feature table.

use blemore_data::{Alignment, Error as DataError, Metadata, Unmatched};
use blemore_eval::Probabilities;
use blemore_features::{FeatureTable, StandardizedRows, Standardizer, SubsampledTable};
use blemore_hash::Hash;
use blemore_labels::{ClipName, Label};
use blemore_models::{Examples, Model};
use blemore_run::results::of_data;

use crate::Error;

/// The clips of a metadata table, in its order, with the rows that each has in a feature table: one of aggregated features,
/// one or more of subsampled ones.
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
/// assert_eq!(partition.feature_rows(), [[1], [0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Partition<'a> {
    features: String,
    table: Table<'a>,
    metadata: &'a Metadata,
    feature_rows: Vec<Vec<usize>>,
    left_out: Vec<ClipName>,
}

/// The features of both ways that the paper makes clips into examples.
#[derive(Clone, Copy, Debug)]
enum Table<'a> {
    /// A row a clip.
    Aggregated(&'a FeatureTable),
    /// Rows of a clip's matrix, each an example (Table III).
    Subsampled(&'a SubsampledTable),
}

/// Rows ready for a model, and, where a clip has several, the position of each row's clip.
pub(crate) struct ModelInputs<'a> {
    rows: StandardizedRows<'a>,
    clip_of_row: Option<Vec<usize>>,
}

impl ModelInputs<'_> {
    /// The probabilities of each clip.
    pub(crate) fn predict(self, model: &Model) -> Result<Probabilities<f32>, Error> {
        Ok(match self.clip_of_row {
            None => model.predict(self.rows)?,
            Some(clip_of_row) => model.predict_clips(self.rows, &clip_of_row)?,
        })
    }
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
        Self::join_beside(features, table, metadata, None)
    }

    /// Joins a table that may hold the clips of two partitions with the metadata of one; rows of the clips that `other`
    /// lists, where there is such a table, are left out ([`Partition::left_out`]).
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
    /// let partition = Partition::join_beside("WavLM", &table, &train, Some(&test))?;
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
        other: Option<&Metadata>,
    ) -> Result<Self, Error> {
        let features = features.into();
        let alignment = Alignment::new(table.clips(), metadata);
        let is_stranger = |clip: &&ClipName| other.is_none_or(|other| other.row_of(clip).is_none());
        let strangers: Vec<ClipName> =
            alignment.features_without_clip().iter().filter(is_stranger).cloned().collect();
        // Where nothing matches at all, that is the error.
        if !strangers.is_empty() && !alignment.metadata_rows().is_empty() {
            let names = [Some(metadata), other].into_iter().flatten().map(Metadata::table);
            return Err(Error::Data(DataError::Unmatched {
                features,
                table: names.collect::<Vec<_>>().join(" or "),
                clips_without_features: alignment.clips_without_features().to_vec(),
                features_without_clip: strangers,
            }));
        }
        let alignment = alignment.require(&features, Unmatched::DropFeatures)?;
        Ok(Self {
            features,
            table: Table::Aggregated(table),
            metadata,
            feature_rows: alignment.feature_rows().iter().map(|row| vec![*row]).collect(),
            left_out: alignment.features_without_clip().to_vec(),
        })
    }

    /// Joins subsampled features and metadata by clip name.
    ///
    /// ```
    /// # use blemore::Partition;
    /// # use blemore::data::{ClipRecord, Metadata};
    /// # use blemore::features::SubsampledTable;
    /// # use ndarray::array;
    /// let clip: blemore::labels::ClipName = "A1_ang_int1_ver1".parse()?;
    /// let metadata = Metadata::from_records(&[ClipRecord::of_name(clip.clone())])?;
    /// let table = SubsampledTable::new(vec![clip; 2], array![[0.1], [0.2]])?;
    /// assert_eq!(Partition::join_subsampled("VideoSwin", &table, &metadata)?.feature_rows(), [[0, 1]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Data`] with every clip without features and every clip with features that is not listed.
    pub fn join_subsampled(
        features: impl Into<String>,
        table: &'a SubsampledTable,
        metadata: &'a Metadata,
    ) -> Result<Self, Error> {
        let features = features.into();
        let alignment = Alignment::new(table.clips(), metadata).require(&features, Unmatched::Refuse)?;
        let rows_of = |clip: &usize| table.rows_of(&[*clip]);
        let feature_rows = alignment.feature_rows().iter().map(rows_of).collect::<Result<_, _>>()?;
        let table = Table::Subsampled(table);
        Ok(Self { features, table, metadata, feature_rows, left_out: Vec::new() })
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

    /// Number D of features.
    pub fn width(&self) -> usize {
        match self.table {
            Table::Aggregated(table) => table.width(),
            Table::Subsampled(table) => table.width(),
        }
    }

    /// The metadata.
    pub fn metadata(&self) -> &'a Metadata {
        self.metadata
    }

    /// The feature rows of each clip of the metadata, in its order.
    pub fn feature_rows(&self) -> &[Vec<usize>] {
        &self.feature_rows
    }

    /// Examples and features, `(N, D)`: rows of the table that belong to clips of the metadata.
    pub(crate) fn dim(&self) -> (usize, usize) {
        (self.feature_rows.iter().map(Vec::len).sum(), self.width())
    }

    /// How much memory the features of both take, in bytes; one table may hold them all.
    pub(crate) fn n_bytes_with(&self, other: &Self) -> usize {
        let same = match (self.table, other.table) {
            (Table::Aggregated(own), Table::Aggregated(others)) => std::ptr::eq(own, others),
            (Table::Subsampled(own), Table::Subsampled(others)) => std::ptr::eq(own, others),
            _ => false,
        };
        self.n_bytes() + if same { 0 } else { other.n_bytes() }
    }

    /// How much memory the features take, in bytes.
    pub(crate) fn n_bytes(&self) -> usize {
        match self.table {
            Table::Aggregated(table) => table.n_bytes(),
            Table::Subsampled(table) => table.values().len() * size_of::<f32>(),
        }
    }

    /// Calls `value` with each feature of a row of the table, as it is.
    pub(crate) fn for_each_value(&self, row: usize, mut value: impl FnMut(f32)) {
        match self.table {
            Table::Aggregated(table) => table.row(row).iter().for_each(|of_row| value(*of_row)),
            Table::Subsampled(table) => table.values().row(row).iter().for_each(|of_row| value(*of_row)),
        }
    }

    /// Means and deviations over the features of some clips, given by their rows in the metadata.
    pub(crate) fn standardizer(&self, clips: &[usize]) -> Result<Standardizer, Error> {
        let rows = self.rows_of(clips);
        Ok(match self.table {
            Table::Aggregated(table) => Standardizer::fit(table, &rows)?,
            Table::Subsampled(table) => Standardizer::fit_values(table.values(), &rows)?,
        })
    }

    /// The features of some clips as a model takes them. Each row is standardised when a batch asks for it: folds side by
    /// side share the one table.
    pub(crate) fn inputs(
        &self,
        standardizer: &Standardizer,
        clips: &[usize],
    ) -> Result<ModelInputs<'a>, Error> {
        let rows = self.rows_of(clips);
        Ok(match self.table {
            Table::Aggregated(table) => {
                ModelInputs { rows: standardizer.rows(table, &rows)?, clip_of_row: None }
            }
            Table::Subsampled(table) => {
                let repeated = clips.iter().enumerate().flat_map(|(position, clip)| {
                    std::iter::repeat_n(position, self.feature_rows[*clip].len())
                });
                let clip_of_row = Some(repeated.collect());
                ModelInputs { rows: standardizer.rows_of_values(table.values(), &rows)?, clip_of_row }
            }
        })
    }

    /// The examples that some clips make, given by their rows in the metadata, as are their labels.
    pub(crate) fn examples(
        &self,
        standardizer: &Standardizer,
        clips: &[usize],
        labels: &[Label],
    ) -> Result<Examples<'a>, Error> {
        let ModelInputs { rows, clip_of_row } = self.inputs(standardizer, clips)?;
        let label_of = |clip: &usize| labels[*clip];
        Ok(match clip_of_row {
            None => Examples::new(rows, clips.iter().map(label_of).collect())?,
            Some(clip_of_row) => {
                let labels = clip_of_row.iter().map(|position| label_of(&clips[*position])).collect();
                Examples::new(rows, labels)?.with_clips(&clip_of_row)?
            }
        })
    }

    /// The hash of the partition: its clips, labels and feature values.
    pub fn key(&self) -> Hash {
        let rows = self.feature_rows();
        let mut builder = of_data().numbers(&[rows.len(), self.width()]);
        for (record, rows) in self.metadata().clips().iter().zip(rows) {
            builder = builder.text(record.clip.as_str()).text(&record.actor);
            builder = builder.text(&record.label.map(|label| label.to_string()).unwrap_or_default());
            let mut bytes = Vec::with_capacity(rows.len() * self.width() * size_of::<f32>());
            for row in rows {
                self.for_each_value(*row, |value| bytes.extend(value.to_le_bytes()));
            }
            builder = builder.bytes(&bytes);
        }
        builder.finish()
    }

    fn rows_of(&self, clips: &[usize]) -> Vec<usize> {
        clips.iter().flat_map(|clip| &self.feature_rows[*clip]).copied().collect()
    }

    /// The clips whose features the table has and that belong to another partition.
    pub fn left_out(&self) -> &[ClipName] {
        &self.left_out
    }
}
