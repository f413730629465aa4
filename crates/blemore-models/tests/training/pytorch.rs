//! What `tests/fixtures/make_fixtures.py` computed with ordinary PyTorch: the HiCMAE head, and subsampled training.

use std::ops::ControlFlow;
use std::path::PathBuf;

use approx::assert_abs_diff_eq;
use blemore_features::{FeatureTable, StandardizedRows, Standardizer};
use blemore_labels::{ClipName, Label};
use blemore_models::{Architecture, Examples, RandomOrder, RandomSource, Recipe, Trained, Trainer};
use ndarray::Array2;
use serde::Deserialize;

/// Largest difference of a loss, all of which are about 1: other processors have other last bits.
const LOSS_TOLERANCE: f64 = 1e-5;
/// Largest difference of a probability.
const PROBABILITY_TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Fixture {
    epochs: Vec<Losses>,
    /// Of each epoch, clips by emotions.
    probabilities: Vec<Vec<[f32; 6]>>,
    train: Part,
    validation: Part,
}

#[derive(Deserialize)]
struct Losses {
    train_loss: f64,
    val_loss: f64,
}

#[derive(Deserialize)]
struct Part {
    features: Vec<Vec<f32>>,
    labels: Vec<String>,
    clips: Option<Vec<usize>>,
}

impl Part {
    fn features(&self) -> Array2<f32> {
        let shape = (self.features.len(), self.features[0].len());
        Array2::from_shape_vec(shape, self.features.concat()).unwrap()
    }

    /// The features as a table: a clip per row, or the clips of the rows.
    fn table(&self) -> FeatureTable {
        let clips = self.clips.clone().unwrap_or_else(|| (0..self.features.len()).collect());
        let names = clips.into_iter().map(|clip| format!("test_{clip:04}").parse().unwrap());
        FeatureTable::new(names, self.features()).unwrap()
    }

    /// The label of each clip.
    fn labels(&self, table: &FeatureTable) -> Vec<Label> {
        let label = |clip: &ClipName| self.labels[table.index().rows_of(clip.as_str())[0]].parse().unwrap();
        table.clips().iter().map(label).collect()
    }
}

/// The features as they are: they have been standardised.
fn as_they_are(table: &FeatureTable) -> StandardizedRows<'_> {
    let (mean, deviation) = (vec![0.0; table.width()], vec![1.0; table.width()]);
    Standardizer::new(mean, deviation).unwrap().apply(table).unwrap()
}

fn fixture(name: &str) -> Fixture {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", name].iter().collect();
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Trains as the fixture was trained, stopping after `epochs`, and checks the losses.
fn train(fixture: &Fixture, recipe: &Recipe, architecture: Architecture, epochs: usize) -> Trained {
    let recipe = Recipe { random_order: RandomOrder::Reference, ..recipe.clone() };
    let tables = [&fixture.train, &fixture.validation].map(|part| (part, part.table()));
    let [train, validation] =
        tables.each_ref().map(|(part, table)| Examples::new(as_they_are(table), part.labels(table)).unwrap());
    let trainer = Trainer::new(recipe, architecture).unwrap();
    let fit = trainer.fit(&train).validate(&validation).on_epoch(|record| match record.epoch {
        epoch if epoch == epochs => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    let trained = fit.run(&mut RandomSource::reference(42)).unwrap();
    assert_eq!(trained.epochs.len(), epochs);
    for (ours, theirs) in trained.epochs.iter().zip(&fixture.epochs) {
        assert_abs_diff_eq!(ours.train_loss, theirs.train_loss, epsilon = LOSS_TOLERANCE);
        assert_abs_diff_eq!(ours.val_loss, theirs.val_loss, epsilon = LOSS_TOLERANCE);
    }
    trained
}

fn assert_close(ours: &[[f32; 6]], theirs: &[[f32; 6]]) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.as_flattened().iter().zip(theirs.as_flattened()) {
        assert_abs_diff_eq!(ours, theirs, epsilon = PROBABILITY_TOLERANCE);
    }
}

#[test]
fn cosine_rates() {
    #[derive(Deserialize)]
    struct Rates {
        rates: Vec<f64>,
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hicmae_head.json");
    let fixture: Rates = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let recipe = Recipe::hicmae(12);
    let steps_per_epoch = fixture.rates.len() / recipe.epochs;
    for (step, expected) in fixture.rates.iter().enumerate() {
        let rate = recipe.schedule.rate(recipe.learning_rate, step, steps_per_epoch, recipe.epochs);
        approx::assert_relative_eq!(rate, *expected, max_relative = 1e-12);
    }
}

#[test]
fn hicmae_head() {
    let fixture = fixture("hicmae_head.json");
    let recipe = Recipe::hicmae(fixture.epochs.len());
    let trained = train(&fixture, &recipe, Architecture::linear(), fixture.epochs.len());
    assert_eq!(trained.epochs.len(), fixture.epochs.len());
    let probabilities = trained.model.predict(fixture.validation.features().view()).unwrap();
    assert_close(probabilities.rows(), &fixture.probabilities[trained.best.epoch - 1]);
}

#[test]
fn subsampled_rows_of_clips() {
    let fixture = fixture("subsampled.json");
    let recipe = Recipe { epochs: fixture.epochs.len(), learning_rate: 5e-3, ..Recipe::subsampled() };
    let architecture = Architecture::new(vec![12]).unwrap();
    let trained = train(&fixture, &recipe, architecture, fixture.epochs.len());
    let clips = fixture.validation.clips.as_ref().unwrap();
    assert!(fixture.train.features.len() > 2 * recipe.batch_size, "more than one batch");
    let probabilities = trained.model.predict(as_they_are(&fixture.validation.table())).unwrap();
    assert_eq!(probabilities.len(), clips.last().unwrap() + 1);
    assert_close(probabilities.rows(), &fixture.probabilities[trained.best.epoch - 1]);
}
