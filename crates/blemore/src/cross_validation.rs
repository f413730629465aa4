//! Actor-disjoint cross-validation (section V of the paper): every model on every fold, thresholds chosen after each epoch.

mod material;
mod nested;
mod schedule;

use std::ops::ControlFlow;

use blemore_data::{Folds, Metadata, Split};
use blemore_features::Origin;
use blemore_hash::Hash;
use blemore_labels::Label;
use blemore_models::{FineTuned, LastGood, RandomSource, Snapshots, Trained, Trainer};
use blemore_run::results::folder::result_name;
use blemore_run::results::of_result;
use blemore_run::{Architecture, Cell, Decision, RandomOrder, Recipe, Run};

pub(crate) use material::Weights;
use material::{Material, TrainedCell, fine_tune};
pub use schedule::RunPlan;
use schedule::Work;

use crate::epochs::Epochs;
use crate::scheduler::Place;
use crate::{ClipPartition, Error, Partition};

/// The cells of one feature set: each of several models on each fold.
///
/// A cell is pure: its result depends on its inputs alone, not on the cells before it, the number of threads or which of
/// several like machines runs it. So cells may run in any order, side by side, and in several processes.
///
/// ```
/// use blemore::run::{Architecture, ResultsFolder, Recipe};
/// use blemore::{CrossValidation, Partition, RunPlan};
/// use blemore::data::generate::{Corpus, CorpusSize};
/// use blemore::features::FeatureTable;
/// # let temporary = tempfile::tempdir()?;
///
/// let corpus = Corpus::generate(42, CorpusSize::SMALL)?; // made-up clips of 10 actors in five folds
/// let clips: Vec<_> = corpus.train().clips().iter().map(|record| record.clip.clone()).collect();
/// let values = ndarray::Array2::from_shape_fn((clips.len(), 4), |(row, column)| (row * column % 7) as f32);
/// let table = FeatureTable::new(clips, values)?;
/// let partition = Partition::join("made up", &table, corpus.train())?;
/// let recipe = Recipe { epochs: 2, ..Recipe::default() };
/// let experiment = CrossValidation::new(partition, vec![Architecture::linear()], recipe)?;
///
/// let folder = ResultsFolder::create(temporary.path().join("run"))?;
/// let run = experiment.run(&folder, &RunPlan::default(), &|_| {})?;
/// assert_eq!(run.cells.len(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossValidation<'a> {
    material: Material<'a>,
    labels: Vec<Label>,
    folds: Folds,
    models: Vec<Architecture>,
    recipe: Recipe,
    /// The recipe as TOML, a part of every key.
    recipe_text: String,
    data: Hash,
}

impl<'a> CrossValidation<'a> {
    /// Checks that the clips have labels and usable folds, and that the models differ.
    ///
    /// # Errors
    /// [`Error::Data`] for clips without labels and for faulty folds, [`Error::Run`] for a recipe out of range and for
    /// features that do not suit its fusion, [`Error::RepeatedModel`], [`Error::NoModels`].
    pub fn new(partition: Partition<'a>, models: Vec<Architecture>, recipe: Recipe) -> Result<Self, Error> {
        check_models(&models)?;
        recipe.validate()?;
        if recipe.fine_tuning.is_some() {
            let faults = vec!["fine_tuning is of a network on clips: a model of features has none"];
            return Err(blemore_run::Error::InvalidRecipe { faults }.into());
        }
        models.iter().try_for_each(|model| partition.model_shape(&recipe, model).map(drop))?;
        partition.check_encoders(&recipe)?;
        let features = recipe.alignment.marked(partition.features());
        Self::of(Material::Features(partition.renamed(features)), models, recipe)
    }

    /// The cells of a whole network, which is trained on the clips: one per fold, with a linear model on top.
    ///
    /// # Errors
    /// As [`CrossValidation::new`].
    pub fn fine_tuned(partition: ClipPartition<'a>, recipe: Recipe) -> Result<Self, Error> {
        recipe.validate()?;
        check_fine_tuning(&recipe)?;
        Self::of(Material::Clips(Box::new(partition)), vec![Architecture::linear()], recipe)
    }

    fn of(material: Material<'a>, models: Vec<Architecture>, recipe: Recipe) -> Result<Self, Error> {
        let recipe_text = recipe.to_toml()?;
        let folds = Folds::new(material.metadata())?;
        let labels = material.metadata().labels()?;
        let data = material.key();
        Ok(Self { material, labels, folds, models, recipe, recipe_text, data })
    }

    /// The name of the feature set.
    pub fn features(&self) -> &str {
        self.material.features()
    }

    /// The metadata.
    pub(crate) fn metadata(&self) -> &'a Metadata {
        self.material.metadata()
    }

    /// Whether an encoder of the features had random weights.
    pub(crate) fn has_random_weights(&self) -> bool {
        self.material.origins().iter().any(Origin::is_random)
    }

    /// The label of each clip of the metadata.
    pub(crate) fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The recipe of every cell.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The folds.
    pub fn folds(&self) -> &Folds {
        &self.folds
    }

    /// The cells in the order of the published baseline: model by model, and for each model fold by fold.
    pub fn cells(&self) -> Vec<Cell> {
        let folds = self.folds.names();
        let grid = self.models.iter().flat_map(|model| folds.iter().map(move |&fold| (model, fold)));
        grid.map(|(model, fold)| {
            let key = self.key(model, fold);
            let name = result_name(&[self.features(), &model.to_string(), &format!("fold{fold}")], &key);
            Cell { features: self.features().to_owned(), model: model.clone(), fold, name }
        })
        .collect()
    }

    /// The hash of everything that the cells have in common.
    fn run_key(&self) -> Hash {
        let key = of_result().text("run").text(&self.data.short()).text(self.features());
        let key = self.material.with_encoders(key, self.recipe.fusion);
        key.folds(self.folds.of_rows()).text(&self.recipe_text).finish()
    }

    fn key(&self, model: &Architecture, fold: i64) -> Hash {
        let mut key =
            of_result().text("cell").text(&self.run_key().short()).text(&model.to_string()).folds(&[fold]);
        if self.recipe.random_order == RandomOrder::Reference {
            // In the published order a cell's random numbers depend on the models before its own.
            for earlier in self.models.iter().take_while(|earlier| *earlier != model) {
                key = key.text(&earlier.to_string());
            }
        }
        key.finish()
    }

    /// What the results folder says of this run.
    fn run_record(&self) -> Run {
        Run {
            id: self.run_key().short(),
            features: self.features().to_owned(),
            origins: self.material.origins().to_vec(),
            generated: self.metadata().is_generated(),
            data: self.data.short(),
            recipe: self.recipe.clone(),
            cells: self.cells(),
        }
    }

    /// Where the random numbers of a cell begin.
    fn random_source(&self, cell: &Cell) -> RandomSource {
        if self.recipe.random_order == RandomOrder::Independent {
            // By content, not by name: a renamed file gives the same numbers.
            let key = format!("{}/{}/fold {}", self.data.short(), cell.model, cell.fold);
            return RandomSource::independent(self.recipe.seed, &key);
        }
        let mut source = RandomSource::reference(self.recipe.seed);
        let Material::Features(partition) = &self.material else { return source };
        for earlier in self.cells().iter().take_while(|earlier| *earlier != cell) {
            source.skip_fit(&earlier.model, partition.width(), self.recipe.epochs);
        }
        source
    }

    /// Trains one cell: standardised by its training part alone, the best epoch by the composite of both accuracies.
    /// Continues from `snapshots` when an earlier process was stopped. Calls `on_epoch` after each epoch that it trains.
    ///
    /// # Errors
    /// [`Error::Models`], with the last good epoch when the loss stops being finite.
    fn train(
        &self,
        cell: &Cell,
        split: &Split,
        place: Place,
        snapshots: &Snapshots,
        work: &Work<'_>,
        on_epoch: &mut dyn FnMut(),
    ) -> Result<TrainedCell, Error> {
        match &self.material {
            Material::Features(partition) => {
                self.train_model(partition, cell, split, place, snapshots, work, on_epoch)
            }
            Material::Clips(partition) => {
                let source = self.random_source(cell);
                let fit = || {
                    let recipe = (&self.recipe, &self.labels[..]);
                    fine_tune(partition, recipe, split, place, snapshots, &source, on_epoch)
                };
                let origin = partition.origin().clone();
                let tuned = match fit_or_start_over(snapshots, work.epochs, fit) {
                    Err(error) => {
                        let weights = |last_good| match last_good {
                            LastGood::Network(tuned) => {
                                let FineTuned { model, decision, .. } = *tuned;
                                Some((Weights::Network { model: Box::new(model), origin }, decision))
                            }
                            LastGood::Model(_) => None,
                        };
                        return Err(self.keep_last_good(error, split, snapshots, weights));
                    }
                    Ok(tuned) => tuned,
                };
                let FineTuned { epochs, best, decision, outputs, model } = tuned;
                let (epoch_outputs, encoders) = (Vec::new(), Vec::new());
                let weights = Weights::Network { model: Box::new(model), origin };
                Ok(TrainedCell { epochs, best, decision, outputs, epoch_outputs, encoders, weights })
            }
        }
    }

    /// Trains a model of a table.
    #[expect(clippy::too_many_arguments, reason = "those of `train`, and the table")]
    fn train_model(
        &self,
        partition: &Partition<'_>,
        cell: &Cell,
        split: &Split,
        place: Place,
        snapshots: &Snapshots,
        work: &Work<'_>,
        on_epoch: &mut dyn FnMut(),
    ) -> Result<TrainedCell, Error> {
        let standardizer = partition.standardizer(&split.train)?;
        let train = partition.examples(&standardizer, &split.train, &self.labels)?;
        let validation = partition.examples(&standardizer, &split.validation, &self.labels)?;
        let train = partition.aligned(&self.recipe, train, validation.features())?;
        let trainer = Trainer::new(self.recipe.clone(), cell.model.clone())?;
        let trainer = trainer.device(place.device).threads(place.threads);
        let trainer = if work.plan.keep_outputs { trainer.keep_outputs() } else { trainer };
        let source = self.random_source(cell);
        let fit = || {
            let fit = trainer.fit(&train).validate(&validation).snapshots(snapshots).on_epoch(|_| {
                on_epoch();
                ControlFlow::Continue(())
            });
            fit.run(&mut source.clone())
        };
        let trained = match fit_or_start_over(snapshots, work.epochs, fit) {
            Err(error) => {
                let weights = |last_good| match last_good {
                    LastGood::Model(trained) => {
                        let Trained { model, decision, .. } = *trained;
                        let encoders = partition.encoder_names();
                        Some((Weights::Model { model, standardizer, encoders }, decision))
                    }
                    LastGood::Network(_) => None,
                };
                return Err(self.keep_last_good(error, split, snapshots, weights));
            }
            Ok(trained) => trained,
        };
        let outputs = trained.model.outputs(validation.features().clone())?;
        let encoders = trained.model.encoder_weights(validation.features().clone())?;
        let encoders = partition.named_weights(encoders);
        let Trained { epochs, best, decision, model, outputs: epoch_outputs } = trained;
        let weights = Weights::Model { model, standardizer, encoders: partition.encoder_names() };
        Ok(TrainedCell { epochs, best, decision, outputs, epoch_outputs, encoders, weights })
    }

    /// Gives the error of a fit that failed. For a loss that is not finite, writes the best epoch before it first: the
    /// `weights` of what the error holds, and how outputs become labels.
    fn keep_last_good(
        &self,
        mut error: blemore_models::Error,
        split: &Split,
        snapshots: &Snapshots,
        weights: impl FnOnce(LastGood) -> Option<(Weights, Decision)>,
    ) -> Error {
        let blemore_models::Error::NonFiniteLoss { last_good, .. } = &mut error else {
            return Error::Models(error);
        };
        // Drops the weights once they are written: errors stay in memory until all cells have ended.
        let Some((weights, decision)) = last_good.take().and_then(weights) else {
            return Error::Models(error);
        };
        let checkpoint = snapshots.path().with_file_name(LAST_GOOD_FILE);
        let source = (self.features(), self.material.origins());
        let records = self.metadata().clips();
        let trained_on = split.train.iter().map(|row| &records[*row].clip);
        match weights.write(&checkpoint, (&self.recipe, decision), source, trained_on) {
            Ok(()) => Error::Diverged { source: Box::new(error), checkpoint },
            // The user has to know of the loss first.
            Err(_) => Error::Models(error),
        }
    }
}

/// The checkpoint that a cell leaves beside its unfinished state when its loss stops being finite.
const LAST_GOOD_FILE: &str = "last-good.safetensors";

/// Continues from a state. If the state cannot be used, says so and starts again: the name of its folder includes all
/// inputs of a result, so a state that does not fit is damaged.
pub(crate) fn fit_or_start_over<T>(
    snapshots: &Snapshots,
    epochs: &Epochs<'_>,
    mut fit: impl FnMut() -> Result<T, blemore_models::Error>,
) -> Result<T, blemore_models::Error> {
    match fit() {
        Err(error @ blemore_models::Error::UnusableFile { .. }) => {
            epochs.note(snapshots.path(), &format!("the training starts again: {error}"));
            snapshots.remove()?;
            fit()
        }
        outcome => outcome,
    }
}

/// Refuses a recipe that is not for a whole network.
pub(crate) fn check_fine_tuning(recipe: &Recipe) -> Result<(), Error> {
    if recipe.fine_tuning.is_some() {
        return Ok(());
    }
    let faults = vec!["a network is trained by a recipe with [fine_tuning]"];
    Err(blemore_run::Error::InvalidRecipe { faults }.into())
}

/// Checks that there are models, and each once: results are found by their model.
pub(crate) fn check_models(models: &[Architecture]) -> Result<(), Error> {
    if models.is_empty() {
        return Err(Error::NoModels);
    }
    for (position, model) in models.iter().enumerate() {
        if models[..position].contains(model) {
            return Err(Error::RepeatedModel { model: model.clone() });
        }
    }
    Ok(())
}
