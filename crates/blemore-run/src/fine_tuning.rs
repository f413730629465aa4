//! How a whole network is trained on clips: what a recipe has for it beside what all training has.

use blemore_media::Augmentation;
use serde::{Deserialize, Serialize};

/// Learning rate of a layer over that of the layer above it, in HiCMAE's row of Table II.
pub const LAYER_DECAY: f64 = 0.75;
/// Probability with which the last block of each encoder is left out of an example, in HiCMAE's row.
pub const DROP_PATH: f64 = 0.1;
/// What the first weights of the head are multiplied with, in HiCMAE's row.
pub const HEAD_SCALE: f64 = 1e-3;
/// Windows of a clip that it is tested on, in HiCMAE's row.
const TEST_VIEWS: usize = 2;
/// Examples that go through the network together: about 3 GB of activations.
const AT_ONCE: usize = 4;

/// Examples and windows of a clip, each of which takes a thread or memory of its own.
const MOST: usize = 1024;

/// How a whole HiCMAE is trained on clips (its row in Table II). The default is what the authors of that row train with.
///
/// ```
/// use blemore_run::Recipe;
///
/// let recipe = Recipe::from_toml("decays = 'weights-only'\n[fine_tuning]\nlayer_decay = 0.8")?;
/// let fine_tuning = recipe.fine_tuning.unwrap();
/// assert_eq!((fine_tuning.layer_decay, fine_tuning.drop_path), (0.8, 0.1));
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FineTuning {
    /// Learning rate of a layer over that of the layer above it, in `(0, 1]`.
    pub layer_decay: f64,
    /// Probability with which the last block of each encoder is left out of an example, in `[0, 1)`; earlier ones less, the
    /// first never.
    pub drop_path: f64,
    /// What the first weights of the head are multiplied with, at least 0.
    pub head_scale: f64,
    /// Examples that go through the network together, at least 1: the gradients of a batch are added up. Sums of other sizes
    /// differ in their last digits, so this is a part of the recipe.
    pub at_once: usize,
    /// Windows of a clip whose outputs are averaged in validation and test, at least 1. The published four are two, each
    /// taken twice.
    pub test_views: usize,
    /// How faces are changed in training.
    pub augmentation: Augmentation,
}

impl Default for FineTuning {
    fn default() -> Self {
        Self {
            layer_decay: LAYER_DECAY,
            drop_path: DROP_PATH,
            head_scale: HEAD_SCALE,
            at_once: AT_ONCE,
            test_views: TEST_VIEWS,
            augmentation: Augmentation::default(),
        }
    }
}

impl FineTuning {
    /// Each number, whether it is in its range, and its range.
    pub(crate) fn checks(&self) -> [(bool, &'static str); 6] {
        let scale = self.head_scale;
        [
            (
                self.layer_decay > 0.0 && self.layer_decay <= 1.0,
                "fine_tuning.layer_decay must be above 0, at most 1",
            ),
            ((0.0..1.0).contains(&self.drop_path), "fine_tuning.drop_path must lie in [0, 1)"),
            (scale.is_finite() && scale >= 0.0, "fine_tuning.head_scale must be a finite number, at least 0"),
            ((1..=MOST).contains(&self.at_once), "fine_tuning.at_once must be from 1 to 1024"),
            ((1..=MOST).contains(&self.test_views), "fine_tuning.test_views must be from 1 to 1024"),
            (
                self.augmentation.is_valid(),
                "fine_tuning.augmentation: probabilities must lie in [0, 1], levels in [0, 10], operations be at most 100, \
                 crop_share within (0, 1], crop_ratio within (0, 100]",
            ),
        ]
    }
}
