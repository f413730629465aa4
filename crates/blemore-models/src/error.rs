//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

use blemore_base::{Blame, is_given_wrong};

use crate::{Device, EncoderFusion, FineTuned, Trained};

/// What can go wrong in this crate. Each message says where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A model or a recipe that is not valid.
    #[error(transparent)]
    Run(#[from] blemore_run::Error),
    /// A file that cannot be read.
    #[error("{} cannot be read: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("{} cannot be written: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A checkpoint or a training state with faults, all that were found.
    #[error("{} cannot be used as a {kind}: {}", .path.display(), .faults.join("; "))]
    UnusableFile {
        /// The file.
        path: PathBuf,
        /// `checkpoint` or `training state`.
        kind: &'static str,
        /// What is wrong with it, one sentence per fault.
        faults: Vec<String>,
    },
    /// Features that are not those a checkpoint was trained on.
    #[error(
        "the table has {found} columns, the checkpoint was trained on {expected} features of `{feature_set}`: \
         give it that feature set"
    )]
    OtherFeatures {
        /// Name of the features that the checkpoint was trained on.
        feature_set: String,
        /// Their number.
        expected: usize,
        /// Columns of the table.
        found: usize,
    },
    /// Thresholds that are not finite.
    #[error("alpha {alpha} and beta {beta} are not thresholds: give finite numbers")]
    InvalidThresholds {
        /// The presence threshold.
        alpha: f64,
        /// The salience threshold.
        beta: f64,
    },
    /// No training or no validation examples.
    #[error("there are no {part} examples: check the fold numbers and the clip filter")]
    NoExamples {
        /// `training` or `validation`.
        part: &'static str,
    },
    /// A list that should have one entry per row of features.
    #[error("{found} {what} for {expected} rows of features: give one per row")]
    LengthMismatch {
        /// What there is a list of.
        what: &'static str,
        /// Rows of features.
        expected: usize,
        /// Length of the list.
        found: usize,
    },
    /// Features of another width than the model or the training part.
    #[error(
        "the {part} has {found} columns, expected {expected}: use the feature set that the model was trained on"
    )]
    WidthMismatch {
        /// What has the wrong width.
        part: &'static str,
        /// Columns expected.
        expected: usize,
        /// Columns found.
        found: usize,
    },
    /// Features whose encoders have other numbers of columns than those of a model with gated fusion.
    #[error(
        "the encoders have {found:?} columns, the model was trained on {expected:?}: fuse the same tables in the same order"
    )]
    OtherEncoders {
        /// The columns of each encoder of the model.
        expected: Vec<usize>,
        /// Those of the features.
        found: Vec<usize>,
    },
    /// Features whose encoders stand in another order than those that the model was trained on.
    #[error(
        "the encoders stand in the order {}, the model was trained on {}: fuse the tables again in that order",
        found.join(", "), expected.join(", ")
    )]
    EncoderOrder {
        /// The encoders of the model.
        expected: Vec<String>,
        /// Those of the features.
        found: Vec<String>,
    },
    /// Features that cannot be aligned with others.
    #[error("the features cannot be aligned: {problem}; leave alignment out of the recipe")]
    Alignment {
        /// Why.
        problem: String,
    },
    /// A model and a recipe of different fusions.
    #[error(
        "the model was trained with fusion {expected}, the recipe says {found}: give the recipe that it was trained with"
    )]
    OtherFusion {
        /// That of the model.
        expected: EncoderFusion,
        /// That of the recipe.
        found: EncoderFusion,
    },
    /// A NaN or an infinity among the features.
    #[error(
        "the feature in row {row}, column {column} is {value}: drop or impute such frames when aggregating"
    )]
    NonFiniteFeature {
        /// Row of the examples, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A loss that is not finite.
    #[error(
        "the {part} loss is {loss} in epoch {epoch}, batch {batch}: lower the learning rate or check the features' scale{}",
        kept(.last_good.as_ref())
    )]
    NonFiniteLoss {
        /// `training` or `validation`.
        part: &'static str,
        /// The epoch, from 1.
        epoch: usize,
        /// The batch in it, from 1.
        batch: usize,
        /// The loss.
        loss: f64,
        /// What was trained up to the epoch before, if there was one.
        last_good: Option<LastGood>,
    },
    /// A device that this libtorch does not see.
    #[error(
        "device {device} is not there: this libtorch sees {available} CUDA devices; use `cpu` or a CUDA build of libtorch"
    )]
    NoSuchDevice {
        /// The device asked for.
        device: Device,
        /// Number of CUDA devices.
        available: usize,
    },
    /// An error in libtorch.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
    /// A clip or a checkpoint of a network.
    #[error(transparent)]
    Encoders(#[from] blemore_encoders::Error),
    /// A fit that was stopped before it had anything to give.
    #[error("the fit was stopped before it had a result: run it again, it goes on from its state")]
    Stopped,
    /// A thread that reads clips and ended without one.
    #[error("a thread that reads clips stopped: run it again")]
    LoaderStopped,
    /// Probabilities or truths that the threshold search refuses.
    #[error(transparent)]
    Eval(#[from] blemore_eval::Error),
    /// Features that cannot be standardised.
    #[error(transparent)]
    Features(#[from] blemore_features::Error),
}

impl Blame for Error {
    fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Write { .. }
            | Self::LoaderStopped
            | Self::Stopped
            | Self::Torch(_)
            | Self::NonFiniteLoss { .. } => false,
            Self::Run(error) => error.is_bad_input(),
            Self::Encoders(error) => error.is_bad_input(),
            Self::Eval(error) => error.is_bad_input(),
            Self::Features(error) => error.is_bad_input(),
            _ => true,
        }
    }
}

impl Error {
    /// Adds what was trained before to the error of a loss that is not finite.
    pub(crate) fn keeping(self, last_good: Option<LastGood>) -> Self {
        match self {
            Self::NonFiniteLoss { part, epoch, batch, loss, .. } => {
                Self::NonFiniteLoss { part, epoch, batch, loss, last_good }
            }
            other => other,
        }
    }
}

/// What a fit had reached before its loss stopped being finite.
#[derive(Debug)]
pub enum LastGood {
    /// A model of features.
    Model(Box<Trained>),
    /// A network.
    Network(Box<FineTuned>),
}

fn kept(last_good: Option<&LastGood>) -> String {
    let epochs = last_good.map(|last_good| match last_good {
        LastGood::Model(trained) => trained.epochs.len(),
        LastGood::Network(tuned) => tuned.epochs.len(),
    });
    epochs.map(|epochs| format!(" (epochs 1 to {epochs} are kept)")).unwrap_or_default()
}
