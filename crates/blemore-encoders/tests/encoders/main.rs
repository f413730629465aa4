//! Checkpoints and networks against files of the reference implementations (`tests/fixtures`, all made up).

// Helpers of tests may fail like tests.
#![allow(clippy::unwrap_used)]

mod checkpoints;
mod clips;
mod face_clips;
mod faces;
mod full_width;
mod hostile;
mod networks;
mod scene;
