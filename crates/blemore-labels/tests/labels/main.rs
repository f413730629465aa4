//! Tests of `blemore-labels` through its public interface.
#![allow(clippy::unwrap_used)] // The lint exempts test functions, not the helpers and strategies beside them.

mod clip_name;
mod emotion;
mod label;
mod laws;
mod presence;
mod salience;
