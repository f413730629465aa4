//! Ways from outputs to labels, and how each is learned.

use std::collections::BTreeSet;
use std::fmt;

use blemore_eval::{ExactSearch, GridSearch};

use crate::fusion::Fusion;
use crate::learned::{Labels, Paths};
use crate::parallel::in_parallel;
use crate::trained::{Front, Kind, Modelled};
use crate::{ByActor, Error, TrainedDecoder, Training};

/// What decides between labels, from six probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The paper's thresholds, of the published grid.
    Grid,
    /// The paper's thresholds, the best of all real numbers.
    Exact,
    /// The most probable label under a [`LabelModel`](blemore_eval::LabelModel).
    Argmax,
    /// The label with the largest expected score under a [`LabelModel`](blemore_eval::LabelModel).
    ExpectedScore,
}

/// How a [`TrainedDecoder`] is learned.
///
/// ```
/// use blemore_decode::{Outputs, Recipe, Rule, Training};
/// use blemore_eval::ProbabilityTable;
///
/// let table = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu
/// A1_ang_int1_ver1,0.9,0.1,0,0,0,0
/// A2_mix_ang_hap_50_50_ver1,0.5,0,0,0.5,0,0")?;
/// let outputs = Outputs::new([("mine", &table)])?;
/// let (labels, actors) = (table.labels()?, outputs.actors("an example")?);
/// let training = Training::new(outputs.clone(), labels.clone(), actors, vec![0, 1])?;
/// let decoder = Recipe::of(Rule::Grid).fit(&training)?;
/// assert_eq!(decoder.decode(&outputs)?, labels);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// The systems become one, which a rule decodes.
    Fused {
        /// How several systems are weighed.
        fusion: Fusion,
        /// Whether a [`Temperature`](crate::Temperature) is fitted after the fusion.
        calibrated: bool,
        /// What decides.
        rule: Rule,
    },
    /// A regression from the outputs of all systems to the 36 labels, and then the largest expected score. The strength of
    /// its prior is chosen inside the folds.
    Learned {
        /// What the weights of the labels have in common.
        labels: Labels,
        /// What is made of all clips of an actor together.
        by_actor: ByActor,
    },
}

impl Recipe {
    /// A rule on the mean of the systems, without calibration.
    pub const fn of(rule: Rule) -> Self {
        Self::Fused { fusion: Fusion::Mean, calibrated: false, rule }
    }

    /// The learned decoder that sees one clip at a time.
    pub fn learned() -> Self {
        Self::Learned { labels: Labels::default(), by_actor: ByActor::default() }
    }

    /// Learns from all of the clips.
    ///
    /// # Errors
    /// [`Error::TooFewFolds`] where a strength is chosen and there are fewer than two folds; [`Error::Eval`] without clips.
    pub fn fit(self, training: &Training) -> Result<TrainedDecoder, Error> {
        let mut decoders = self.fit_without(training, &[BTreeSet::new()])?;
        decoders.pop().ok_or(Error::NoSystems)
    }

    /// Learns once without each of these sets of folds; each decoder has seen nothing of the folds of its set.
    ///
    /// # Errors
    /// As [`Recipe::fit`].
    pub fn fit_without(
        self,
        training: &Training,
        left_out: &[BTreeSet<i64>],
    ) -> Result<Vec<TrainedDecoder>, Error> {
        self.fit_with(training, left_out, &mut Kept::default())
    }

    /// The same, with what was kept of other recipes for the same clips and sets of folds.
    pub(crate) fn fit_with<'a>(
        self,
        training: &'a Training,
        left_out: &[BTreeSet<i64>],
        kept: &mut Kept<'a>,
    ) -> Result<Vec<TrainedDecoder>, Error> {
        let kinds: Vec<Kind> = match self {
            Self::Learned { labels, by_actor: ByActor { centre, balance } } => {
                let paths = match kept.paths.iter().position(|paths| paths.are_of(labels, centre)) {
                    Some(place) => &kept.paths[place],
                    None => kept.paths.push_mut(Paths::new(training, labels, centre, left_out)?),
                };
                paths.decoders(balance, left_out)?.into_iter().map(Kind::Learned).collect()
            }
            Self::Fused { fusion, calibrated, rule: rule @ (Rule::Grid | Rule::Exact) } => {
                let fit = |others: &Training| {
                    let front = Front::fit(others, fusion, calibrated)?;
                    let (fused, labels) = (front.apply(others.outputs())?, others.labels());
                    let found = match rule {
                        Rule::Exact => ExactSearch::new().search(&fused, labels)?.thresholds,
                        _ => GridSearch::default().search(&fused, labels)?.thresholds,
                    };
                    Ok(Kind::thresholds(front, found))
                };
                fit_each(training, left_out, fit)?
            }
            Self::Fused { fusion, calibrated, rule: rule @ (Rule::Argmax | Rule::ExpectedScore) } => {
                let models = match kept.models.iter().position(|(of, _)| *of == (fusion, calibrated)) {
                    Some(place) => &kept.models[place].1,
                    None => {
                        let fit = |others: &Training| Modelled::fit(others, fusion, calibrated);
                        let fitted = fit_each(training, left_out, fit)?;
                        &kept.models.push_mut(((fusion, calibrated), fitted)).1
                    }
                };
                let decide = |modelled: &Modelled| match rule {
                    Rule::ExpectedScore => Kind::ExpectedScore(modelled.clone()),
                    _ => Kind::Argmax(modelled.clone()),
                };
                models.iter().map(decide).collect()
            }
        };
        Ok(kinds.into_iter().map(|kind| TrainedDecoder::new(training.outputs().names(), kind)).collect())
    }
}

/// What serves several recipes.
#[derive(Default)]
pub(crate) struct Kept<'a> {
    /// The regressions that choose strengths.
    paths: Vec<Paths<'a>>,
    /// The models of the labels, of each fusion with or without calibration.
    models: Vec<((Fusion, bool), Vec<Modelled>)>,
}

/// Learns without each set of folds, on all processors.
fn fit_each<T: Send>(
    training: &Training,
    left_out: &[BTreeSet<i64>],
    fit: impl Fn(&Training) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let without = |set: &BTreeSet<i64>| fit(&training.only(|fold| !set.contains(&fold))?);
    in_parallel(left_out, without).into_iter().collect()
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fused { fusion, calibrated, rule } => {
                f.write_str(match rule {
                    Rule::Grid => "grid",
                    Rule::Exact => "exact thresholds",
                    Rule::Argmax => "argmax",
                    Rule::ExpectedScore => "expected score",
                })?;
                f.write_str(match fusion {
                    Fusion::Mean => "",
                    Fusion::Likelihood => ", weights by likelihood",
                    Fusion::Score => ", weights by score",
                })?;
                f.write_str(if *calibrated { ", calibrated" } else { "" })
            }
            Self::Learned { labels, by_actor } => {
                f.write_str("learned")?;
                f.write_str(if *labels == Labels::Apart { ", labels apart" } else { "" })?;
                f.write_str(match (by_actor.centre, by_actor.balance) {
                    (false, false) => "",
                    (true, false) => ", centred by actor",
                    (false, true) => ", balanced by actor",
                    (true, true) => ", centred and balanced by actor",
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn what_is_kept_of_one_recipe_serves_no_other() {
        let training = made_up::training(3);
        let fused = |calibrated, rule| Recipe::Fused { fusion: Fusion::Mean, calibrated, rule };
        let learned = |labels, centre, balance| {
            let by_actor = ByActor { centre, balance };
            Recipe::Learned { labels, by_actor }
        };
        let (left_out, mut kept) = ([BTreeSet::from([1]), BTreeSet::new()], Kept::default());
        let mut seen = Vec::new();
        for recipe in [
            fused(false, Rule::Argmax),
            fused(true, Rule::Argmax),
            fused(true, Rule::ExpectedScore),
            fused(false, Rule::Grid),
            fused(false, Rule::Exact),
            learned(Labels::Related, false, false),
            learned(Labels::Related, false, true),
            learned(Labels::Apart, false, false),
            learned(Labels::Related, true, false),
        ] {
            let found = recipe.fit_with(&training, &left_out, &mut kept).unwrap();
            assert_eq!(found, recipe.fit_without(&training, &left_out).unwrap(), "{recipe}");
            assert_eq!(found.len(), 2);
            assert!(!seen.contains(&found), "{recipe} gives what another gave");
            seen.push(found);
        }
        // One regression for each kind of labels and columns, and one model with and without calibration.
        assert_eq!((kept.paths.len(), kept.models.len()), (3, 2));
    }
}
