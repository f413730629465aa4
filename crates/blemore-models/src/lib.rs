//! Models, objectives, training and checkpoints for blended emotion recognition.
//!
//! Trains the baselines of section "Baselines" of "Not all Blends are Equal: The BLEMORE Dataset of Blended Emotion
//! Expressions with Relative Saliency Annotations" on libtorch, through `tch`: Linear, MLP-256, MLP-512 and any other
//! hidden widths, with the paper's KL divergence and Adam; subsampled features (Table III); and the HiCMAE head with
//! soft cross-entropy, AdamW and a cosine schedule. With the published code's random numbers
//! ([`RandomSource::reference`]), best epochs, thresholds and accuracies equal those of its own run, and losses are
//! within 1e-4.
//!
//! ```
//! use blemore_features::{FeatureTable, Standardizer};
//! use blemore_models::{Architecture, Checkpoint, Examples, RandomSource, Recipe, Trainer};
//! use ndarray::array;
//!
//! let clips = ["A1_hap_int1_ver1".parse()?, "A1_sad_int1_ver1".parse()?, "A2_hap_int1_ver1".parse()?];
//! let labels = vec!["hap".parse()?, "sad".parse()?, "hap".parse()?];
//! let table = FeatureTable::new(clips, array![[1.0, 0.2], [-1.0, 0.1], [0.9, -0.3]])?;
//! let standardizer = Standardizer::fit(&table)?;
//! let examples = Examples::new(standardizer.apply(&table)?, labels)?;
//!
//! let recipe = Recipe { epochs: 20, learning_rate: 0.05, ..Recipe::default() };
//! let mut source = RandomSource::independent(recipe.seed, "demo/Linear/fold 0");
//! let trainer = Trainer::new(recipe.clone(), Architecture::linear())?;
//! let trained = trainer.fit(&examples).validate(&examples).run(&mut source)?;
//!
//! let checkpoint = Checkpoint::new(trained.model, recipe, standardizer, trained.decision, "demo")?;
//! assert_eq!(checkpoint.predict(&table)?[1].to_string(), "sad");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # libtorch
//!
//! A project that depends on this crate provides libtorch as it would for `tch` 0.24: libtorch **2.11.0**, CPU or CUDA,
//! unpacked in a folder. Set `LIBTORCH` to that folder for the build, and let the loader find it at run time
//! (`LD_LIBRARY_PATH=$LIBTORCH/lib`, or a run path). Or set `LIBTORCH_USE_PYTORCH=1` with PyTorch 2.11 in the active
//! Python environment. With the feature `download-libtorch`, the build script of `tch` downloads one. The build refuses
//! another version and names both.
//!
//! # Threads and devices
//!
//! Fits may run side by side on several threads. The result of each is bit-identical to that of a fit alone.
//! [`Footprint::of`] says how much memory a fit takes. With [`Trainer::threads`] one large fit uses several threads:
//! this is nearly as fast as fits side by side, takes no more memory than one fit, and does not change the result.
//! [`Device::Cuda`] needs a CUDA build of libtorch; where there is one, a test compares it with PyTorch's run on the
//! CPU. Its speed has not been measured.
//!
//! # Long runs
//!
//! With [`Fit::snapshots`] a fit writes its state to a file and continues from it. A [`Checkpoint`] holds all that
//! predictions need. An [`EventFile`] shows a fit in TensorBoard.

mod alignment;
mod batch;
mod checkpoint;
mod device_cache;
mod epoch_outputs;
mod error;
mod examples;
mod files;
mod fine_tuned;
mod fine_tuning;
mod fused_layer;
mod libtorch;
mod model;
mod network;
mod optimizer;
mod prediction;
mod random;
mod training;
mod training_clips;
mod work_queue;

pub use blemore_run::{
    Architecture, Arithmetic, ClipOutputs, Decays, Decision, Device, EncoderFusion, EpochRecord,
    ExpectedScore, FineTuning, Head, ModelShape, Objective, OptimizerKind, RandomOrder, Recipe, Schedule,
    TrainRecord,
};

pub use alignment::align_correlations;
pub use checkpoint::Checkpoint;
pub use epoch_outputs::EpochOutputs;
pub use error::{Error, LastGood};
pub use examples::Examples;
pub use files::EventFile;
pub use fine_tuned::{FineTuned, FineTunedModel};
pub use fine_tuning::{
    ClipExamples, ClipInput, ClipInputs, FineTuneFit, FineTuneStep, FineTunedCheckpoint, FineTuner,
};
pub use libtorch::{check_device, devices, libtorch_version};
pub use model::{Layer, Model, Trained};
pub use random::RandomSource;
pub use training::{Fit, Footprint, Snapshots, Trainer};
