//! Clips, folds and dataset folders of the BLEMORE layout, after the paper "Not all Blends are Equal: The BLEMORE Dataset of
//! Blended Emotion Expressions with Relative Saliency Annotations".
//!
//! Metadata say which clips there are, what each shows (section III) and in which of the actor-disjoint folds it is held
//! out (section V); a dataset folder brings the metadata of both partitions and each encoder's features together.
//! [`generate`] makes corpora of the same layout, to try things out without the dataset. All faults of a file are reported
//! at once.
//!
//! | start with | to |
//! | --- | --- |
//! | [`Metadata`] | read a metadata file: CSV, JSON lines, Parquet, Arrow IPC |
//! | [`Folds`] | split its clips into folds that share no actor |
//! | [`Dataset`] | open a folder with metadata and features of both partitions |
//! | [`Inspection`] | describe such a folder, and find what is wrong with it |
//! | [`Alignment`] | find the clips that features and metadata share |
//! | [`generate::Corpus`] | make such a folder with generated clips |
//!
//! The feature `polars` (on by default) reads Parquet and Arrow IPC, and gives metadata as frames to join and group
//! (`Metadata::frame`). Everything else does without it.
//!
//! ```
//! use blemore_data::generate::{Corpus, CorpusSize};
//! use blemore_data::{Dataset, Folds};
//!
//! let folder = tempfile::tempdir()?;
//! Corpus::generate(42, CorpusSize { training_actors: 5, test_actors: 1, folds: 5 })?.write(folder.path())?;
//!
//! let dataset = Dataset::open(folder.path())?;
//! let names: Vec<String> = dataset.feature_sets().iter().map(|set| set.encoder().to_string()).collect();
//! assert_eq!(names, ["Generated video", "Generated audio"]);
//! let split = Folds::new(dataset.train())?.split(0)?;
//! assert_eq!((split.train.len(), split.validation.len()), (4 * 54, 54));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod alignment;
mod dataset;
mod encoder;
mod error;
mod folds;
pub mod generate;
mod inspection;
mod metadata;
mod random;

pub use alignment::{Alignment, Unmatched};
pub use dataset::{ClipLength, Dataset, FeatureSource, Overlooked, OverlookedReason, Source, Standing};
pub use encoder::{Encoder, Modality};
pub use error::Error;
pub use folds::{Folds, OFFICIAL_FOLDS, Split};
pub use inspection::{
    ClassCount, Depth, FeatureSetSummary, Finding, FoldSummary, Inspection, PartitionSummary, SourceSummary,
    Spread,
};
#[cfg(feature = "polars")]
pub use polars;

pub use metadata::{ClipRecord, Gender, Metadata, MetadataFault};
