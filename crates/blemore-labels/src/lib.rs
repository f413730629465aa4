//! Emotions, salience labels and clip names of the BLEMORE dataset.
//!
//! The dataset (section III of "Not all Blends are Equal") has six emotions. A clip shows one of them, or a blend of
//! two different non-neutral ones in which both are equally salient (50/50) or one dominates (70/30). That makes
//! 16 sets of emotions ([`PresenceClass`]) and 36 labels ([`Label`]). A value of these types is always a legal one.
//!
//! ```
//! use blemore_labels::{ClipName, Emotion, Label};
//!
//! let clip: ClipName = "A411_mix_ang_hap_30_70_ver1.mov".parse()?;
//! let label = clip.label().ok_or("an unlabelled clip")?;
//! assert_eq!(clip.actor(), Some("A411"));
//! assert_eq!(label.to_string(), "ang+hap 30/70");
//! assert_eq!(label.salience().as_array(), [0.3, 0.0, 0.0, 0.7, 0.0, 0.0]);
//! assert!(label.presence().contains(Emotion::Happiness));
//! # assert_eq!(Label::all().count(), 36);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The emotion set lives in [`Emotion`] alone: every other module asks it for names, order and number.

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

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
