//! Checkpoints and networks against files of the reference implementations (`tests/fixtures`, all made up).

mod checkpoints;
mod clips;
mod full_width;
mod hostile;
mod networks;
mod scene;
