//! Decoders learned from the outputs of systems: a probability for each of the 36 labels by multinomial regression.

use std::collections::{BTreeMap, BTreeSet};

use blemore_eval::{Decoder, ExpectedScoreDecoder, PUBLISHED_PRESENCE_WEIGHT, Scores};
use blemore_labels::Label;
use serde::{Deserialize, Serialize};

use crate::by_actor::{balance, centred_beside_plain};
use crate::matrix::Matrix;
use crate::parallel::in_parallel;
use crate::regression::{LABELS, PerLabel, Problem, Regression, Sharing};
use crate::{ByActor, Error, Outputs, Training};

/// The strengths of the prior that are tried, in units of the log likelihood of one clip, strong to weak.
const STRENGTHS: [f64; 9] = [3000.0, 1000.0, 500.0, 300.0, 200.0, 100.0, 50.0, 30.0, 10.0];

/// How loosely the regressions are fitted that only choose a strength, and how tightly the others: what is left to gain in
/// the log likelihood of all clips, twice.
const LOOSE: f64 = 1e-2;
const TIGHT: f64 = 1e-8;

/// What the weights of the 36 labels have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Labels {
    /// A label's weights are the sum of those of its emotions, of its emotions by salience, of its blend at any ratio, and
    /// a few of its own: what is learned of 70/30 in one blend serves all.
    #[default]
    Related,
    /// Each label has weights of its own, as in a usual multinomial regression with an L2 penalty.
    Apart,
}

impl Labels {
    fn sharing(self) -> Sharing {
        match self {
            Self::Related => Sharing::parts(),
            Self::Apart => Sharing::none(),
        }
    }
}

/// The probability of each label for each row; balanced by actor, where shares of the labels are given.
fn posteriors(
    regression: &Regression,
    features: &Matrix,
    actors: &[String],
    shares: Option<&[f64]>,
) -> Vec<PerLabel> {
    let mut posteriors: Vec<PerLabel> = features.iter().map(|row| regression.posterior(row)).collect();
    if let Some(shares) = shares {
        balance(&mut posteriors, actors, shares);
    }
    posteriors
}

/// What decides between labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Learned {
    pub(crate) by_actor: ByActor,
    /// The strength of the prior that the folds chose.
    pub(crate) strength: f64,
    /// The share of the training clips that show each label.
    shares: Vec<f64>,
    regression: Regression,
}

impl Learned {
    /// The label of each clip: the one with the largest expected score.
    pub(crate) fn decode(&self, outputs: &Outputs, actors: &[String]) -> Result<Vec<Label>, Error> {
        let features = features(outputs, actors, self.by_actor.centre);
        let shares = self.by_actor.balance.then_some(&self.shares[..]);
        decide(&posteriors(&self.regression, &features, actors, shares), &self.shares)
    }

    /// What is wrong with a decoder that was read from a file, if anything is.
    pub(crate) fn fault(&self, systems: usize) -> Option<String> {
        let sides = if self.by_actor.centre { 2 } else { 1 };
        let columns = Outputs::COLUMNS_PER_SYSTEM * systems * sides;
        let Regression { weights, biases } = &self.regression;
        if weights.len() != columns || weights.iter().chain([biases]).any(|row| row.len() != LABELS) {
            return Some(format!(
                "the weights of {systems} systems are {columns} rows of {LABELS} numbers, with as many biases"
            ));
        }
        if weights.iter().chain([biases]).flatten().any(|number| !number.is_finite()) {
            return Some("a weight is not finite".to_owned());
        }
        let sum: f64 = self.shares.iter().sum();
        let fit = self.shares.len() == LABELS && self.shares.iter().all(|share| *share >= 0.0);
        (!fit || (sum - 1.0).abs() > 1e-6)
            .then(|| format!("the shares of the labels are not {LABELS} numbers from 0 on with the sum 1"))
    }
}

fn features(outputs: &Outputs, actors: &[String], centre: bool) -> Matrix {
    let plain = outputs.features();
    if centre { centred_beside_plain(&plain, actors) } else { plain }
}

/// Decodes by the expected score, with the share of blends among clips that show each label so often.
fn decide(posteriors: &[PerLabel], shares: &[f64]) -> Result<Vec<Label>, Error> {
    let of_blends = Label::all().zip(shares).filter(|(label, _)| label.is_blend()).map(|(_, share)| share);
    let blend_share = of_blends.sum::<f64>().min(1.0);
    let decoder = ExpectedScoreDecoder::new(PUBLISHED_PRESENCE_WEIGHT, blend_share)?;
    Ok(posteriors.iter().map(|posterior| decoder.decode(posterior)).collect())
}

/// Regressions of all strengths, each fitted without some of the folds, to choose strengths by.
pub(crate) struct Paths<'a> {
    training: &'a Training,
    labels: Labels,
    centre: bool,
    features: Matrix,
    folds: BTreeSet<i64>,
    /// By the folds that were left out: the regression of each strength.
    paths: BTreeMap<BTreeSet<i64>, Vec<Regression>>,
}

impl<'a> Paths<'a> {
    /// Fits what is needed to choose a strength without each of these sets of folds: without the set and each further fold.
    pub(crate) fn new(
        training: &'a Training,
        labels: Labels,
        centre: bool,
        left_out: &[BTreeSet<i64>],
    ) -> Result<Self, Error> {
        let folds = training.fold_numbers();
        let most = left_out.iter().map(BTreeSet::len).max().unwrap_or_default();
        if folds.len() < most + 2 {
            let what = if most == 0 { "a learned decoder" } else { "scoring learned decoders fold by fold" };
            return Err(Error::TooFewFolds { what, needed: most + 2, found: folds.len() });
        }
        let features = features(training.outputs(), training.actors(), centre);
        let mut sets = BTreeSet::new();
        for set in left_out {
            sets.extend(folds.difference(set).map(|&fold| with(set, fold)));
        }
        let mut paths = Self { training, labels, centre, features, folds, paths: BTreeMap::new() };
        let sets: Vec<BTreeSet<i64>> = sets.into_iter().collect();
        let fitted = in_parallel(&sets, |set| paths.fit(set, &STRENGTHS, LOOSE));
        paths.paths = sets.into_iter().zip(fitted).collect();
        Ok(paths)
    }

    /// Whether they are regressions with these labels, of outputs that are centred by actor or not.
    pub(crate) fn are_of(&self, labels: Labels, centre: bool) -> bool {
        (self.labels, self.centre) == (labels, centre)
    }

    /// A decoder without each of these sets of folds. Its strength is chosen among the other folds alone: the one with the
    /// best composite score, as a mean over folds, each decoded by what the others give.
    pub(crate) fn decoders(&self, balance: bool, left_out: &[BTreeSet<i64>]) -> Result<Vec<Learned>, Error> {
        let by_actor = ByActor { centre: self.centre, balance };
        let fit = |set: &BTreeSet<i64>| {
            let strength = self.strength(balance, set)?;
            let regression = self.fit(set, &[strength], TIGHT).swap_remove(0);
            Ok(Learned { by_actor, strength, shares: self.shares(set), regression })
        };
        in_parallel(left_out, fit).into_iter().collect()
    }

    /// The regression of each strength.
    fn fit(&self, without: &BTreeSet<i64>, strengths: &[f64], tolerance: f64) -> Vec<Regression> {
        let rows = self.rows(|fold| !without.contains(&fold));
        let truth: Vec<usize> = rows.iter().map(|&row| self.training.labels()[row].index()).collect();
        let problem = Problem::new(&self.features.select(&rows), &truth);
        problem.fit(&self.labels.sharing(), strengths, tolerance)
    }

    fn rows(&self, belongs: impl Fn(i64) -> bool) -> Vec<usize> {
        let folds = self.training.folds();
        (0..folds.len()).filter(|&row| belongs(folds[row])).collect()
    }

    /// The share of each label among the clips outside some folds.
    fn shares(&self, without: &BTreeSet<i64>) -> Vec<f64> {
        let rows = self.rows(|fold| !without.contains(&fold));
        let mut shares = vec![0.0; LABELS];
        for &row in &rows {
            shares[self.training.labels()[row].index()] += 1.0 / rows.len() as f64;
        }
        shares
    }

    fn strength(&self, balance: bool, left_out: &BTreeSet<i64>) -> Result<f64, Error> {
        let mut composites = [0.0; STRENGTHS.len()];
        for &fold in self.folds.difference(left_out) {
            let set = with(left_out, fold);
            let held_out = self.rows(|other| other == fold);
            let features = self.features.select(&held_out);
            let actors: Vec<String> =
                held_out.iter().map(|&row| self.training.actors()[row].clone()).collect();
            let truth: Vec<Label> = held_out.iter().map(|&row| self.training.labels()[row]).collect();
            let shares = self.shares(&set);
            let paths = self.paths.get(&set).into_iter().flatten();
            for (composite, path) in composites.iter_mut().zip(paths) {
                let shares_given = balance.then_some(&shares[..]);
                let posteriors = posteriors(path, &features, &actors, shares_given);
                let scores = Scores::of_labels(&truth, &decide(&posteriors, &shares)?)?;
                *composite += scores.composite(PUBLISHED_PRESENCE_WEIGHT);
            }
        }
        // Of equal ones the stronger.
        let (mut strength, mut best) = (STRENGTHS[0], composites[0]);
        for (&other, &composite) in STRENGTHS.iter().zip(&composites) {
            if composite > best {
                (strength, best) = (other, composite);
            }
        }
        Ok(strength)
    }
}

fn with(set: &BTreeSet<i64>, fold: i64) -> BTreeSet<i64> {
    set.iter().copied().chain([fold]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    /// Each fold decoded by what the others but those left out give, strength by strength.
    #[test]
    fn the_strength_is_the_best_of_the_folds_that_are_not_left_out() {
        let training = made_up::training(4);
        let mut chosen = Vec::new();
        for (balance, left_out) in [(false, vec![]), (true, vec![2]), (false, vec![0])] {
            let left_out: BTreeSet<i64> = left_out.into_iter().collect();
            let paths =
                Paths::new(&training, Labels::Related, false, std::slice::from_ref(&left_out)).unwrap();
            let mut composites = vec![0.0; STRENGTHS.len()];
            for fold in (0..4).filter(|fold| !left_out.contains(fold)) {
                let others = training.only(|other| other != fold && !left_out.contains(&other)).unwrap();
                let own = training.only(|other| other == fold).unwrap();
                let truth: Vec<usize> = others.labels().iter().map(|label| label.index()).collect();
                let shares: Vec<f64> = Label::all()
                    .map(|label| others.labels().iter().filter(|other| **other == label).count() as f64)
                    .map(|clips| clips / truth.len() as f64)
                    .collect();
                let problem = Problem::new(&others.outputs().features(), &truth);
                for (place, regression) in
                    problem.fit(&Sharing::parts(), &STRENGTHS, LOOSE).into_iter().enumerate()
                {
                    let by_actor = ByActor { centre: false, balance };
                    let decoder =
                        Learned { by_actor, strength: STRENGTHS[place], shares: shares.clone(), regression };
                    let labels = decoder.decode(own.outputs(), own.actors()).unwrap();
                    composites[place] += Scores::of_labels(own.labels(), &labels)
                        .unwrap()
                        .composite(PUBLISHED_PRESENCE_WEIGHT);
                }
            }
            let best = composites.iter().copied().fold(0.0, f64::max);
            let place = composites.iter().position(|composite| *composite == best).unwrap();
            let decoders = paths.decoders(balance, &[left_out]).unwrap();
            assert_eq!(decoders[0].strength, STRENGTHS[place], "{composites:?}");
            chosen.push(place);
        }
        // Not the first or the last of the list whatever the clips are.
        assert!(chosen.iter().any(|&place| place > 0 && place + 1 < STRENGTHS.len()), "{chosen:?}");
    }

    #[test]
    fn of_strengths_that_are_as_good_the_strongest_is_taken() {
        let made_up = made_up::training(2);
        let (outputs, actors, folds) = (made_up.outputs().clone(), made_up.actors(), made_up.folds());
        let labels = vec![Label::all().nth(1).unwrap(); folds.len()];
        let training = Training::new(outputs, labels, actors.to_vec(), folds.to_vec()).unwrap();
        let none = [BTreeSet::new()];
        let paths = Paths::new(&training, Labels::Apart, true, &none).unwrap();
        assert_eq!(paths.decoders(false, &none).unwrap()[0].strength, STRENGTHS[0]);
    }
}
