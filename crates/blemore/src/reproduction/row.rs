//! A row of Table II or III as measured.

use std::path::PathBuf;

use blemore_eval::{MeanStd, PerMeasure};
use blemore_features::Origin;
use blemore_run::{Architecture, CrossValidated, HeldOutResult, paper};
use serde::Serialize;

use super::plan::RowPlan;
use super::{Protocol, row_folder};

/// One encoder or fusion: the results of every model, and the paper's row beside them.
#[derive(Clone, Debug, Serialize)]
pub struct TableRow {
    /// The encoder, or encoders joined by ` + `, as in the paper's table. A feature set that is not the paper's adds its
    /// own name in brackets. No two rows of a table have the same name.
    pub encoder: String,
    /// The names of its feature sets in the dataset folder.
    pub feature_sets: Vec<String>,
    /// Its results folder, relative to that of the reproduction.
    pub folder: PathBuf,
    /// Whether its features were generated.
    pub generated: bool,
    /// Whether an encoder had random weights: then its numbers mean nothing.
    pub random_weights: bool,
    /// Whether an encoder had faces of the built-in detector, which is not OpenFace.
    pub built_in_faces: bool,
    /// Whether the weights of an encoder cannot be the paper's, because those are not published.
    pub other_weights: bool,
    /// How its features become a model's input.
    pub protocol: Protocol,
    /// The paper's row: that of the same encoders, or for generated features of encoders of the same modality. If an
    /// encoder has several feature sets, only the paper's own set has it.
    pub paper: Option<&'static paper::PublishedRow>,
    /// Every model, in the order of training.
    pub models: Vec<ModelResult>,
    /// The model with the highest mean composite of both validation accuracies: the one that a table shows.
    pub best_model: Architecture,
}

/// One model of a row.
#[derive(Clone, Debug, Serialize)]
pub struct ModelResult {
    /// The model.
    pub model: Architecture,
    /// Mean and sample standard deviation over the folds, thresholds chosen on the fold itself as in the paper.
    pub validation: PerMeasure<MeanStd>,
    /// The held-out test, where there is a test partition.
    pub test: Option<HeldOutResult>,
}

impl TableRow {
    pub(super) fn new(
        plan: &RowPlan<'_>,
        origins: &[Origin],
        cross_validated: &CrossValidated,
        tests: Vec<Option<HeldOutResult>>,
        presence_weight: f64,
    ) -> Self {
        let models: Vec<ModelResult> = cross_validated
            .models()
            .into_iter()
            .zip(&cross_validated.summary)
            .zip(tests)
            .map(|((model, summary), test)| ModelResult {
                model: model.clone(),
                validation: summary.accuracies,
                test,
            })
            .collect();
        let composite =
            |result: &ModelResult| result.validation.map(|spread| spread.mean).composite(presence_weight);
        let best =
            models.iter().reduce(|best, model| if composite(model) > composite(best) { model } else { best });
        let best_model = best.map_or_else(Architecture::linear, |best| best.model.clone());
        Self {
            encoder: plan.name(),
            feature_sets: plan.set_names(),
            folder: row_folder(plan),
            generated: plan.is_generated(),
            random_weights: origins.iter().any(Origin::is_random),
            built_in_faces: origins.iter().any(|origin| origin.recipe.has_built_in_faces()),
            other_weights: origins.iter().any(|origin| origin.recipe.has_other_weights_than_the_paper()),
            protocol: plan.protocol,
            paper: plan.paper_row(),
            models,
            best_model,
        }
    }

    /// Its accuracies in one line.
    pub(super) fn summary(&self) -> String {
        let Some(best) = self.best() else { return "no model".to_owned() };
        let PerMeasure { presence, salience } = best.validation;
        let mut summary = format!("{}, presence {presence}, salience {salience}", best.model);
        if let Some(scores) = best.test.as_ref().and_then(|test| test.scores) {
            let PerMeasure { presence, salience } = scores.accuracies;
            summary.push_str(&format!("; test {presence:.3}, {salience:.3}"));
        }
        summary
    }

    /// The results of [`TableRow::best_model`].
    pub fn best(&self) -> Option<&ModelResult> {
        self.models.iter().find(|result| result.model == self.best_model)
    }
}
