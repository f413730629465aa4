//! Generated corpora: made-up actors, clips and features in the dataset's own layout, for trying things out, tests and
//! benchmarks. Numbers measured on them say nothing about people.
//!
//! A corpus of the published size has 58 actors, 47 of them in five disjoint training folds and 11 for the test, and
//! 1,390 clips of single emotions and 1,660 of blends (Table I). Clip lengths are spread as in Figure 2 (our
//! approximation: log-normal, half of them of 2.5 to 4.6 seconds, all of 1 to 12). Each actor has an offset of their own,
//! and the mean of a clip's features follows the salience of its emotions. Models find on these features about what the
//! paper's find on real ones (Table II), and more on two sets side by side than on either.
//!
//! Everything says that it is generated: the encoders' names ([`Encoder::Generated`]), their folders, and a column
//! [`ORIGIN_COLUMN`] of the metadata that holds [`ORIGIN`].

mod clips;
mod expression;
mod known;

use std::path::Path;

use blemore_features::FeatureMatrix;
use blemore_labels::ClipName;
use ndarray::Array2;

use crate::{Encoder, Error, Metadata};

pub use clips::CorpusSize;
pub use known::KnownCorpus;

pub use crate::metadata::{ORIGIN, ORIGIN_COLUMN};

use expression::{Expression, Plan};

/// A generated corpus: the metadata of both partitions, and features made when they are asked for.
///
/// The same seed and size give the same bytes on every platform: the generator and all mathematics are portable.
///
/// ```
/// use blemore_data::generate::{Corpus, CorpusSize};
/// use blemore_data::Folds;
///
/// let corpus = Corpus::generate(42, CorpusSize::PUBLISHED)?;
/// assert_eq!((corpus.train().len(), corpus.test().len()), (2456, 594));
/// assert_eq!(Folds::new(corpus.train())?.count(), 5);
///
/// let clip = &corpus.train().clips()[0].clip;
/// let video = &corpus.feature_sets()[0];
/// assert_eq!(video.frames(clip), video.frames(clip), "T x D, as often as one likes");
/// # Ok::<(), blemore_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Corpus {
    train: Metadata,
    test: Metadata,
    feature_sets: [FeatureSet; 2],
}

/// The features of one generated encoder.
#[derive(Clone, Debug)]
pub struct FeatureSet(Expression);

impl Corpus {
    /// A corpus with the features of one small video and one small audio encoder.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the actors cannot fill the folds.
    pub fn generate(seed: u64, size: CorpusSize) -> Result<Self, Error> {
        let (train, test) = clips::partitions(seed, size)?;
        let feature_sets = [Plan::VIDEO, Plan::AUDIO].map(|plan| FeatureSet(Expression::new(seed, plan)));
        Ok(Corpus { train, test, feature_sets })
    }

    /// The clips of the training partition, with folds.
    pub fn train(&self) -> &Metadata {
        &self.train
    }

    /// The clips of the test partition.
    pub fn test(&self) -> &Metadata {
        &self.test
    }

    /// The feature sets: video, audio.
    pub fn feature_sets(&self) -> &[FeatureSet] {
        &self.feature_sets
    }

    /// Writes the corpus as a dataset folder: both metadata files, and an array file per clip and feature set.
    ///
    /// The training metadata come last: a folder whose writing was interrupted is no [`Dataset`](crate::Dataset).
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        let folder = folder.as_ref();
        let partitions = [("test", &self.test), ("train", &self.train)];
        for (partition, metadata) in partitions {
            for set in &self.feature_sets {
                let arrays = folder
                    .join(format!("pre_extracted_{partition}_data"))
                    .join(format!("{}_{partition}", set.encoder().folder_name()));
                for record in metadata.clips() {
                    set.write_clip(&record.clip, &arrays)?;
                }
            }
        }
        let path = |partition: &str| folder.join(format!("{partition}_metadata.csv"));
        partitions.into_iter().try_for_each(|(partition, metadata)| metadata.write(path(partition)))
    }
}

impl FeatureSet {
    /// The encoder that the features stand in for.
    pub fn encoder(&self) -> Encoder {
        Encoder::Generated(self.0.modality())
    }

    /// The clip's features, shape `(T, D)`; T follows the clip's length. A clip without a label has those of neutral.
    pub fn frames(&self, clip: &ClipName) -> Array2<f32> {
        self.0.frames(clip)
    }

    fn write_clip(&self, clip: &ClipName, arrays: &Path) -> Result<(), Error> {
        let path = arrays.join(format!("{clip}.npy"));
        let written = FeatureMatrix::new(self.frames(clip)).and_then(|frames| frames.write(&path));
        written.map_err(|error| match error {
            blemore_features::Error::Write { path, source } => Error::Write { path, source },
            other => Error::Features { path, source: Box::new(other) },
        })
    }
}
