//! What a training took, and where. No number depends on it.

use serde::{Deserialize, Serialize};

/// When a result was made, by which versions and on what. It stands in the record of a result, beside what was computed,
/// and is no part of what the result is found by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// The version of blemore.
    pub blemore: String,
    /// The version of libtorch, where it is known.
    pub libtorch: Option<String>,
    /// When the training began, in UTC: `2026-11-28T18:33:10Z`. Of one that was interrupted, when it went on.
    pub began: String,
    /// Seconds from then to its end.
    pub seconds: f64,
    /// The processor's name.
    pub processor: String,
    /// Threads of this training alone, others went on beside it.
    pub threads: usize,
    /// Where the arithmetic ran: `cpu`, `cuda:0`.
    pub device: String,
}
