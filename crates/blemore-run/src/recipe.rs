//! How to train: all that the numbers of a run depend on besides its data. What they do not depend on is an `Execution`.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use blemore_base::limits;
use serde::{Deserialize, Serialize};

use crate::{EncoderFusion, Error, FeatureAlignment, FineTuning, Head};

/// Epochs on aggregated features (section "Baselines").
pub const EPOCHS: usize = 200;
/// Epochs of the model that is scored on the held-out test clips.
pub const HELD_OUT_EPOCHS: usize = 100;
/// Epochs on subsampled features (Table III), in cross-validation and on the held-out clips.
pub const SUBSAMPLED_EPOCHS: usize = 300;
/// Examples a step on aggregated features.
pub const BATCH_SIZE: usize = 32;
/// Examples a step on subsampled features (Table III).
pub const SUBSAMPLED_BATCH_SIZE: usize = 512;
/// Learning rate of the baselines (section "Baselines").
pub const LEARNING_RATE: f64 = 5e-6;
/// L2 penalty of the baselines, added to the gradient.
pub const WEIGHT_DECAY: f64 = 1e-3;
/// Decay rates of Adam's two moments.
pub const BETAS: (f64, f64) = (0.9, 0.999);
/// Adam's guard against division by zero.
pub const EPSILON: f64 = 1e-8;
/// The published code's seed.
pub const SEED: u64 = 42;
/// Share of ACC_presence in the objective that chooses thresholds and epoch.
pub const PRESENCE_WEIGHT: f64 = 0.5;
/// Epochs of the HiCMAE head: two lengths are reported.
pub const HICMAE_EPOCHS: [usize; 2] = [50, 100];
/// Decoupled weight decay of the HiCMAE head, on weights alone.
pub const HICMAE_WEIGHT_DECAY: f64 = 0.05;
/// Peak learning rate of the HiCMAE head for a batch of [`HICMAE_REFERENCE_BATCH`].
pub const HICMAE_PEAK_RATE: f64 = 1e-3;
/// Learning rate at the start and the end of the HiCMAE head's schedule, for the same batch.
pub const HICMAE_FLOOR_RATE: f64 = 1e-6;
/// Epochs over which the HiCMAE head's learning rate rises.
pub const HICMAE_WARM_UP_EPOCHS: usize = 5;
/// The batch size for which HiCMAE's learning rates are given; others scale them in proportion.
pub const HICMAE_REFERENCE_BATCH: usize = 256;

/// The key of what a network has beside what all training has.
const FINE_TUNING: &str = "fine_tuning";

/// How to train. The default is what the paper trains its baselines with; as TOML, keys that are missing take the
/// default, and keys that do not exist are refused.
///
/// ```
/// use blemore_run::{Objective, Recipe};
///
/// let recipe = Recipe::from_toml("epochs = 8\nlearning_rate = 5e-4\n")?;
/// assert_eq!((recipe.epochs, recipe.learning_rate, recipe.batch_size), (8, 5e-4, 32));
/// assert_eq!(recipe.objective, Objective::KlDivergence);
/// assert!(Recipe::from_toml("epoch = 8").is_err());
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Passes over the training examples, from 1 to a million; 200 in the paper.
    pub epochs: usize,
    /// Examples a step, at least 1; the short last batch of an epoch is kept. 32 in the paper.
    pub batch_size: usize,
    /// Step size of the optimiser, the peak of a cosine schedule; 5e-6 in the paper.
    pub learning_rate: f64,
    /// Weight decay, at least 0; 1e-3 in the paper.
    pub weight_decay: f64,
    /// Which parameters decay.
    pub decays: Decays,
    /// How the features of several encoders become one input; side by side in the paper.
    #[serde(skip_serializing_if = "EncoderFusion::is_published")]
    pub fusion: EncoderFusion,
    /// Whether training looks at the features of the held-out clips; not in the paper.
    #[serde(skip_serializing_if = "FeatureAlignment::is_published")]
    pub alignment: FeatureAlignment,
    /// What the last layer gives; the softmax over six emotions in the paper.
    #[serde(skip_serializing_if = "Head::is_published")]
    pub head: Head,
    /// What is minimised; not every head has every objective.
    pub objective: Objective,
    /// How a gradient becomes a step.
    pub optimizer: OptimizerKind,
    /// Decay rates of Adam's first and second moment, in `[0, 1)`.
    pub betas: (f64, f64),
    /// Adam's guard against division by zero, above 0.
    pub epsilon: f64,
    /// How the learning rate runs over the steps.
    pub schedule: Schedule,
    /// Share of ACC_presence, in `[0, 1]`, in the objective that chooses thresholds and epoch.
    pub presence_weight: f64,
    /// Seed of initial weights and shuffles.
    pub seed: u64,
    /// Which random numbers that seed stands for.
    pub random_order: RandomOrder,
    /// Whose operations train.
    pub arithmetic: Arithmetic,
    /// How a whole network is trained on clips; none for models of features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fine_tuning: Option<FineTuning>,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            epochs: EPOCHS,
            batch_size: BATCH_SIZE,
            learning_rate: LEARNING_RATE,
            weight_decay: WEIGHT_DECAY,
            decays: Decays::All,
            fusion: EncoderFusion::Early,
            alignment: FeatureAlignment::None,
            head: Head::Emotions,
            objective: Objective::KlDivergence,
            optimizer: OptimizerKind::Adam,
            betas: BETAS,
            epsilon: EPSILON,
            schedule: Schedule::Constant,
            presence_weight: PRESENCE_WEIGHT,
            seed: SEED,
            random_order: RandomOrder::Independent,
            arithmetic: Arithmetic::Fast,
            fine_tuning: None,
        }
    }
}

impl Recipe {
    /// The paper's settings for subsampled features (Table III): batches of 512, 300 epochs.
    pub fn subsampled() -> Self {
        Self { epochs: SUBSAMPLED_EPOCHS, batch_size: SUBSAMPLED_BATCH_SIZE, ..Self::default() }
    }

    /// The settings of the HiCMAE head: soft cross-entropy, AdamW without decay of the bias, five warm-up epochs, then
    /// a cosine; learning rates scaled by batch / 256. For `epochs` the field reports 50 and 100.
    pub fn hicmae(epochs: usize) -> Self {
        let scale = BATCH_SIZE as f64 / HICMAE_REFERENCE_BATCH as f64;
        Self {
            epochs,
            learning_rate: HICMAE_PEAK_RATE * scale,
            weight_decay: HICMAE_WEIGHT_DECAY,
            decays: Decays::WeightsOnly,
            objective: Objective::SoftCrossEntropy,
            optimizer: OptimizerKind::AdamW,
            schedule: Schedule::Cosine {
                warm_up_epochs: HICMAE_WARM_UP_EPOCHS,
                start: HICMAE_FLOOR_RATE * scale,
                end: HICMAE_FLOOR_RATE * scale,
            },
            ..Self::default()
        }
    }

    /// The settings of HiCMAE's row in Table II, where the whole network is trained: those of its head with
    /// [`FineTuning`]'s.
    pub fn fine_tuned(epochs: usize) -> Self {
        Self { fine_tuning: Some(FineTuning::default()), ..Self::hicmae(epochs) }
    }

    /// Reads TOML; missing keys take the paper's value.
    ///
    /// # Errors
    /// [`Error::RecipeSyntax`] for text that is no TOML, an unknown key or a value of the wrong type, and those of
    /// [`Recipe::validate`].
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let recipe: Self = toml::from_str(text)
            .map_err(|source| Error::RecipeSyntax { path: None, source: Box::new(source) })?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// Reads a TOML file.
    ///
    /// # Errors
    /// [`Error::Read`] for a file that cannot be read, and those of [`Recipe::from_toml`], with the path.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("recipe.toml");
    /// std::fs::write(&path, "seed = 7")?;
    /// assert_eq!(blemore_run::Recipe::read(&path)?.seed, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = blemore_base::read_input_text(path)
            .map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::from_toml(&text).map_err(|error| match error {
            Error::RecipeSyntax { source, .. } => Error::RecipeSyntax { path: Some(path.to_owned()), source },
            other => other,
        })
    }

    /// Reads a TOML file; keys that are missing take this recipe's value.
    ///
    /// # Errors
    /// As [`Recipe::read`].
    pub fn read_over(&self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = blemore_base::read_input_text(path)
            .map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let syntax = |source| Error::RecipeSyntax { path: Some(path.to_owned()), source: Box::new(source) };
        let given: toml::Table = toml::from_str(&text).map_err(syntax)?;
        let own = self.to_toml()?;
        let mut table: toml::Table = toml::from_str(&own).map_err(syntax)?;
        for (key, value) in given {
            match (table.get_mut(&key), value) {
                (Some(toml::Value::Table(of_own)), toml::Value::Table(of_given)) if key == FINE_TUNING => {
                    overlay(of_own, of_given);
                }
                (_, value) => drop(table.insert(key, value)),
            }
        }
        let recipe: Self = table.try_into().map_err(syntax)?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// Writes every key with its value, so that the text alone repeats the run. The paper's head, fusion and alignment are
    /// not written: the text of an earlier version, of which results have the hash, stays what it was.
    ///
    /// # Errors
    /// [`Error::RecipeWrite`] when a number has no TOML form (a seed over 2^63).
    pub fn to_toml(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(|source| Error::RecipeWrite { source: Box::new(source) })
    }

    /// The keys whose values differ, each with the other's value and with this one's.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let table = |recipe: &Self| toml::Table::try_from(recipe).unwrap_or_default();
        let (own, other) = (table(self), table(other));
        own.iter()
            .filter(|(key, value)| other.get(*key) != Some(value))
            .map(|(key, value)| match other.get(key) {
                Some(other) => format!("{key} {other} (here {value})"),
                None => format!("{key} (here {value})"),
            })
            .collect()
    }

    /// Whether clips may lack encoders.
    pub fn takes_missing(&self) -> bool {
        self.fusion.takes_missing() && self.alignment == FeatureAlignment::None
    }

    /// Checks every value, and reports all that are out of range.
    ///
    /// # Errors
    /// [`Error::InvalidRecipe`].
    pub fn validate(&self) -> Result<(), Error> {
        let rate = |value: f64| value.is_finite() && value >= 0.0;
        let share = |value: f64| (0.0..1.0).contains(&value);
        let checks = [
            ((1..=limits::EPOCHS).contains(&self.epochs), "epochs must be from 1 to 1,000,000"),
            (self.batch_size >= 1, "batch_size must be at least 1"),
            (rate(self.learning_rate), "learning_rate must be a finite number, at least 0"),
            (rate(self.weight_decay), "weight_decay must be a finite number, at least 0"),
            (share(self.betas.0) && share(self.betas.1), "betas must lie in [0, 1)"),
            (rate(self.epsilon) && self.epsilon > 0.0, "epsilon must be a finite number above 0"),
            ((0.0..=1.0).contains(&self.presence_weight), "presence_weight must lie in [0, 1]"),
            (i64::try_from(self.seed).is_ok(), "seed must be below 2^63"),
            (
                self.head.is_published() || self.random_order == RandomOrder::Independent,
                "random_order reference is of the head emotions alone: the published code has no other",
            ),
            (
                self.fusion.is_published() || self.random_order == RandomOrder::Independent,
                "random_order reference is of early fusion alone: the published code has no other",
            ),
            (
                self.alignment.is_published() || self.random_order == RandomOrder::Independent,
                "random_order reference is without alignment: the published code has none",
            ),
            (self.fusion.is_valid(), "fusion.gated.width and fusion.gated.best must be from 1 to 65,536"),
            (self.objective.is_valid(), "objective.multi-task.salience_weight must lie in [0, 1]"),
            (
                self.objective.suits(self.head),
                "the head does not have this objective: proportions have squared-error alone, labels and set-and-ratio \
                 have kl-divergence, soft-cross-entropy and multi-task",
            ),
            (self.schedule.is_valid(), "schedule.start and schedule.end must be finite numbers, at least 0"),
        ];
        let of_network = self.fine_tuning.map(|fine_tuning| {
            let is_its = self.head.is_published() && self.random_order == RandomOrder::Independent;
            let network = (is_its, "fine_tuning needs the head emotions and random_order independent");
            let is_of_features = !(self.fusion.is_published() && self.alignment.is_published());
            let features = (!is_of_features, "fine_tuning has no features to fuse or to align");
            let are_its_decays = self.decays == Decays::WeightsOnly;
            let decays =
                (are_its_decays, "fine_tuning has decays weights-only: those of biases and norms are 0");
            fine_tuning.checks().into_iter().chain([network, features, decays])
        });
        let all = checks.into_iter().chain(of_network.into_iter().flatten());
        let faults: Vec<&'static str> = all.filter(|(holds, _)| !holds).map(|(_, fault)| fault).collect();
        if faults.is_empty() { Ok(()) } else { Err(Error::InvalidRecipe { faults }) }
    }
}

/// Puts the given values over those of a table, also in tables inside it.
fn overlay(own: &mut toml::Table, given: toml::Table) {
    for (key, value) in given {
        match (own.get_mut(&key), value) {
            (Some(toml::Value::Table(own)), toml::Value::Table(given)) => overlay(own, given),
            (_, value) => drop(own.insert(key, value)),
        }
    }
}

/// What training minimises, averaged over the batch. [`Objective::suits`] says which heads have it.
///
/// ```
/// use blemore_run::{Objective, Recipe};
/// assert_eq!(Recipe::from_toml("objective = 'soft-cross-entropy'")?.objective, Objective::SoftCrossEntropy);
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Objective {
    /// KL divergence from the soft label to the softmax, whose values are held above 1e-8 (section "Baselines"). With a head
    /// over labels, where the truth is one label, the negative logarithm of its probability.
    KlDivergence,
    /// Cross-entropy of the softmax with the soft label (the HiCMAE head). With a head over labels the same as the KL
    /// divergence.
    SoftCrossEntropy,
    /// The sum over the six emotions of the squared differences from the soft label.
    SquaredError,
    /// Pairwise logistic ranking: the mean of `log(1 + exp(d)) - t d` over the pairs of emotions of which one or both are
    /// shown, with `d` the difference of their outputs, and `t` 1 where the first is more salient, 0 where the second is,
    /// and 1/2 for equal ones.
    Ranking,
    /// `1 - w` times the loss of presence and `w` times that of salience, which single emotions do not have. With one
    /// softmax over the six emotions: the cross-entropy with equal shares of what is shown, and the ranking of the two that
    /// are shown. With a head over labels: the negative logarithms of the probabilities of the set, and of the ratio given
    /// the set.
    MultiTask {
        /// The weight `w` of salience, from 0 to 1.
        salience_weight: f64,
    },
}

impl Objective {
    /// Whether a model with this head can be trained by it.
    pub const fn suits(self, head: Head) -> bool {
        match head {
            Head::Emotions => true,
            Head::SetAndRatio | Head::Labels => {
                matches!(self, Self::KlDivergence | Self::SoftCrossEntropy | Self::MultiTask { .. })
            }
            Head::Proportions => matches!(self, Self::SquaredError),
        }
    }

    fn is_valid(self) -> bool {
        match self {
            Self::MultiTask { salience_weight } => (0.0..=1.0).contains(&salience_weight),
            _ => true,
        }
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KlDivergence => f.pad("kl-divergence"),
            Self::SoftCrossEntropy => f.pad("soft-cross-entropy"),
            Self::SquaredError => f.pad("squared-error"),
            Self::Ranking => f.pad("ranking"),
            Self::MultiTask { salience_weight } => f.pad(&format!("multi-task {salience_weight}")),
        }
    }
}

/// How a gradient becomes a step.
///
/// ```
/// use blemore_run::{OptimizerKind, Recipe};
/// assert_eq!(Recipe::from_toml("optimizer = 'adamw'")?.optimizer, OptimizerKind::AdamW);
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Adam; weight decay is added to the gradient (section "Baselines").
    Adam,
    /// AdamW; weight decay shrinks the parameters by learning rate times decay (the HiCMAE head).
    AdamW,
}

/// Which parameters weight decay acts on.
///
/// ```
/// use blemore_run::{Decays, Recipe};
/// assert_eq!(Recipe::hicmae(50).decays, Decays::WeightsOnly);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decays {
    /// Weights and biases, as the baselines do.
    All,
    /// Weights alone, as the HiCMAE head does.
    WeightsOnly,
}

/// How the learning rate runs over the steps of a fit.
///
/// ```
/// use blemore_run::{Schedule, Recipe};
///
/// let recipe = Recipe::from_toml("schedule = { cosine = { warm_up_epochs = 5, start = 1e-6, end = 1e-6 } }")?;
/// assert_eq!(recipe.schedule, Schedule::Cosine { warm_up_epochs: 5, start: 1e-6, end: 1e-6 });
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// The same at every step (section "Baselines").
    Constant,
    /// Linear from `start` to the learning rate over the warm-up epochs, then half a cosine down to `end`, set anew at
    /// each step (the HiCMAE head).
    Cosine {
        /// Epochs of the rise.
        warm_up_epochs: usize,
        /// Learning rate of the first step.
        start: f64,
        /// Learning rate of the last step.
        end: f64,
    },
}

impl Schedule {
    fn is_valid(self) -> bool {
        match self {
            Self::Constant => true,
            Self::Cosine { start, end, .. } => {
                [start, end].iter().all(|rate| rate.is_finite() && *rate >= 0.0)
            }
        }
    }

    /// The learning rate of step `step` (from 0) with `peak` as the configured one.
    pub fn rate(self, peak: f64, step: usize, steps_per_epoch: usize, epochs: usize) -> f64 {
        match self {
            Self::Constant => peak,
            Self::Cosine { warm_up_epochs, start, end } => {
                let warm_up = warm_up_epochs * steps_per_epoch;
                if step < warm_up {
                    let share = step as f64 / (warm_up.max(2) - 1) as f64;
                    return start + (peak - start) * share;
                }
                let span = (epochs * steps_per_epoch).saturating_sub(warm_up).max(1);
                let share = (step - warm_up) as f64 / span as f64;
                end + 0.5 * (peak - end) * (1.0 + (std::f64::consts::PI * share).cos())
            }
        }
    }
}

/// Which random numbers the seed stands for.
///
/// ```
/// use blemore_run::RandomOrder;
/// assert_eq!("reference".parse::<RandomOrder>()?, RandomOrder::Reference);
/// assert_eq!(RandomOrder::Independent.to_string(), "independent");
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RandomOrder {
    /// One stream over all models and folds, as the published code draws it: its own results on the same features.
    Reference,
    /// A stream of its own for each cell, so that cells can be trained in any order.
    #[default]
    Independent,
}

impl fmt::Display for RandomOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reference => "reference",
            Self::Independent => "independent",
        })
    }
}

impl FromStr for RandomOrder {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "reference" => Ok(Self::Reference),
            "independent" => Ok(Self::Independent),
            _ => Err(Error::UnknownName {
                what: "random order",
                expected: "reference or independent",
                found: text.to_owned(),
            }),
        }
    }
}

/// Whose operations training runs on the CPU. Both follow the published run: the same choices, losses within 1e-4.
///
/// ```
/// use blemore_run::{Arithmetic, Recipe};
/// assert_eq!(Recipe::default().arithmetic, Arithmetic::Fast);
/// assert_eq!(Recipe::from_toml("arithmetic = \"published\"")?.arithmetic, Arithmetic::Published);
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arithmetic {
    /// Adam's step is our own, with correctly rounded square roots. A first hidden layer of 2^18 weights or more, on
    /// x86-64 with AVX2 and FMA, has its products from `blemore-models`, in an order of sums that neither the processor
    /// nor the number of threads changes. All other products are libtorch's.
    #[default]
    Fast,
    /// libtorch's operations for all of training and validation: bit-identical to an ordinary loop of them on the same
    /// machine. An epoch of a large layer takes two to three times as long. What a model predicts later is computed as
    /// with `Fast`.
    Published,
}
