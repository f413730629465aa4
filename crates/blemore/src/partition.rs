//! A partition: the clips of one metadata table, each with its rows of a feature table.

use blemore_data::{Alignment, Metadata, Unmatched};
use blemore_features::{
    FeatureRows, FeatureTable, OnSuspicion, Origin, StandardizedRows, Standardizer, TableQuality,
    is_other_order,
};
use blemore_hash::{Hash, Hasher};
use blemore_labels::{ClipName, Label};
use blemore_models::{Examples, Footprint, align_correlations};
use blemore_run::results::of_data;
use blemore_run::{Architecture, Device, EncoderFusion, EncoderWeight, FeatureAlignment, ModelShape, Recipe};

use crate::Error;

/// The clips of a metadata table, in its order, with the rows that each has in a feature table: one of aggregated
/// features, one or more of subsampled features (Table III).
///
/// ```
/// use blemore::Partition;
/// use blemore::data::{ClipRecord, Metadata};
/// use blemore::features::FeatureTable;
/// use ndarray::array;
///
/// let records = ["A1_ang_int1_ver1".parse()?, "A2_sad_int1_ver1".parse()?].map(ClipRecord::of_name);
/// let metadata = Metadata::from_records(&records)?;
/// let clips = ["A2_sad_int1_ver1".parse()?, "A1_ang_int1_ver1".parse()?];
/// let table = FeatureTable::new(clips, array![[0.2], [0.1]])?;
/// let partition = Partition::join("WavLM", &table, &metadata)?;
/// assert_eq!((partition.n_clips(), partition.width()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Partition<'a> {
    features: String,
    table: &'a FeatureTable,
    metadata: &'a Metadata,
    /// For each clip of the metadata, its place among the clips of the table.
    clips: Vec<usize>,
    left_out: Vec<ClipName>,
}

impl<'a> Partition<'a> {
    /// Joins features and metadata by clip name; `features` is the features' name.
    ///
    /// # Errors
    /// [`Error::Data`] with every clip without features and every clip of the table that the metadata does not list.
    pub fn join(
        features: impl Into<String>,
        table: &'a FeatureTable,
        metadata: &'a Metadata,
    ) -> Result<Self, Error> {
        Self::join_beside(features, table, metadata, None)
    }

    /// Joins a table that may hold the clips of two partitions with the metadata of one. Clips that only `other` lists,
    /// the metadata of the other partition, are left out ([`Partition::left_out`]).
    ///
    /// # Errors
    /// [`Error::Data`] with every clip without features, and every clip of the table that no metadata lists.
    pub fn join_beside(
        features: impl Into<String>,
        table: &'a FeatureTable,
        metadata: &'a Metadata,
        other: Option<&Metadata>,
    ) -> Result<Self, Error> {
        let features = features.into();
        let alignment =
            Alignment::new(table.index(), metadata, other).require(&features, Unmatched::Refuse)?;
        let clips = alignment.feature_clips().to_vec();
        Ok(Self { features, table, metadata, clips, left_out: alignment.features_of_other().to_vec() })
    }

    /// The same partition with another name for its features: the name in a run, if the file was renamed since.
    #[must_use]
    pub fn renamed(mut self, features: impl Into<String>) -> Self {
        self.features = features.into();
        self
    }

    /// The name of the features.
    pub fn features(&self) -> &str {
        &self.features
    }

    /// How the features were made, one recipe per encoder, where that is known.
    pub fn origins(&self) -> &'a [Origin] {
        self.table.origins()
    }

    /// Number D of features.
    pub fn width(&self) -> usize {
        self.table.width()
    }

    /// The metadata.
    pub fn metadata(&self) -> &'a Metadata {
        self.metadata
    }

    /// Number of clips.
    pub fn n_clips(&self) -> usize {
        self.clips.len()
    }

    /// The shape of a model on these features.
    ///
    /// # Errors
    /// [`Error::Run`] for features that do not suit the recipe's fusion, and for a model that is too large.
    pub(crate) fn model_shape(
        &self,
        recipe: &Recipe,
        architecture: &Architecture,
    ) -> Result<ModelShape, Error> {
        Ok(ModelShape::new(recipe, architecture, self.width(), &self.encoder_widths())?)
    }

    /// What a fit of a model on these features needs.
    ///
    /// # Errors
    /// Those of [`model_shape`](Self::model_shape).
    pub(crate) fn footprint(
        &self,
        recipe: &Recipe,
        device: Device,
        architecture: &Architecture,
    ) -> Result<Footprint, Error> {
        let examples = self.clips.iter().map(|clip| self.table.index().rows_at(*clip).len()).sum();
        Ok(Footprint::of(recipe, device, &self.model_shape(recipe, architecture)?, examples))
    }

    /// The number of columns of each encoder.
    fn encoder_widths(&self) -> Vec<usize> {
        self.table.encoders().iter().map(|encoder| encoder.width).collect()
    }

    /// Refuses clips that lack an encoder where the recipe needs all.
    pub(crate) fn check_encoders(&self, recipe: &Recipe) -> Result<(), Error> {
        match self.table.rows_of_clips(&self.clips)?.first_missing() {
            Some((clip, encoder)) if !recipe.takes_missing() => {
                let (clip, encoder) = (clip.clone(), encoder.to_owned());
                Err(blemore_run::Error::MissingEncoder { encoder, clip }.into())
            }
            _ => Ok(()),
        }
    }

    /// The names of the encoders, where the table was made of several.
    pub(crate) fn encoder_names(&self) -> Vec<String> {
        self.table.encoder_names()
    }

    /// Refuses features whose encoders stand in another order than those of `training`, and where the fusion weighs them,
    /// other columns too.
    pub(crate) fn check_same_encoders(&self, training: &Self, fusion: EncoderFusion) -> Result<(), Error> {
        let (expected, found) = (training.encoder_names(), self.encoder_names());
        if is_other_order(&expected, &found) {
            return Err(blemore_models::Error::EncoderOrder { expected, found }.into());
        }
        let (expected, found) = (training.encoder_widths(), self.encoder_widths());
        match fusion.takes_missing() && expected != found {
            true => Err(blemore_models::Error::OtherEncoders { expected, found }.into()),
            false => Ok(()),
        }
    }

    /// What a gate made of these clips: the weight of each encoder with its name.
    pub(crate) fn named_weights(&self, weights: Vec<f64>) -> Vec<EncoderWeight> {
        let named = self.table.encoders().iter().zip(weights);
        named.map(|(encoder, weight)| EncoderWeight { encoder: encoder.name.clone(), weight }).collect()
    }

    /// A key with what gated fusion takes besides the values: the columns of each encoder.
    pub(crate) fn with_encoders(&self, key: Hasher, fusion: EncoderFusion) -> Hasher {
        if fusion.takes_missing() { key.text("encoders").numbers(&self.encoder_widths()) } else { key }
    }

    /// Memory of the features of both in bytes; one table may hold them all.
    pub(crate) fn n_bytes_with(&self, other: &Self) -> usize {
        self.n_bytes() + if std::ptr::eq(self.table, other.table) { 0 } else { other.n_bytes() }
    }

    /// Looks at the values of the features, those of a test partition beside those of `training`, and gives what is suspect
    /// about them.
    ///
    /// # Errors
    /// [`Error::Features`] for features that a model cannot learn from, and with [`OnSuspicion::Refuse`] for suspect ones.
    pub fn check_features(
        &self,
        training: Option<&TableQuality>,
        on_suspicion: OnSuspicion,
    ) -> Result<(TableQuality, Vec<String>), Error> {
        let quality = TableQuality::of(self.table.rows_of_clips(&self.clips)?);
        let (mut faults, mut suspicions) = (quality.faults(training), quality.suspicions(training));
        if on_suspicion == OnSuspicion::Refuse {
            faults.append(&mut suspicions);
        }
        if faults.is_empty() {
            return Ok((quality, suspicions));
        }
        let path = Some(self.features.clone().into());
        Err(blemore_features::Error::Useless { path, faults }.into())
    }

    /// How much memory the features take, in bytes.
    pub(crate) fn n_bytes(&self) -> usize {
        self.table.n_bytes()
    }

    /// The features of all clips.
    pub(crate) fn all_rows(&self) -> Result<FeatureRows<'a>, Error> {
        Ok(self.table.rows_of_clips(&self.clips)?)
    }

    /// Means and deviations of the features of some clips, given by their rows in the metadata.
    pub(crate) fn standardizer(&self, clips: &[usize]) -> Result<Standardizer, Error> {
        Ok(Standardizer::fit(self.rows_of(clips)?)?)
    }

    /// The features of some clips as a model takes them. A row is standardised when a batch needs it, so that folds side
    /// by side share one table.
    pub(crate) fn inputs(
        &self,
        standardizer: &Standardizer,
        clips: &[usize],
    ) -> Result<StandardizedRows<'a>, Error> {
        Ok(standardizer.apply(self.rows_of(clips)?)?)
    }

    /// The examples of some clips, given by their rows in the metadata.
    pub(crate) fn examples(
        &self,
        standardizer: &Standardizer,
        clips: &[usize],
        labels: &[Label],
    ) -> Result<Examples<'a>, Error> {
        let labels = clips.iter().map(|clip| labels[*clip]).collect();
        Ok(Examples::new(self.inputs(standardizer, clips)?, labels)?)
    }

    /// Examples as a recipe trains on them: aligned with the held-out clips' features, if it says so.
    pub(crate) fn aligned(
        &self,
        recipe: &Recipe,
        train: Examples<'a>,
        held_out: &StandardizedRows<'_>,
    ) -> Result<Examples<'a>, Error> {
        match recipe.alignment {
            FeatureAlignment::None => Ok(train),
            FeatureAlignment::Correlation => {
                let aligned = align_correlations(train.features(), held_out)?;
                Ok(Examples::new(aligned, train.labels().to_vec())?)
            }
        }
    }

    /// The hash of the partition: its clips, labels and feature values.
    pub fn key(&self) -> Hash {
        let mut builder = of_data().numbers(&[self.n_clips(), self.width()]);
        for (record, clip) in self.metadata().clips().iter().zip(&self.clips) {
            builder = builder.text(record.clip.as_str()).text(&record.actor);
            builder = builder.text(&record.label.map(|label| label.to_string()).unwrap_or_default());
            for (number, encoder) in self.table.encoders().iter().enumerate() {
                if !encoder.has(&record.clip) {
                    builder = builder.text(&format!("without encoder {number}"));
                }
            }
            let rows = self.table.index().rows_at(*clip);
            let mut bytes = Vec::with_capacity(rows.len() * self.width() * size_of::<f32>());
            for row in rows {
                self.table.row(*row).iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            }
            builder = builder.bytes(&bytes);
        }
        builder.finish()
    }

    /// The features of some clips, given by their rows in the metadata.
    fn rows_of(&self, clips: &[usize]) -> Result<FeatureRows<'a>, Error> {
        let clips: Vec<usize> = clips.iter().map(|clip| self.clips[*clip]).collect();
        Ok(self.table.rows_of_clips(&clips)?)
    }

    /// The clips whose features the table has and that belong to another partition.
    pub fn left_out(&self) -> &[ClipName] {
        &self.left_out
    }
}
