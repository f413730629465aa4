//! Decoders learned from outputs, on made-up clips whose posterior is known.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod comparisons;
mod files;
mod fusion;
mod identical;
mod learning;
mod simulated;
mod simulation;
mod table;
