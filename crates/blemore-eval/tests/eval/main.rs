//! What the crate promises to the outside: the published figures, the laws, and no panic on any input.

// Helpers of tests may fail like tests, and say why one is skipped.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod decoders;
mod generated;
mod intervals;
mod parsers;
mod published;
mod real_outputs;
mod reference;
mod scoring;
mod search;
mod shared;
mod submissions;
mod tables;
