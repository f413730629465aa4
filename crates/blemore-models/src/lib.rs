//! Models, objectives, training and checkpoints for blended emotion recognition.
//!
//! Trains the baselines of section "Baselines" of "Not all Blends are Equal: The BLEMORE Dataset of Blended Emotion
//! Expressions with Relative Saliency Annotations" on libtorch, through `tch`: Linear, MLP-256, MLP-512 and any other
//! hidden widths, with the paper's KL divergence and Adam; subsampled features (Table III); and the HiCMAE head with soft
//! cross-entropy, AdamW and a cosine schedule. Given the published code's random numbers
//! ([`RandomSource::reference`]), every choice equals that of its own run, and losses are within 1e-4.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use blemore_features::{FeatureTable, Standardizer};
//! use blemore_models::{Architecture, Checkpoint, Examples, RandomSource, TrainConfig, Trainer};
//! use ndarray::array;
//!
//! let clips = ["A1_hap_int1_ver1".parse()?, "A1_sad_int1_ver1".parse()?, "A2_hap_int1_ver1".parse()?];
//! let labels = vec!["hap".parse()?, "sad".parse()?, "hap".parse()?];
//! let table = FeatureTable::new(clips, array![[1.0, 0.2], [-1.0, 0.1], [0.9, -0.3]])?;
//! let standardizer = Standardizer::fit(&table)?;
//! let examples = Examples::new(standardizer.apply(&table)?, labels)?;
//!
//! let config = TrainConfig { epochs: 20, learning_rate: 0.05, ..TrainConfig::default() };
//! let mut source = RandomSource::independent(config.seed, "demo/Linear/fold 0");
//! let trainer = Trainer::new(config.clone(), Architecture::linear())?;
//! let trained = trainer.fit(&examples, &examples, &mut source, &mut |_| ControlFlow::Continue(()))?;
//!
//! let checkpoint = Checkpoint::new(trained.model, config, standardizer, trained.best.thresholds(), "demo")?;
//! assert_eq!(checkpoint.predict(&table)?[1].to_string(), "sad");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # libtorch
//!
//! A project that depends on this crate provides libtorch as it would for `tch` 0.24: libtorch **2.11.0**, CPU or CUDA,
//! unpacked somewhere, and `LIBTORCH` set to that folder when building and found by the loader when running
//! (`LD_LIBRARY_PATH=$LIBTORCH/lib`, or a run path); or `LIBTORCH_USE_PYTORCH=1` with PyTorch 2.11 in the active Python
//! environment. The feature `download-libtorch` lets `tch`'s build script fetch one. Another version is refused when
//! building, with both versions named.
//!
//! | feature | does |
//! | --- | --- |
//! | `download-libtorch` | passes on to `tch`'s feature of that name |
//!
//! # Threads and devices
//!
//! Fits may run side by side on several threads, and then have the bits that they have alone; each takes the
//! memory that [`Footprint::of`] tells. [`Trainer::threads`] has one large fit use several threads,
//! nearly as fast, without more memory and without another bit. [`Device::Cuda`] needs a CUDA build of
//! libtorch; a test that runs where there is one holds it against PyTorch's run on the CPU. Its speed has not
//! been measured.
//!
//! # Runs that last
//!
//! [`Trainer::fit_resumable`] leaves its state in a file and goes on from it; [`Checkpoint`] holds all that predictions
//! need; [`EventFile`] shows a fit in TensorBoard.

mod adam;
mod archive;
mod batch;
mod checkpoint;
mod device;
mod digest;
mod error;
mod examples;
mod first_layer;
mod fit;
mod footprint;
mod malloc;
mod memory;
mod model;
mod network;
mod objective;
mod optimizer;
mod parts;
mod random;
mod resident;
mod shares;
mod simd;
mod snapshots;
mod tensorboard;
mod threads;
mod trained;
mod trainer;
mod vector_math;

pub use blemore_run::{
    Architecture, Arithmetic, Decays, Device, EpochRecord, Objective, OptimizerKind, RandomOrder, Schedule,
    TrainConfig, TrainRecord,
};

pub use archive::FileFault;
pub use checkpoint::Checkpoint;
pub use device::check_device;
pub use error::Error;
pub use examples::Examples;
pub use footprint::Footprint;
pub use model::{Layer, Model};
pub use random::RandomSource;
pub use snapshots::Snapshots;
pub use tensorboard::EventFile;
pub use trained::Trained;
pub use trainer::Trainer;
