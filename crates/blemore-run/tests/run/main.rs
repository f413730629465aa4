//! The crate from outside: a results folder with made-up cells.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod architecture;
mod damage;
mod folder;
#[cfg(feature = "polars")]
mod frames;
mod recipe;
mod report;
mod scene;
