//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

use blemore_base::is_given_wrong;

use crate::{WeightFault, WeightFileProblem};

/// What can go wrong in this crate; each variant says where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be read.
    #[error("{} cannot be read: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is no checkpoint, or a damaged one.
    #[error("{} is no checkpoint that can be used: {problem}", .path.display())]
    UnusableFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: WeightFileProblem,
    },
    /// A checkpoint of something else.
    #[error(
        "{} is no checkpoint of {network}: a tensor should be named {}, and there are {}, ...",
        .path.display(), .expected.join(" or "), .found.join(", ")
    )]
    OtherNetwork {
        /// The file.
        path: PathBuf,
        /// The network that it should be of.
        network: &'static str,
        /// Names of which the file should have one, whatever stands before it.
        expected: Vec<&'static str>,
        /// The first names that it has.
        found: Vec<String>,
    },
    /// A checkpoint that differs from what the network needs, with all differences.
    #[error("{} does not fit: {}", .path.display(), listed(.faults))]
    Weights {
        /// The file.
        path: PathBuf,
        /// Every difference.
        faults: Vec<WeightFault>,
    },
    /// A checkpoint whose sizes no network can have.
    #[error("{} does not fit: {problem}", .path.display())]
    Sizes {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// A sound that is shorter than what one row of features is computed from.
    #[error("the sound has {samples} samples at 16 kHz: one row of features takes 400, which are 25 ms")]
    TooShort {
        /// Samples of the sound.
        samples: usize,
    },
    /// A layer that the network does not have.
    #[error("there is no layer {index}: give 0 to {layers}, or `mean`")]
    NoSuchLayer {
        /// The layer asked for.
        index: usize,
        /// The last one.
        layers: usize,
    },
    /// An error in libtorch.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

impl Error {
    /// Whether the input is at fault, and not the machine or the work.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Torch(_) => false,
            _ => true,
        }
    }
}

fn listed(faults: &[WeightFault]) -> String {
    faults.iter().map(WeightFault::to_string).collect::<Vec<_>>().join("; ")
}
