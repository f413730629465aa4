//! Per-clip feature arrays to what a model takes: aggregation, tables, fusion and standardisation, after
//! Section IV of the paper "Not all Blends are Equal: The BLEMORE Dataset of Blended Emotion Expressions with
//! Relative Saliency Annotations".
//!
//! An encoder gives a T x D matrix per clip. The paper's aggregation baseline turns its frames into seven
//! statistics per dimension; its subsampling baseline takes each frame as an example. Tables of two encoders can
//! be put side by side. Features are standardised with the means and deviations of the training clips.
//!
//! | | |
//! | --- | --- |
//! | [`FeatureFolder`], [`Aggregator`] | a folder of matrices to a table: statistics of each clip, or all its frames |
//! | [`FeatureTable`], [`FeatureRows`], [`ClipIndex`] | rows of features; some of them; which clip each belongs to |
//! | [`FeatureMatrix`] | the frames of one clip |
//! | [`fuse`] | tables side by side, by clip name |
//! | [`Standardizer`], [`StandardizedRows`] | what models take |
//! | [`openface`] | OpenFace's CSV files to matrices |
//! | [`Pca`], [`standardize_within_actors`] | for plots of features (`blemore figures`) |
//!
//! ```no_run
//! use blemore_features::{Aggregator, FeatureFolder, Standardizer, fuse};
//!
//! let statistics = Aggregator::default();
//! let video = FeatureFolder::new("VideoMAEv2").aggregate(&statistics, &|_| ())?.table;
//! let audio = FeatureFolder::new("HuBERT").aggregate(&statistics, &|_| ())?.table;
//! let table = fuse(&[video, audio])?;
//! table.write("VideoMAEv2_HuBERT.npz")?;
//! let training: Vec<usize> = (0..table.len()).filter(|row| row % 5 != 0).collect();
//! let standardizer = Standardizer::fit(table.rows(&training)?)?;
//! let inputs = standardizer.apply(table.rows(&training)?)?;
//! assert_eq!((inputs.len(), inputs.width()), (training.len(), table.width()));
//! # Ok::<(), blemore_features::Error>(())
//! ```

mod aggregate;
mod aligned;
mod array_file;
mod clip_fault;
mod clip_index;
mod error;
mod folder;
mod fusion;
mod matrix;
mod non_finite;
mod npy;
mod npz;
pub mod openface;
mod origin;
mod pca;
mod standardize;
mod table;

pub use aggregate::{AggregationError, Aggregator, InstructionSet, Statistic, Workspace};
pub use blemore_base::{Listener, Progress};
pub use clip_fault::{ClipFault, ClipProblem};
pub use clip_index::ClipIndex;
pub use error::Error;
pub use folder::{DroppedAxes, FeatureFolder, FolderOptions, FolderReport};
pub use fusion::{Fusion, FusionFault, fuse, fuse_all, fuse_common};
pub use matrix::{ArrayShape, FeatureMatrix};
/// The crate whose arrays this one takes and gives.
pub use ndarray;
pub use non_finite::{Fixes, NonFinite};
pub use npy::{Layer, NpyError};
pub use npz::NpzError;
pub use origin::Origin;
pub use pca::{Pca, Scale};
pub use standardize::{StandardizedRows, Standardizer, standardize_within_actors};
pub use table::{
    EncoderColumns, FeatureRows, FeatureTable, OnSuspicion, TableFault, TableQuality, TableShape,
    is_other_order,
};
