//! Per-clip feature arrays to what a model takes: aggregation, tables, fusion and standardisation, after
//! Section IV of the paper "Not all Blends are Equal: The BLEMORE Dataset of Blended Emotion Expressions with
//! Relative Saliency Annotations".
//!
//! An encoder gives a T x D matrix per clip. The paper's aggregation baseline turns its frames into seven
//! statistics per dimension, puts the tables of two encoders side by side, and standardises on the training
//! clips.
//!
//! | | |
//! | --- | --- |
//! | [`FolderAggregation`], [`Aggregator`] | a folder of matrices to one row of statistics per clip |
//! | [`FeatureTable`], [`SubsampledTable`] | one row per clip; several rows per clip |
//! | [`FeatureMatrix`] | the frames of one clip |
//! | [`fuse`] | tables side by side, by clip name |
//! | [`Standardizer`], [`standardize_within_actors`], [`Pca`] | what models and plots take |
//! | [`openface`] | OpenFace's CSV files to matrices |
//!
//! ```no_run
//! use blemore_features::{FolderAggregation, Standardizer, fuse};
//!
//! let video = FolderAggregation::new("VideoMAEv2").run(&|_| ())?.table;
//! let audio = FolderAggregation::new("HuBERT").run(&|_| ())?.table;
//! let table = fuse(&[video, audio])?;
//! table.write("VideoMAEv2_HuBERT.npz")?;
//! let training: Vec<usize> = (0..table.len()).filter(|row| row % 5 != 0).collect();
//! let inputs = Standardizer::fit(&table, &training)?.apply(&table, &training)?;
//! assert_eq!(inputs.dim(), (training.len(), table.width()));
//! # Ok::<(), blemore_features::Error>(())
//! ```

mod actors;
mod aggregate;
mod aligned;
mod error;
mod folder;
mod fusion;
mod mapped;
mod matrix;
mod non_finite;
mod npy;
mod npz;
pub mod openface;
mod pca;
mod shape;
mod standardize;
mod subsampled;
mod table;

pub use actors::standardize_within_actors;
pub use aggregate::{AggregationError, Aggregator, CustomStatistic, InstructionSet, Statistic, Workspace};
pub use error::Error;
pub use folder::{
    ClipFault, ClipProblem, DroppedAxes, FolderAggregation, FolderOptions, FolderReport, Progress,
};
pub use fusion::{Fusion, FusionFault, fuse, fuse_common};
pub use matrix::FeatureMatrix;
pub use non_finite::{Mending, NonFinite};
pub use npy::{Layer, NpyError};
pub use npz::NpzError;
pub use pca::{Pca, Scale};
pub use shape::{ArrayShape, TableShape};
pub use standardize::{StandardizedRows, Standardizer};
pub use subsampled::{SubsampledReport, SubsampledTable};
pub use table::{FeatureTable, TableFault, TableProblem};
