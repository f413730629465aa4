#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod accuracies;
mod calibration;
mod canvas;
mod components;
mod confusion;
#[cfg(feature = "convert")]
mod convert;
mod curves;
mod durations;
mod error;
mod figure;
mod geometry;
mod heat_map;
mod legend;
mod panel;
mod scale;
mod structure;
mod surface;
mod svg;
mod sweep;
mod text;
mod theme;
mod thresholds;

pub use accuracies::{Group, accuracies};
pub use calibration::calibration;
pub use components::{ComponentPoint, components};
pub use confusion::{CellText, confusion};
pub use curves::{Curve, curves};
pub use durations::{LengthUnit, durations};
pub use error::Error;
pub use figure::{Figure, TextBox};
pub use geometry::Rect;
pub use structure::structure;
pub use surface::surface;
pub use sweep::{SweepDifference, SweepPoint, sweep};
pub use thresholds::thresholds;
