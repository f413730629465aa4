//! Clips, folds and dataset folders of the BLEMORE layout, after the paper "Not all Blends are Equal: The BLEMORE Dataset of
//! Blended Emotion Expressions with Relative Saliency Annotations".
//!
//! Metadata say which clips there are, what each shows (section III) and in which of the actor-disjoint folds it is held
//! out (section V); a dataset folder brings the metadata of both partitions and each encoder's features together.
//! [`generate`] makes corpora of the same layout, for trying things out without the dataset. Metadata are polars frames
//! with a typed view; every fault of a file is reported at once.
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
pub mod parquet;
mod random;

pub use alignment::{Alignment, Unmatched};
pub use dataset::{Dataset, DatasetFault, FeatureSource, Overlooked, OverlookedReason, Source, Standing};
pub use encoder::{Encoder, Modality};
pub use error::Error;
pub use folds::{FoldFault, Folds, OFFICIAL_FOLDS, Split};
pub use inspection::{
    ClassCount, FeatureSetSummary, Finding, FoldSummary, Inspection, InspectionProgress, PartitionSummary,
    SourceSummary, Spread,
};
pub use metadata::{ClipRecord, Gender, Metadata, RowFault, RowProblem};
