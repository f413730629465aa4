//! What a sweep tries, as a TOML file says it.

use std::fmt;
use std::ops::Not;
use std::path::{Path, PathBuf};

use blemore_eval::PUBLISHED_PRESENCE_WEIGHT;
use serde::{Deserialize, Serialize};

use crate::{Architecture, EncoderFusion, Error, FeatureAlignment, Head, Objective, Recipe};

/// What a sweep tries: every feature set with every fusion, head, objective, model and decoder. A head and an objective that
/// do not go together are left out, and gated fusion of one table. Gated fusions that differ in nothing but how many
/// encoders are added up have one more row, for which the other folds choose that number ([`Combination::best_chosen`]).
///
/// ```
/// use blemore_run::SweepPlan;
///
/// let plan = SweepPlan::from_toml(
///     r#"
///     metadata = "train_metadata.csv"
///     heads = ["emotions", "labels"]
///     objectives = ["kl-divergence", "ranking"]
///     decoders = ["grid", "expected-score"]
///     features = [{ name = "audio", tables = ["audio.npz"] }]
///     recipe = { epochs = 50 }
///     baseline = { features = "audio", head = "emotions", objective = "kl-divergence", decoder = "grid" }
///     "#,
/// )?;
/// assert_eq!(plan.trainings(&plan.features[0]).len(), 3, "labels have no ranking");
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepPlan {
    /// Metadata of the training partition, with folds.
    pub metadata: PathBuf,
    /// The feature sets.
    pub features: Vec<SweepFeatures>,
    /// The models; the linear one unless given.
    #[serde(default = "linear")]
    pub models: Vec<Architecture>,
    /// How the tables of a feature set are fused; early unless given.
    #[serde(default = "published_fusion")]
    pub fusions: Vec<EncoderFusion>,
    /// Whether training features are aligned with those of the held-out clips; not unless given.
    #[serde(default = "published_alignment")]
    pub alignments: Vec<FeatureAlignment>,
    /// The heads; the paper's unless given.
    #[serde(default = "published_head")]
    pub heads: Vec<Head>,
    /// The objectives; the paper's unless given.
    #[serde(default = "published_objective")]
    pub objectives: Vec<Objective>,
    /// The decoders; the paper's grid of thresholds unless given.
    #[serde(default = "published_decoder")]
    pub decoders: Vec<SweepDecoder>,
    /// What all cells are trained with; fusion, alignment, head and objective are those of the grid.
    #[serde(default)]
    pub recipe: Recipe,
    /// The row that all others are compared with.
    pub baseline: Combination,
}

/// A feature set: one table, or several that are fused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepFeatures {
    /// What it is called in the table.
    pub name: String,
    /// Aggregated features, one npz file each; relative to the folder of the plan.
    pub tables: Vec<PathBuf>,
}

impl SweepFeatures {
    /// Whether there is something to weigh: gated fusion is of several tables.
    fn suits(&self, fusion: EncoderFusion) -> bool {
        fusion == EncoderFusion::Early || self.tables.len() > 1
    }
}

/// How outputs become labels in a sweep. What a decoder learns, it learns on the other folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SweepDecoder {
    /// Thresholds of the published grid, for six numbers.
    Grid,
    /// The same after a temperature.
    CalibratedGrid,
    /// The best of all real thresholds, for six numbers.
    Exact,
    /// The most probable label: of the head's own distribution, or of a model of the labels for six numbers.
    Argmax,
    /// The label with the largest expected score, of the same distributions.
    ExpectedScore,
    /// A regression from six numbers to the 36 labels.
    Learned,
}

impl fmt::Display for SweepDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Grid => "grid",
            Self::CalibratedGrid => "calibrated-grid",
            Self::Exact => "exact",
            Self::Argmax => "argmax",
            Self::ExpectedScore => "expected-score",
            Self::Learned => "learned",
        })
    }
}

/// One combination of the grid: a row of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combination {
    /// The feature set.
    pub features: String,
    /// How its tables are fused; early unless given.
    #[serde(default, skip_serializing_if = "EncoderFusion::is_published")]
    pub fusion: EncoderFusion,
    /// Whether the other folds choose, for each fold, how many encoders are added up: among the combinations that differ in
    /// nothing but that. Then `fusion` is gated, without a number.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub best_chosen: bool,
    /// Whether training features are aligned with those of the held-out clips; not unless given.
    #[serde(default, skip_serializing_if = "FeatureAlignment::is_published")]
    pub alignment: FeatureAlignment,
    /// The model; the linear one unless given.
    #[serde(default = "Architecture::linear")]
    pub model: Architecture,
    /// The head.
    pub head: Head,
    /// The objective.
    pub objective: Objective,
    /// The decoder.
    pub decoder: SweepDecoder,
}

impl fmt::Display for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, head, objective, decoder, .. } = self;
        write!(f, "{}, {model}, {head}, {objective}, {decoder}", self.inputs())
    }
}

impl Combination {
    /// The feature set, with how it is fused where that is not early, and that it is aligned where it is: `video+audio,
    /// gated 64`.
    pub fn inputs(&self) -> String {
        let fused = match self.fusion {
            EncoderFusion::Early => self.features.clone(),
            fusion if self.best_chosen => format!("{}, {fusion}, best n chosen", self.features),
            fusion => format!("{}, {fusion}", self.features),
        };
        self.alignment.marked(&fused)
    }

    /// Whether the number of encoders that `other` adds up is one that this combination chooses from.
    pub fn chooses(&self, other: &Self) -> bool {
        let with_other_number = Self { fusion: self.fusion, best_chosen: self.best_chosen, ..other.clone() };
        self.best_chosen
            && !other.best_chosen
            && self.fusion == other.fusion.with_all()
            && *self == with_other_number
    }
}

fn linear() -> Vec<Architecture> {
    vec![Architecture::linear()]
}

fn published_fusion() -> Vec<EncoderFusion> {
    vec![EncoderFusion::Early]
}

fn published_alignment() -> Vec<FeatureAlignment> {
    vec![FeatureAlignment::None]
}

fn published_head() -> Vec<Head> {
    vec![Head::Emotions]
}

fn published_objective() -> Vec<Objective> {
    vec![Objective::KlDivergence]
}

fn published_decoder() -> Vec<SweepDecoder> {
    vec![SweepDecoder::Grid]
}

impl SweepPlan {
    /// Reads TOML.
    ///
    /// # Errors
    /// [`Error::RecipeSyntax`]; [`Error::Sweep`] with every fault: an empty axis, a value that is there twice, a baseline
    /// that is not in the grid, a recipe out of range.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let plan: Self = toml::from_str(text)
            .map_err(|source| Error::RecipeSyntax { path: None, source: Box::new(source) })?;
        let faults = plan.faults();
        if faults.is_empty() { Ok(plan) } else { Err(Error::Sweep { faults }) }
    }

    /// Reads a TOML file; relative paths in it are taken from its folder.
    ///
    /// # Errors
    /// [`Error::Read`], and those of [`SweepPlan::from_toml`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = blemore_base::read_input_text(path)
            .map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let mut plan = Self::from_toml(&text).map_err(|error| match error {
            Error::RecipeSyntax { source, .. } => Error::RecipeSyntax { path: Some(path.to_owned()), source },
            other => other,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        plan.metadata = folder.join(&plan.metadata);
        plan.features
            .iter_mut()
            .flat_map(|set| &mut set.tables)
            .for_each(|table| *table = folder.join(&*table));
        Ok(plan)
    }

    /// The recipes that a feature set is trained with: each fusion that it has and each alignment with each pair of a head
    /// and an objective that go together.
    pub fn trainings(&self, set: &SweepFeatures) -> Vec<Recipe> {
        let fusions = self.fusions.iter().copied().filter(|fusion| set.suits(*fusion));
        fusions.flat_map(|fusion| self.trainings_of(fusion)).collect()
    }

    fn trainings_of(&self, fusion: EncoderFusion) -> Vec<Recipe> {
        let mut recipes = Vec::new();
        for (alignment, head) in
            self.alignments.iter().flat_map(|it| self.heads.iter().map(|head| (*it, *head)))
        {
            let suited = self.objectives.iter().copied().filter(|objective| objective.suits(head));
            recipes.extend(suited.map(|objective| Recipe {
                fusion,
                alignment,
                head,
                objective,
                ..self.recipe.clone()
            }));
        }
        recipes
    }

    /// All rows, in the order of feature sets, fusions, other parts of trainings, models and decoders. The row whose number
    /// of encoders is chosen comes after the last of those that it chooses from.
    pub fn combinations(&self) -> Vec<Combination> {
        let mut combinations = Vec::new();
        for set in &self.features {
            for (place, fusion) in self.fusions.iter().enumerate().filter(|(_, fusion)| set.suits(**fusion)) {
                combinations.extend(self.rows(set, *fusion, false));
                if self.is_last_of_several(place) {
                    combinations.extend(self.rows(set, fusion.with_all(), true));
                }
            }
        }
        combinations
    }

    /// Whether the fusion at a place is the last of several that differ in nothing but how many encoders are added up.
    fn is_last_of_several(&self, place: usize) -> bool {
        let is_like = |other: &EncoderFusion| other.with_all() == self.fusions[place].with_all();
        self.fusions[..place].iter().any(is_like) && !self.fusions[place + 1..].iter().any(is_like)
    }

    fn rows(&self, set: &SweepFeatures, fusion: EncoderFusion, best_chosen: bool) -> Vec<Combination> {
        let mut rows = Vec::new();
        for Recipe { alignment, head, objective, .. } in self.trainings_of(fusion) {
            for model in &self.models {
                rows.extend(self.decoders.iter().map(|decoder| Combination {
                    features: set.name.clone(),
                    fusion,
                    best_chosen,
                    alignment,
                    model: model.clone(),
                    head,
                    objective,
                    decoder: *decoder,
                }));
            }
        }
        rows
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut axis = |what: &str, mut values: Vec<String>| {
            if values.is_empty() {
                faults.push(format!("{what}: give at least one"));
            }
            values.sort();
            let twice = values.windows(2).filter(|pair| pair[0] == pair[1]);
            faults.extend(twice.map(|pair| format!("{what}: {} is there twice", pair[0])));
        };
        axis("features", self.features.iter().map(|set| set.name.clone()).collect());
        axis("models", self.models.iter().map(ToString::to_string).collect());
        axis("fusions", self.fusions.iter().map(ToString::to_string).collect());
        axis("alignments", self.alignments.iter().map(ToString::to_string).collect());
        axis("heads", self.heads.iter().map(ToString::to_string).collect());
        axis("objectives", self.objectives.iter().map(ToString::to_string).collect());
        axis("decoders", self.decoders.iter().map(ToString::to_string).collect());
        let empty = self.features.iter().filter(|set| set.tables.is_empty());
        faults.extend(empty.map(|set| format!("features: {} has no tables", set.name)));
        let trainings = self.features.iter().flat_map(|set| self.trainings(set));
        faults.extend(trainings.filter_map(|recipe| recipe.validate().err()).map(|error| error.to_string()));
        let in_grid = |recipe: &Recipe| (recipe.fusion, recipe.alignment, recipe.head, recipe.objective);
        if in_grid(&self.recipe) != in_grid(&Recipe::default()) {
            faults.push("recipe: fusions, alignments, heads and objectives are those of the grid".to_owned());
        }
        if self.recipe.presence_weight != PUBLISHED_PRESENCE_WEIGHT {
            faults.push(
                "recipe: presence_weight is the published one in a sweep, which compares all rows by it"
                    .to_owned(),
            );
        }
        if !self.combinations().contains(&self.baseline) {
            faults.push(format!("the baseline is not a row of the grid: {}", self.baseline));
        }
        faults.dedup();
        faults
    }
}
