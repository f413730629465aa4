//! What every parser of blemore must hold for any bytes: it ends soon, without a panic, and what it gives fits what it read.
//!
//! Each [`Target`] feeds bytes to one parser and asserts what must hold. The programs in `fuzz/fuzz_targets` run a target on
//! bytes that libFuzzer makes up; a test runs all targets on the corpora in `fuzz/corpus`.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a broken promise is a panic, which is what the fuzzer and the tests look for"
)]

mod arrays;
mod media;
mod results;
mod scratch;
mod tables;
mod weights;

pub use arrays::{npy, npz, openface};
pub use media::probe;
pub use results::{config, run_folder};
pub use tables::{clip_name, metadata, predictions, probabilities, text_table};
pub use weights::{checkpoint, pickle, weight_file};

/// A parser with a name, which is that of its corpus and of its program.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name.
    pub name: &'static str,
    /// Feeds bytes to the parser, and says whether it took them.
    pub run: fn(&[u8]) -> bool,
}

/// All parsers.
pub const TARGETS: [Target; 14] = [
    Target { name: "clip_name", run: clip_name },
    Target { name: "text_table", run: text_table },
    Target { name: "metadata", run: metadata },
    Target { name: "predictions", run: predictions },
    Target { name: "probabilities", run: probabilities },
    Target { name: "npy", run: npy },
    Target { name: "npz", run: npz },
    Target { name: "openface", run: openface },
    Target { name: "run_folder", run: run_folder },
    Target { name: "config", run: config },
    Target { name: "checkpoint", run: checkpoint },
    Target { name: "weight_file", run: weight_file },
    Target { name: "pickle", run: pickle },
    Target { name: "probe", run: probe },
];
