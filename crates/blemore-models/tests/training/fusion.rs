//! Gated fusion of several encoders.

use std::num::NonZero;
use std::ops::ControlFlow;

use blemore_features::{FeatureTable, Standardizer, fuse_all};
use blemore_labels::{ClipName, Label};
use blemore_models::{
    Architecture, Checkpoint, EncoderFusion, Error, Examples, RandomSource, Recipe, Snapshots, Trainer,
};
use ndarray::{Array2, Axis, concatenate, s};

const CLIPS: usize = 144;
const COLUMNS: usize = 12;

fn labels() -> Vec<Label> {
    (0..CLIPS / Label::COUNT).flat_map(|_| Label::all()).collect()
}

fn clips() -> Vec<ClipName> {
    (1..=CLIPS).map(|clip| format!("test_{clip:04}").parse().unwrap()).collect()
}

/// Numbers between -1 and 1 without a pattern.
fn noise(salt: usize) -> Array2<f32> {
    Array2::from_shape_fn((CLIPS, COLUMNS), |(clip, column)| {
        let mixed = (clip * COLUMNS + column + 1).wrapping_mul(2_654_435_761 + 2 * salt) % 1_000_003;
        (mixed * mixed % 2003) as f32 / 1001.5 - 1.0
    })
}

/// Features that tell the label, with some noise.
fn telling(salt: usize) -> Array2<f32> {
    let labels = labels();
    let shown = Array2::from_shape_fn((CLIPS, COLUMNS), |(clip, column)| {
        let shown = labels[clip].salience().as_array();
        if column < 6 { shown[column] } else { f32::from(u8::from(shown[column - 6] > 0.0)) }
    });
    shown + noise(salt) * 0.1
}

fn table(values: Array2<f32>) -> FeatureTable {
    FeatureTable::new(clips(), values).unwrap()
}

fn recipe(best: Option<usize>) -> Recipe {
    let fusion = EncoderFusion::Gated { width: 8, best };
    Recipe { epochs: 40, learning_rate: 0.02, fusion, ..Recipe::default() }
}

fn source() -> RandomSource {
    RandomSource::independent(42, "fusion")
}

/// The weights of the encoders after training on all clips.
fn weights(table: &FeatureTable, recipe: Recipe) -> Vec<f64> {
    let standardizer = Standardizer::fit(table).unwrap();
    let examples = Examples::new(standardizer.apply(table).unwrap(), labels()).unwrap();
    let trainer = Trainer::new(recipe, Architecture::linear()).unwrap();
    let model = trainer.fit(&examples).run(&mut source()).unwrap();
    model.encoder_weights(examples.features().clone()).unwrap()
}

#[test]
fn an_encoder_that_is_replaced_by_noise_loses_its_weight() {
    for best in [None, Some(1)] {
        // The columns over and over, as wide as encoders are: each weight moves by so much less.
        for (times, most) in [(1, 0.15), (300, 0.25)] {
            let wide = |values: Array2<f32>| {
                let columns: Vec<usize> = (0..COLUMNS).cycle().take(COLUMNS * times).collect();
                table(values.select(Axis(1), &columns))
            };
            let recipe = Recipe { learning_rate: 0.02 / times as f64, ..recipe(best) };
            let both = weights(&fuse_all(&[wide(telling(1)), wide(telling(2))]).unwrap(), recipe.clone());
            let one = weights(&fuse_all(&[wide(telling(1)), wide(noise(2))]).unwrap(), recipe);
            let lost = one[1] < most && one[1] < 0.5 * both[1];
            assert!(lost, "best {best:?}, {times} times: {both:?}, with noise {one:?}");
        }
    }
}

#[test]
fn clips_that_lack_an_encoder_are_trained_on_and_predicted() {
    let half = |values: Array2<f32>, keeps: fn(usize) -> bool| {
        let kept: Vec<usize> = (0..CLIPS).filter(|clip| keeps(*clip)).collect();
        let names = kept.iter().map(|clip| clips()[*clip].clone());
        FeatureTable::new(names, values.select(Axis(0), &kept)).unwrap()
    };
    let tables = [half(telling(1), |clip| clip % 3 != 0), half(telling(2), |clip| clip % 4 != 1)];
    let fused = fuse_all(&tables).unwrap();
    let labels: Vec<Label> = {
        let all = labels();
        let place = |clip: &ClipName| clips().iter().position(|other| other == clip).unwrap();
        fused.clips().iter().map(|clip| all[place(clip)]).collect()
    };
    let standardizer = Standardizer::fit(&fused).unwrap();
    let examples = Examples::new(standardizer.apply(&fused).unwrap(), labels).unwrap();
    for architecture in ["linear", "mlp-16"] {
        let trainer = Trainer::new(recipe(Some(2)), architecture.parse().unwrap()).unwrap();
        let whole = trainer.fit(&examples).validate(&examples).run(&mut source()).unwrap();
        assert!(whole.best.composite(0.5) > 0.7, "{architecture}: {:?}", whole.best);

        // From the state of an unfinished fit.
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::new(folder.path().join("state"), "fusion").every(NonZero::<usize>::MIN);
        let stopped = trainer.fit(&examples).validate(&examples).snapshots(&snapshots).on_epoch(|record| {
            if record.epoch < 7 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        assert_eq!(stopped.run(&mut source()).unwrap().epochs.len(), 7);
        let resumed = trainer.fit(&examples).validate(&examples).snapshots(&snapshots);
        assert_eq!(resumed.run(&mut source()).unwrap(), whole, "{architecture}");

        let outputs = whole.model.outputs(examples.features().clone()).unwrap();
        let (decision, recipe) = (whole.decision, recipe(Some(2)));
        let checkpoint =
            Checkpoint::new(whole.model, recipe, standardizer.clone(), decision, "made up").unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        checkpoint.write(&path).unwrap();
        let restored = Checkpoint::read(&path).unwrap();
        assert_eq!(restored, checkpoint);
        assert_eq!(restored.outputs(&fused).unwrap(), outputs, "{architecture}");

        // Without a note of their encoders, columns are taken to be those of the model, and whole.
        let plain = table(concatenate(Axis(1), &[telling(1).view(), telling(2).view()]).unwrap());
        assert_eq!(restored.outputs(&plain).unwrap().len(), CLIPS);
        let columns =
            |columns: std::ops::Range<usize>| table(plain.values().slice(s![.., columns]).to_owned());
        let others = [columns(0..3), columns(3..2 * COLUMNS)];
        let refused = restored.outputs(&fuse_all(&others).unwrap());
        assert!(matches!(refused, Err(Error::OtherEncoders { .. })));
    }
}

#[test]
fn fusions_that_do_not_suit_the_features_are_refused() {
    let alone = table(telling(1));
    let standardizer = Standardizer::fit(&alone).unwrap();
    let examples = Examples::new(standardizer.apply(&alone).unwrap(), labels()).unwrap();
    let trainer = Trainer::new(recipe(None), Architecture::linear()).unwrap();
    let refused = trainer.fit(&examples).run(&mut source());
    assert!(matches!(refused, Err(Error::Run(blemore_run::Error::NoEncoders))));

    let values = telling(2).slice(s![..CLIPS - 1, ..]).to_owned();
    let fewer = FeatureTable::new(clips()[..CLIPS - 1].to_vec(), values).unwrap();
    let fused = fuse_all(&[alone, fewer]).unwrap();
    let standardizer = Standardizer::fit(&fused).unwrap();
    let examples = Examples::new(standardizer.apply(&fused).unwrap(), labels()).unwrap();
    let trainer = Trainer::new(Recipe { epochs: 1, ..Recipe::default() }, Architecture::linear()).unwrap();
    let error = trainer.fit(&examples).run(&mut source()).unwrap_err();
    assert!(error.to_string().contains("encoder 2 has no row of test_0144"), "{error}");
}
