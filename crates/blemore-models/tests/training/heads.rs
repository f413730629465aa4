//! Heads and objectives that are not published.

use blemore_eval::Thresholds;
use blemore_features::{FeatureTable, Standardizer};
use blemore_labels::{ClipName, Label};
use blemore_models::{
    Architecture, Checkpoint, ClipOutputs, Decision, Error, Examples, Head, Objective, RandomSource, Recipe,
    Trainer,
};
use ndarray::Array2;

const TASKS: Objective = Objective::MultiTask { salience_weight: 0.4 };

/// Clips of all labels, four of each, whose features tell the label.
fn scene() -> (FeatureTable, Vec<Label>) {
    let labels: Vec<Label> = (0..4).flat_map(|_| Label::all()).collect();
    let clips = (1..=labels.len()).map(|clip| -> ClipName { format!("test_{clip:04}").parse().unwrap() });
    let values = Array2::from_shape_fn((labels.len(), 12), |(clip, column)| {
        let noise = ((clip * 37 + column * 101) % 97) as f32 / 1000.0;
        let shown = labels[clip].salience().as_array();
        noise + if column < 6 { shown[column] } else { f32::from(u8::from(shown[column - 6] > 0.0)) }
    });
    (FeatureTable::new(clips, values).unwrap(), labels)
}

#[test]
fn every_head_learns_by_every_objective_that_it_has() {
    let (table, labels) = scene();
    let standardizer = Standardizer::fit(&table).unwrap();
    let examples = Examples::new(standardizer.apply(&table).unwrap(), labels.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    for (head, objective, least) in [
        (Head::Emotions, Objective::SquaredError, 0.8),
        (Head::Emotions, Objective::Ranking, 0.6),
        (Head::Emotions, TASKS, 0.8),
        (Head::SetAndRatio, Objective::KlDivergence, 0.9),
        (Head::SetAndRatio, TASKS, 0.9),
        (Head::Labels, Objective::KlDivergence, 0.9),
        (Head::Labels, TASKS, 0.9),
        (Head::Proportions, Objective::SquaredError, 0.8),
    ] {
        let recipe = Recipe { epochs: 60, learning_rate: 0.02, head, objective, ..Recipe::default() };
        let trainer = Trainer::new(recipe.clone(), Architecture::linear()).unwrap();
        let fit = trainer.fit(&examples).validate(&examples);
        let trained = fit.run(&mut RandomSource::independent(42, "heads")).unwrap();
        let composite = trained.best.composite(0.5);
        assert!(composite > least, "{head}, {objective:?}: {composite}");

        let decision = trained.decision;
        let outputs = trained.model.outputs(examples.features().clone()).unwrap();
        assert_eq!(matches!(outputs, ClipOutputs::Labels(_)), head.gives_labels());
        let scores = decision.score(&outputs, &labels).unwrap();
        assert_eq!(scores.accuracies(), trained.best.accuracies(), "{head}");
        let checkpoint =
            Checkpoint::new(trained.model, recipe, standardizer.clone(), decision, "made up").unwrap();
        checkpoint.write(&path).unwrap();
        let restored = Checkpoint::read(&path).unwrap();
        assert_eq!(restored, checkpoint);
        assert_eq!(restored.outputs(&table).unwrap(), outputs);
        assert_eq!(restored.predict(&table).unwrap(), decision.decode(&outputs).unwrap());
    }
}

#[test]
fn a_decision_belongs_to_its_head() {
    let (table, labels) = scene();
    let standardizer = Standardizer::fit(&table).unwrap();
    let examples = Examples::new(standardizer.apply(&table).unwrap(), labels).unwrap();
    let recipe = Recipe { epochs: 1, head: Head::Labels, ..Recipe::default() };
    let trainer = Trainer::new(recipe.clone(), Architecture::linear()).unwrap();
    let model = trainer.fit(&examples).run(&mut RandomSource::independent(42, "heads")).unwrap();
    let outputs = model.outputs(examples.features().clone()).unwrap();
    let decision = Decision::from(Thresholds { alpha: 0.1, beta: 0.1 });
    assert!(matches!(decision.decode(&outputs), Err(blemore_run::Error::OtherHead)));
    let refused = Checkpoint::new(model, recipe, standardizer, decision, "made up");
    assert!(matches!(refused, Err(Error::Run(blemore_run::Error::OtherHead))));
}
