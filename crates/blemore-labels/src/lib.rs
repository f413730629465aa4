#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod clip_name;
mod emotion;
mod error;
mod label;
mod presence;
mod salience;
mod serde_text;

pub use clip_name::{ClipName, Setting};
pub use emotion::Emotion;
pub use error::Error;
pub use label::{Blend, Label, Ratio};
pub use presence::PresenceClass;
pub use salience::{SalienceVector, sigma};
