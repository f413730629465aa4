//! Models, objectives, training and checkpoints for blended emotion recognition.
//!
//! Trains the baselines of section "Baselines" of "Not all Blends are Equal" on libtorch, through `tch`.

mod adam;
mod architecture;
mod archive;
mod batch;
mod checkpoint;
mod config;
mod digest;
mod error;
mod examples;
mod fit;
mod memory;
mod model;
mod network;
mod objective;
mod optimizer;
mod parts;
mod random;
mod record;
mod snapshots;
mod threads;
mod trainer;

pub use architecture::{Architecture, MLP_256_WIDTH, MLP_512_WIDTH};
pub use archive::FileFault;
pub use checkpoint::Checkpoint;
pub use config::{
    BATCH_SIZE, BETAS, Decays, Device, EPOCHS, EPSILON, HELD_OUT_EPOCHS, HICMAE_EPOCHS, HICMAE_FLOOR_RATE,
    HICMAE_PEAK_RATE, HICMAE_REFERENCE_BATCH, HICMAE_WARM_UP_EPOCHS, HICMAE_WEIGHT_DECAY, LEARNING_RATE,
    Objective, OptimizerKind, PRESENCE_WEIGHT, RandomOrder, SEED, SUBSAMPLED_BATCH_SIZE, SUBSAMPLED_EPOCHS,
    Schedule, TrainConfig, WEIGHT_DECAY,
};
pub use error::Error;
pub use examples::Examples;
pub use model::{Layer, Model};
pub use random::RandomSource;
pub use record::{EpochRecord, TrainRecord, Trained};
pub use snapshots::Snapshots;
pub use trainer::Trainer;
