//! What the crate promises to the outside: the published figures, the laws, and no panic on any input.

// Helpers of tests may fail like tests.
#![allow(clippy::unwrap_used)]

mod bundles;
mod decoders;
mod generated;
mod intervals;
mod metrics;
mod parsers;
mod published;
mod real_outputs;
mod reference;
mod scoring;
mod search;
mod submissions;
mod tables;
mod widest;
mod wild;
