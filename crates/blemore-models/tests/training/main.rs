//! Training, compared with the published code's own run, and what holds of any fit.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checkpoint;
mod fine_tuning;
mod fusion;
mod heads;
mod imports;
mod laws;
mod ordinary_loop;
mod pytorch;
mod random;
mod reference;
mod resume;
mod tensorboard;
