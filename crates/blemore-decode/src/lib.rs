//! Decoders, calibration and late fusion, learned from the outputs of models of blended emotions, after the paper "Not all
//! Blends are Equal: The BLEMORE Dataset of Blended Emotion Expressions with Relative Saliency Annotations".
//!
//! [`Outputs`] are the probabilities of one or several systems for the same clips; [`Training`] adds labels, actors and
//! folds. A [`Recipe`] learns a [`TrainedDecoder`], which decodes clips without labels. [`Evaluation`] scores recipes on
//! clips that they have not seen. A learned decoder needs outputs on clips that the systems were not trained on.
//!
//! ```
//! use blemore_decode::{Outputs, TrainedDecoder};
//! use blemore_eval::{ProbabilityTable, Thresholds};
//!
//! let table = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu\ntest_0001,0.6,0.4,0,0,0,0")?;
//! let decoder = TrainedDecoder::of_thresholds(["mine"], Thresholds { alpha: 0.1, beta: 0.1 });
//! let labels = decoder.decode(&Outputs::new([("mine", &table)])?)?;
//! assert_eq!(labels[0].to_string(), "ang+disg 70/30");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod by_actor;
mod error;
mod evaluation;
mod fusion;
mod holm;
mod kernel;
mod lbfgs;
mod learned;
#[cfg(test)]
mod made_up;
mod matrix;
mod outputs;
mod parallel;
mod recipe;
mod regression;
mod symmetric;
mod trained;

pub use by_actor::ByActor;
pub use error::Error;
pub use evaluation::{ClassRecall, Difference, Evaluated, Evaluation, Measured, Row, SystemPair, TestClips};
pub use fusion::{Fusion, Temperature, fuse};
pub use holm::holm;
pub use learned::Labels;
pub use outputs::{Outputs, Training};
pub use recipe::{Recipe, Rule};
pub use trained::TrainedDecoder;

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
