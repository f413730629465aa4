//! The held-out test (section V of the paper): thresholds of the best fold, a model trained on the whole training
//! partition, one scoring of the test clips.

mod parts;

use blemore_base::Listener;
use blemore_data::Metadata;
use blemore_eval::{Bootstrap, Estimate, PerMeasure, Predictions, Scorer};
use blemore_hash::Hash;
use blemore_labels::Label;
use blemore_models::{Footprint, RandomSource, Snapshots};
use blemore_run::files::{CHECKPOINT_FILE, PREDICTIONS_FILE, STATE_FILE, write_outputs, write_recipe};
use blemore_run::results::folder::result_name;
use blemore_run::results::of_result;
use blemore_run::{
    Architecture, CellResult, CrossValidated, Decision, Execution, ExpectedScore, HeldOutResult,
    HeldOutScores, RandomOrder, Recipe, ResultsFolder, known_truth,
};

use crate::cross_validation::check_fine_tuning;
use crate::epochs::Epochs;
use crate::scheduler::{Place, Scheduler};
use crate::stopwatch::Stopwatch;
use crate::{ClipPartition, Error, Partition};
use parts::{Parts, TrainedOnAll};

/// Trains on a whole training partition and scores a test partition, for models whose thresholds a cross-validation
/// found.
#[derive(Clone, Debug)]
pub struct HeldOutTest<'a> {
    parts: Parts<'a>,
    /// The label of each training clip.
    labels: Vec<Label>,
    recipe: Recipe,
    /// The recipe as TOML, a part of every key.
    recipe_text: String,
    /// The hashes of both partitions.
    train_data: Hash,
    test_data: Hash,
}

impl<'a> HeldOutTest<'a> {
    /// Checks that training clips have labels, that no actor is in both partitions, and that widths agree.
    ///
    /// `recipe` is that of the cross-validation, with the epochs of the final training
    /// ([`blemore_run::HELD_OUT_EPOCHS`] in the paper).
    ///
    /// # Errors
    /// [`Error::Data`] for unlabelled training clips or actors in both partitions, [`Error::TestWidth`],
    /// [`Error::Models`] for a recipe out of range, and for encoders that stand in another order than in training.
    pub fn new(train: Partition<'a>, test: Partition<'a>, recipe: Recipe) -> Result<Self, Error> {
        recipe.validate()?;
        let (expected, found) = (train.width(), test.width());
        if expected != found {
            return Err(Error::TestWidth { features: test.features().to_owned(), expected, found });
        }
        test.check_same_encoders(&train, recipe.fusion)?;
        [&train, &test].into_iter().try_for_each(|partition| partition.check_encoders(&recipe))?;
        let features = recipe.alignment.marked(train.features());
        Self::of(Parts::Features { train: train.renamed(features), test }, recipe)
    }

    /// The test of a whole network, which is trained on all clips of `train`.
    ///
    /// # Errors
    /// As [`HeldOutTest::new`].
    pub fn fine_tuned(
        train: ClipPartition<'a>,
        test: ClipPartition<'a>,
        recipe: Recipe,
    ) -> Result<Self, Error> {
        recipe.validate()?;
        check_fine_tuning(&recipe)?;
        Self::of(Parts::Clips { train: Box::new(train), test: Box::new(test) }, recipe)
    }

    fn of(parts: Parts<'a>, recipe: Recipe) -> Result<Self, Error> {
        let recipe_text = recipe.to_toml()?;
        let [train, test] = parts.metadata();
        test.require_separate(train)?;
        let labels = train.labels()?;
        let [train_data, test_data] = parts.keys();
        Ok(Self { parts, labels, recipe, recipe_text, train_data, test_data })
    }

    /// Tests each model with the thresholds of its best fold, or reads its result if the folder holds it; results in the
    /// order of the models.
    ///
    /// # Errors
    /// [`Error::Run`], [`Error::Models`], of the first model that has one.
    pub fn run(
        &self,
        models: &[&Architecture],
        cross_validated: &CrossValidated,
        folder: &ResultsFolder,
        execution: Execution,
        progress: Listener<'_>,
    ) -> Result<Vec<HeldOutResult>, Error> {
        let epochs = Epochs::new(models.len(), models.len() * self.recipe.epochs, progress);
        self.run_counted(models, cross_validated, folder, execution, &epochs)
    }

    /// [`run`](Self::run) as a part of larger work, whose epochs are counted together.
    pub(crate) fn run_counted(
        &self,
        models: &[&Architecture],
        cross_validated: &CrossValidated,
        folder: &ResultsFolder,
        execution: Execution,
        epochs: &Epochs<'_>,
    ) -> Result<Vec<HeldOutResult>, Error> {
        let scheduler = Scheduler::new(execution, models.len(), self.parts.n_bytes());
        let footprint = |model: &&Architecture| self.parts.footprint(&self.recipe, execution.device, model);
        let footprints = models.iter().map(footprint).collect::<Result<Vec<_>, _>>()?;
        let fits: Vec<(&Architecture, Footprint)> = models.iter().copied().zip(footprints).collect();
        let of_fit = |(_, footprint): &(&Architecture, Footprint)| *footprint;
        let results = scheduler.map(&fits, of_fit, |(model, _), place| {
            let best = cross_validated.best_fold(model, self.recipe.presence_weight)?;
            let name = self.result_name(model, best);
            let title = format!("{model}, test");
            let _claim = folder.claim(&name)?;
            match folder.read::<HeldOutResult>(&name) {
                Ok(None) => {}
                Ok(Some(result)) => {
                    epochs.finished(&title, result.epochs);
                    return Ok(result);
                }
                Err(blemore_run::Error::Damaged { path, problem }) => {
                    epochs.note(&path, &format!("trained again: {problem}"));
                    folder.remove(&name)?;
                }
                Err(error) => return Err(error.into()),
            }
            let mut trained = 0;
            let result = self.train_and_score(model, place, best, folder, epochs, &mut || {
                trained += 1;
                epochs.trained(&title);
            })?;
            epochs.finished(&title, result.epochs.saturating_sub(trained));
            Ok(result)
        });
        results.into_iter().collect()
    }

    fn result_name(&self, model: &Architecture, best: &CellResult) -> String {
        let thresholds = best.best.thresholds();
        let features = self.parts.features();
        let key = of_result()
            .text("held-out test")
            .text(&self.train_data.short())
            .text(&self.test_data.short())
            .text(features)
            .text(&self.recipe_text);
        let key = self
            .parts
            .with_encoders(key, self.recipe.fusion)
            .text(&model.to_string())
            .folds(&[best.cell.fold])
            .text(&format!("{:?}", (thresholds.alpha.to_bits(), thresholds.beta.to_bits())))
            .finish();
        result_name(&[features, &model.to_string(), "test"], &key)
    }

    /// How outputs become labels: by the thresholds of the best fold; of a head that gives labels by the share of blends
    /// among all training clips.
    fn decision(&self, best: &CellResult) -> Decision {
        match self.recipe.head.gives_labels() {
            true => {
                Decision::ExpectedScore(ExpectedScore::of_training(self.recipe.presence_weight, &self.labels))
            }
            false => best.decision(),
        }
    }

    /// Where the random numbers of a model begin.
    fn random_source(&self, model: &Architecture) -> RandomSource {
        match self.recipe.random_order {
            RandomOrder::Reference => RandomSource::reference(self.recipe.seed),
            RandomOrder::Independent => {
                let key = format!("{}/{model}/test", self.train_data.short());
                RandomSource::independent(self.recipe.seed, &key)
            }
        }
    }

    fn train_and_score(
        &self,
        model: &Architecture,
        place: Place,
        best: &CellResult,
        folder: &ResultsFolder,
        epochs: &Epochs<'_>,
        on_epoch: &mut dyn FnMut(),
    ) -> Result<HeldOutResult, Error> {
        let name = &self.result_name(model, best);
        let stopwatch = Stopwatch::start(place);
        let snapshots = Snapshots::new(folder.unfinished(name).join(STATE_FILE), name);
        let trained = self.parts.train(
            (&self.recipe, &self.labels),
            model,
            place,
            (&snapshots, epochs),
            &self.random_source(model),
            on_epoch,
        )?;
        let TrainedOnAll { outputs, encoders, weights } = trained;
        let decision = self.decision(best);
        let labels = decision.decode(&outputs)?;
        let [train, test] = self.parts.metadata();
        let clips = test.clips().iter().map(|record| record.clip.clone());
        let tables = outputs.to_tables(clips.clone().collect())?;
        let predictions: Predictions = clips.zip(labels).collect();
        let features = self.parts.features();
        let result = HeldOutResult {
            name: name.clone(),
            seed: self.recipe.seed,
            features: features.to_owned(),
            model: model.clone(),
            fold: Some(best.cell.fold),
            alpha: best.best.alpha,
            beta: best.best.beta,
            expected_score: decision.expected_score(),
            encoders,
            epochs: self.recipe.epochs,
            n_clips: predictions.len(),
            scores: score_test(test, &predictions)?,
            ensemble: None,
        };
        folder.write(&result, Some(stopwatch.made()), |draft| -> Result<(), Error> {
            write_recipe(draft, &self.recipe)?;
            let trained_on = train.clips().iter().map(|record| &record.clip);
            let source = (features, self.parts.origins());
            weights.write(&draft.join(CHECKPOINT_FILE), (&self.recipe, decision), source, trained_on)?;
            write_outputs(draft, &tables)?;
            Ok(predictions.write(draft.join(PREDICTIONS_FILE))?)
        })?;
        Ok(result)
    }
}

/// Scores by the labels of the test metadata, if it has any.
pub(crate) fn score_test(test: &Metadata, predictions: &Predictions) -> Result<Option<HeldOutScores>, Error> {
    let truth = known_truth([test]);
    if truth.is_empty() {
        return Ok(None);
    }
    let report = Scorer::with_truth(truth).score(predictions)?;
    let estimates = PerMeasure::try_of(|measure| Bootstrap::default().estimate(&report.actors, measure))?;
    let interval = |estimate: Estimate| (estimate.bca.low, estimate.bca.high);
    Ok(Some(HeldOutScores {
        accuracies: report.scores.accuracies(),
        acc_presence_ci: interval(estimates.presence),
        acc_salience_ci: interval(estimates.salience),
        caveats: estimates.map(|estimate| estimate.caveat),
    }))
}
