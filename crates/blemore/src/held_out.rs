//! The held-out test (section V of the paper): thresholds of the best fold, a model trained on the whole training
//! partition, one scoring of the test clips.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::PathBuf;

use blemore_eval::{Bootstrap, Measure, PerMeasure, Predictions, Scorer, Truth, decode_all};
use blemore_hash::Hash;
use blemore_labels::Label;
use blemore_models::{Checkpoint, Footprint, RandomSource, Snapshots, Trainer};
use blemore_run::files::{CHECKPOINT_FILE, PROBABILITIES_FILE, STATE_FILE, probability_table, write_config};
use blemore_run::results::folder::result_name;
use blemore_run::results::of_result;
use blemore_run::{
    Architecture, CellResult, CrossValidated, RandomOrder, ResultsFolder, TrainConfig, TrainRecord, Workers,
};
use serde::{Deserialize, Serialize};

use crate::cross_validation::{fit_or_start_over, settings_that_matter};
use crate::parallel::Places;
use crate::{Error, Partition};

/// The predictions on the test clips, in a result's folder.
const PREDICTIONS_FILE: &str = "predictions.json";

/// Trains on a whole training partition and scores a test partition, for models whose thresholds a cross-validation
/// found.
#[derive(Clone, Debug)]
pub struct HeldOutTest<'a> {
    train: Partition<'a>,
    test: Partition<'a>,
    labels: Vec<Label>,
    config: TrainConfig,
    /// The hashes of both partitions.
    train_data: Hash,
    test_data: Hash,
}

/// News of a held-out test.
#[derive(Clone, Copy, Debug)]
pub struct HeldOutProgress<'a> {
    /// The model.
    pub model: &'a Architecture,
    /// Epochs done since the last news.
    pub epochs: usize,
    /// Whether the model's result is there.
    pub finished: bool,
}

/// What the held-out test of one model gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutResult {
    /// The feature set.
    pub features: String,
    /// The model.
    pub model: Architecture,
    /// The fold whose thresholds were taken.
    pub fold: i64,
    /// Presence threshold.
    pub alpha: f64,
    /// Salience threshold.
    pub beta: f64,
    /// Epochs of training on the whole training partition.
    pub epochs: usize,
    /// Number of test clips.
    pub n_clips: usize,
    /// The scores; `None` when the test clips have no labels.
    pub scores: Option<HeldOutScores>,
    /// The folder with predictions, probabilities and checkpoint, relative to the results folder.
    pub folder: PathBuf,
}

impl HeldOutResult {
    /// The file of predictions on the test clips, given the results folder.
    pub fn predictions(&self, folder: &ResultsFolder) -> PathBuf {
        folder.path().join(&self.folder).join(PREDICTIONS_FILE)
    }
}

/// Scores on the test clips, with 95 % intervals resampled by actor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutScores {
    /// Both accuracies.
    #[serde(flatten)]
    pub accuracies: PerMeasure<f64>,
    /// Interval of ACC_presence.
    pub acc_presence_ci: (f64, f64),
    /// Interval of ACC_salience.
    pub acc_salience_ci: (f64, f64),
}

impl<'a> HeldOutTest<'a> {
    /// Checks that training clips have labels, that no actor is in both partitions, and that widths agree.
    ///
    /// `config` is that of the cross-validation, with the epochs of the final training
    /// ([`blemore_run::HELD_OUT_EPOCHS`] in the paper).
    ///
    /// # Errors
    /// [`Error::Data`] for unlabelled training clips or actors in both partitions, [`Error::TestWidth`],
    /// [`Error::Models`] for a configuration out of range.
    pub fn new(train: Partition<'a>, test: Partition<'a>, config: TrainConfig) -> Result<Self, Error> {
        config.validate()?;
        let (expected, found) = (train.width(), test.width());
        if expected != found {
            return Err(Error::TestWidth { features: test.features().to_owned(), expected, found });
        }
        test.metadata().require_other_actors(train.metadata())?;
        let labels = train.metadata().labels()?;
        let (train_data, test_data) = (train.key(), test.key());
        Ok(Self { train, test, labels, config, train_data, test_data })
    }

    /// Tests the model with the thresholds of its best fold, or reads the result if the folder holds it.
    ///
    /// # Errors
    /// [`Error::Run`], [`Error::Models`].
    pub fn run(
        &self,
        model: &Architecture,
        cross_validated: &CrossValidated,
        folder: &ResultsFolder,
        on_epoch: &dyn Fn(&TrainRecord),
    ) -> Result<HeldOutResult, Error> {
        self.run_on(model, self.config.threads, cross_validated, folder, on_epoch)
    }

    fn run_on(
        &self,
        model: &Architecture,
        threads: usize,
        cross_validated: &CrossValidated,
        folder: &ResultsFolder,
        on_epoch: &dyn Fn(&TrainRecord),
    ) -> Result<HeldOutResult, Error> {
        let best = cross_validated.best_fold(model, self.config.presence_weight)?;
        let name = self.result_name(model, best);
        let _claim = folder.claim(&name)?;
        if let Some(result) = folder.read(&name)? {
            return Ok(result);
        }
        self.train_and_score((model, threads), best, folder, &name, on_epoch)
    }

    /// [`HeldOutTest::run`] for several models with as much of the machine; results in their order.
    ///
    /// # Errors
    /// Those of [`HeldOutTest::run`], of the first model that has one.
    pub fn run_all(
        &self,
        models: &[&Architecture],
        cross_validated: &CrossValidated,
        folder: &ResultsFolder,
        workers: Workers,
        progress: &(dyn Fn(HeldOutProgress<'_>) + Sync),
    ) -> Result<Vec<HeldOutResult>, Error> {
        let places =
            Places::new(workers, self.config.device, models.len(), self.train.n_bytes_with(&self.test));
        let footprint = |model: &&Architecture| Footprint::of(&self.config, model, self.train.dim());
        let results = places.map(models, footprint, |model, threads| {
            let trained = Cell::new(0);
            let result = self.run_on(model, threads, cross_validated, folder, &|_| {
                trained.set(trained.get() + 1);
                progress(HeldOutProgress { model, epochs: 1, finished: false });
            })?;
            let epochs = result.epochs.saturating_sub(trained.get());
            progress(HeldOutProgress { model, epochs, finished: true });
            Ok(result)
        });
        results.into_iter().collect()
    }

    fn result_name(&self, model: &Architecture, best: &CellResult) -> String {
        let thresholds = best.best.thresholds();
        let key = of_result()
            .text("held-out test")
            .text(&self.train_data.short())
            .text(&self.test_data.short())
            .text(self.train.features())
            .text(&settings_that_matter(&self.config))
            .text(&model.to_string())
            .folds(&[best.fold])
            .text(&format!("{:?}", (thresholds.alpha.to_bits(), thresholds.beta.to_bits())))
            .finish();
        result_name(&[self.train.features(), &model.to_string(), "test"], &key)
    }

    fn train_and_score(
        &self,
        (model, threads): (&Architecture, usize),
        best: &CellResult,
        folder: &ResultsFolder,
        name: &str,
        on_epoch: &dyn Fn(&TrainRecord),
    ) -> Result<HeldOutResult, Error> {
        let clips = |partition: &Partition<'_>| (0..partition.n_clips()).collect::<Vec<_>>();
        let standardizer = self.train.standardizer(&clips(&self.train))?;
        let train = self.train.examples(&standardizer, &clips(&self.train), &self.labels)?;
        let source = match self.config.random_order {
            RandomOrder::Reference => RandomSource::reference(self.config.seed),
            RandomOrder::Independent => {
                let key = format!("{}/{model}/test", self.train_data.short());
                RandomSource::independent(self.config.seed, &key)
            }
        };
        let trainer = Trainer::new(self.config.clone(), model.clone())?.threads(threads);
        let snapshots = Snapshots::new(folder.unfinished(name).join(STATE_FILE), name);
        let fit = || {
            let fit = trainer.fit(&train).snapshots(&snapshots).on_epoch(|record| {
                on_epoch(record);
                ControlFlow::Continue(())
            });
            fit.run(&mut source.clone())
        };
        let trained = fit_or_start_over(&snapshots, fit)?;
        let probabilities = trained.predict(self.test.inputs(&standardizer, &clips(&self.test))?)?;
        let thresholds = best.best.thresholds();
        let labels = decode_all(&probabilities, thresholds);
        let clips = self.test.metadata().clips().iter().map(|record| record.clip.clone());
        let probability_table = probability_table(clips.clone().collect(), &probabilities)?;
        let predictions: Predictions = clips.zip(labels).collect();
        let result = HeldOutResult {
            features: self.train.features().to_owned(),
            model: model.clone(),
            fold: best.fold,
            alpha: thresholds.alpha,
            beta: thresholds.beta,
            epochs: self.config.epochs,
            n_clips: predictions.len(),
            scores: self.score(&predictions)?,
            folder: PathBuf::from("cells").join(name),
        };
        let checkpoint =
            Checkpoint::new(trained, self.config.clone(), standardizer, thresholds, self.train.features())?;
        folder.write(name, &result, |draft| -> Result<(), Error> {
            write_config(draft, &self.config)?;
            checkpoint.write(draft.join(CHECKPOINT_FILE))?;
            probability_table.write(draft.join(PROBABILITIES_FILE))?;
            Ok(predictions.write(draft.join(PREDICTIONS_FILE))?)
        })?;
        Ok(result)
    }

    /// Scores by the labels of the test metadata, if it has any.
    fn score(&self, predictions: &Predictions) -> Result<Option<HeldOutScores>, Error> {
        let mut truth = Truth::default();
        for record in self.test.metadata().clips() {
            if let Some(label) = record.label {
                truth.insert_with_actor(record.clip.clone(), label, &record.actor);
            }
        }
        if truth.is_empty() {
            return Ok(None);
        }
        let report = Scorer::with_truth(truth).score(predictions)?;
        let interval = |measure| -> Result<(f64, f64), Error> {
            let interval = Bootstrap::default().estimate(&report.actors, measure)?.bca;
            Ok((interval.low, interval.high))
        };
        Ok(Some(HeldOutScores {
            accuracies: report.scores.accuracies(),
            acc_presence_ci: interval(Measure::Presence)?,
            acc_salience_ci: interval(Measure::Salience)?,
        }))
    }
}
