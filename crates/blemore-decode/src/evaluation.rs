//! What each way of decoding scores on clips that it has not seen: five folds and the test in one table.

mod compare;
mod table;

use std::collections::BTreeSet;
use std::fmt;

use blemore_eval::{
    Bootstrap, Measure, Metrics, PUBLISHED_PRESENCE_WEIGHT, PerMeasure, PermutationTest, Predictions, Scorer,
    Scores, Truth,
};
use blemore_labels::{ClipName, Label};

use crate::recipe::Kept;
use crate::{ByActor, Error, Fusion, Labels, Outputs, Recipe, Rule, TrainedDecoder, Training};

pub use table::{ClassRecall, Difference, Evaluated, Measured, Row, SystemPair};

/// Scoring a learned decoder leaves one fold out, choosing its strength another, and one must be left to learn from.
const FEWEST_FOLDS: usize = 3;
const COMPOSITE: Measure = Measure::Composite { presence_weight: PUBLISHED_PRESENCE_WEIGHT };

/// The held-out clips of the test, with label and actor of each.
#[derive(Debug, Clone, PartialEq)]
pub struct TestClips {
    outputs: Outputs,
    labels: Vec<Label>,
    actors: Vec<String>,
}

impl TestClips {
    /// Joins N outputs of systems that were trained on all folds, labels and actors.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one of each per clip.
    pub fn new(outputs: Outputs, labels: Vec<Label>, actors: Vec<String>) -> Result<Self, Error> {
        outputs.check_parallel("labels", labels.len())?;
        outputs.check_parallel("actors", actors.len())?;
        Ok(Self { outputs, labels, actors })
    }

    fn system(&self, number: usize) -> Option<Self> {
        Some(Self { outputs: self.outputs.system(number)?, ..self.clone() })
    }
}

/// How the table is made. Nothing of it is chosen by looking at test clips.
///
/// For each of several systems alone, and for all together:
/// - the published protocol: each fold with the thresholds of the grid that are best on that fold itself; the test with
///   those of the best fold;
/// - each [`Recipe`]: a fold with what was learned on the other folds, the test with what was learned on all folds.
///
/// Intervals resample actors. Each row is compared with the [reference](Evaluated::reference) by a permutation test over
/// actors; so are all pairs of systems. The p values of each of the two lists are corrected by [`holm`](crate::holm).
#[derive(Debug, Clone, Copy, Default)]
pub struct Evaluation {
    /// Replicates, seed and level of the intervals.
    pub bootstrap: Bootstrap,
    /// Permutations and seed of the comparisons.
    pub permutation: PermutationTest,
    /// Ways that use all clips of an actor together, besides those that do not; each that is set adds rows for all systems
    /// together.
    pub by_actor: ByActor,
}

/// The way of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Thresholds of the fold itself; test: of the best fold.
    Published,
    Learned(Recipe),
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published => f.write_str("published"),
            Self::Learned(recipe) => recipe.fmt(f),
        }
    }
}

/// What a way gives for the clips of the folds and of the test.
struct Decoded {
    by_actor: ByActor,
    folds: Vec<Label>,
    test: Vec<Label>,
}

/// The truth of the clips that are scored.
struct Scorers {
    folds: Scorer,
    test: Scorer,
    all: Scorer,
}

impl Evaluation {
    /// Decodes, scores and compares.
    ///
    /// # Errors
    /// [`Error::TooFewFolds`] with fewer than three folds; [`Error::SystemCount`] where folds and test have not the same
    /// number of systems.
    pub fn run(&self, training: &Training, test: Option<&TestClips>) -> Result<Evaluated, Error> {
        let names = training.outputs().names();
        let folds = training.fold_numbers().len();
        if folds < FEWEST_FOLDS {
            return Err(Error::TooFewFolds { what: "the table", needed: FEWEST_FOLDS, found: folds });
        }
        let scorers = Scorers::new(training, test);
        let mut rows = Vec::new();
        if names.len() > 1 {
            for number in 0..names.len() {
                let (training, test) = (training.system(number), test.and_then(|test| test.system(number)));
                let training = training.ok_or(Error::NoSystems)?;
                self.add_rows(&mut rows, &[Recipe::learned()], &training, test.as_ref(), &scorers)?;
            }
        }
        self.add_rows(&mut rows, &self.learned(), training, test, &scorers)?;
        let reference = compare::reference(&rows, names).ok_or(Error::NoSystems)?;
        self.compare_with(reference, &mut rows)?;
        let pairs = self.pairs(&rows, &scorers.all, names)?;
        Ok(Evaluated { rows, reference, pairs })
    }

    /// The learned decoders of all systems together.
    fn learned(&self) -> Vec<Recipe> {
        let ByActor { centre, balance } = self.by_actor;
        let mut recipes = Vec::new();
        for (centre, balance) in [(false, false), (centre, false), (false, balance), (centre, balance)] {
            for labels in [Labels::Related, Labels::Apart] {
                let recipe = Recipe::Learned { labels, by_actor: ByActor { centre, balance } };
                if !recipes.contains(&recipe) {
                    recipes.push(recipe);
                }
            }
        }
        recipes
    }

    /// The rows of one system, or of several together.
    fn add_rows(
        &self,
        rows: &mut Vec<Row>,
        learned: &[Recipe],
        training: &Training,
        test: Option<&TestClips>,
        scorers: &Scorers,
    ) -> Result<(), Error> {
        let recipes = with_rules(training.outputs().names().len()).into_iter().chain(learned.iter().copied());
        let mut kept = Kept::default();
        for way in std::iter::once(Way::Published).chain(recipes.map(Way::Learned)) {
            let decoded = decode(way, training, test, &mut kept)?;
            rows.push(self.row(way, decoded, training, test, scorers)?);
        }
        Ok(())
    }

    fn row(
        &self,
        way: Way,
        decoded: Decoded,
        training: &Training,
        test: Option<&TestClips>,
        scorers: &Scorers,
    ) -> Result<Row, Error> {
        let pooled = named(training.outputs(), &decoded.folds);
        let tested = test.map(|test| named(&test.outputs, &decoded.test));
        Ok(Row {
            systems: training.outputs().names().to_vec(),
            method: way.to_string(),
            by_actor: decoded.by_actor,
            folds: PerMeasure::spread(fold_by_fold(training, &decoded.folds)?),
            pooled: self.measure(&pooled, &scorers.folds)?,
            test: tested.as_ref().map(|tested| self.measure(tested, &scorers.test)).transpose()?,
            against_reference: None,
            way,
            held_out: [pooled, tested.unwrap_or_default()].concat(),
        })
    }

    fn measure(&self, predicted: &[(ClipName, Label)], scorer: &Scorer) -> Result<Measured, Error> {
        let report = scorer.score(&predicted.iter().cloned().collect::<Predictions>())?;
        let metrics = Metrics::of_report(&report);
        let estimate = |measure| self.bootstrap.estimate(&report.actors, measure);
        let shown = metrics.presence_classes.iter().filter(|class| class.support() > 0);
        Ok(Measured {
            presence: estimate(Measure::Presence)?,
            salience: estimate(Measure::Salience)?,
            composite: estimate(COMPOSITE)?,
            uar: metrics.presence_average.uar,
            macro_f1: metrics.presence_average.f1,
            recall: shown
                .map(|class| ClassRecall {
                    class: class.class,
                    recall: class.recall(),
                    clips: class.support(),
                })
                .collect(),
            report,
        })
    }
}

impl Scorers {
    fn new(training: &Training, test: Option<&TestClips>) -> Self {
        let of_folds = [(training.outputs(), training.labels(), training.actors())];
        let of_test = test.map(|test| (&test.outputs, &test.labels[..], &test.actors[..]));
        Self {
            folds: scorer(of_folds),
            test: scorer(of_test),
            all: scorer(of_folds.into_iter().chain(of_test)),
        }
    }
}

fn scorer<'a>(parts: impl IntoIterator<Item = (&'a Outputs, &'a [Label], &'a [String])>) -> Scorer {
    let mut truth = Truth::default();
    for (outputs, labels, actors) in parts {
        for ((clip, label), actor) in outputs.clips().iter().zip(labels).zip(actors) {
            truth.insert_with_actor(clip.clone(), *label, actor);
        }
    }
    Scorer::with_truth(truth)
}

/// The recipes with a rule for one system, or for several together.
fn with_rules(systems: usize) -> Vec<Recipe> {
    let grid = |fusion, calibrated| Recipe::Fused { fusion, calibrated, rule: Rule::Grid };
    let mut recipes = vec![grid(Fusion::Mean, false)];
    if systems > 1 {
        recipes.extend([grid(Fusion::Likelihood, false), grid(Fusion::Score, false)]);
    }
    recipes.push(grid(Fusion::Mean, true));
    recipes.extend([Rule::Exact, Rule::Argmax, Rule::ExpectedScore].map(Recipe::of));
    recipes
}

fn named(outputs: &Outputs, labels: &[Label]) -> Vec<(ClipName, Label)> {
    outputs.clips().iter().cloned().zip(labels.iter().copied()).collect()
}

fn fold_by_fold(training: &Training, predicted: &[Label]) -> Result<Vec<PerMeasure<f64>>, Error> {
    let of_fold = |fold: i64| -> Result<PerMeasure<f64>, Error> {
        let pairs = training.labels().iter().zip(predicted).zip(training.folds());
        let (truth, predicted): (Vec<Label>, Vec<Label>) =
            pairs.filter(|(_, other)| **other == fold).map(|(pair, _)| pair).unzip();
        let scores = Scores::of_labels(&truth, &predicted)?;
        Ok(PerMeasure { presence: scores.acc_presence(), salience: scores.acc_salience() })
    };
    training.fold_numbers().into_iter().map(of_fold).collect()
}

fn decode<'a>(
    way: Way,
    training: &'a Training,
    test: Option<&TestClips>,
    kept: &mut Kept<'a>,
) -> Result<Decoded, Error> {
    let folds: Vec<i64> = training.fold_numbers().into_iter().collect();
    let parts: Vec<Training> =
        folds.iter().map(|&fold| training.only(|other| other == fold)).collect::<Result<_, _>>()?;
    let (of_folds, of_all) = match way {
        Way::Learned(recipe) => {
            let mut left_out: Vec<BTreeSet<i64>> = folds.iter().map(|&fold| BTreeSet::from([fold])).collect();
            left_out.push(BTreeSet::new());
            let mut decoders = recipe.fit_with(training, &left_out, kept)?;
            let of_all = decoders.pop().ok_or(Error::NoSystems)?;
            (decoders, of_all)
        }
        Way::Published => {
            let decoders: Vec<TrainedDecoder> =
                parts.iter().map(|own| Recipe::of(Rule::Grid).fit(own)).collect::<Result<_, _>>()?;
            let best = best_on_its_fold(&decoders, &parts)?.clone();
            (decoders, best)
        }
    };
    let mut predicted: Vec<Label> = training.labels().to_vec();
    for ((&fold, decoder), own) in folds.iter().zip(&of_folds).zip(&parts) {
        let rows = training.folds().iter().zip(&mut predicted).filter(|(other, _)| **other == fold);
        for ((_, predicted), label) in rows.zip(decoder.decode_with_actors(own.outputs(), own.actors())?) {
            *predicted = label;
        }
    }
    let test = test.map(|test| of_all.decode_with_actors(&test.outputs, &test.actors)).transpose()?;
    Ok(Decoded { by_actor: of_all.by_actor(), folds: predicted, test: test.unwrap_or_default() })
}

/// The decoder with the best composite score on the fold that it was learned on, the first of equal ones.
fn best_on_its_fold<'a>(
    decoders: &'a [TrainedDecoder],
    parts: &[Training],
) -> Result<&'a TrainedDecoder, Error> {
    let mut best: Option<(f64, &TrainedDecoder)> = None;
    for (decoder, own) in decoders.iter().zip(parts) {
        let labels = decoder.decode_with_actors(own.outputs(), own.actors())?;
        let composite = Scores::of_labels(own.labels(), &labels)?.composite(PUBLISHED_PRESENCE_WEIGHT);
        if best.is_none_or(|(found, _)| composite > found) {
            best = Some((composite, decoder));
        }
    }
    best.map(|(_, decoder)| decoder).ok_or(Error::NoSystems)
}
