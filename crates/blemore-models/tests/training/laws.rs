//! What holds of any fit.

use std::ops::ControlFlow;

use approx::assert_abs_diff_eq;
use blemore_labels::Label;
use blemore_models::{
    Architecture, Arithmetic, Device, Error, Examples, Footprint, LastGood, Layer, Model, ModelShape,
    RandomSource, Recipe, Schedule, Snapshots, Trainer,
};
use blemore_run::FeatureAlignment;
use blemore_simd::InstructionSet;
use ndarray::Array2;

fn examples(n: usize, width: usize) -> Examples<'static> {
    let all: Vec<Label> = Label::all().collect();
    let features = Array2::from_shape_fn((n, width), |(row, column)| {
        ((row * 13 + column * 7 + row * column % 5) % 17) as f32 / 8.0 - 1.0
    });
    Examples::new(features, (0..n).map(|row| all[row % all.len()]).collect()).unwrap()
}

#[test]
fn a_loss_that_overflows_keeps_the_last_good_epoch() {
    let parts = examples(20, 4);
    // One step an epoch: the first of rate 0, the second large enough to overflow.
    let schedule = Schedule::Cosine { warm_up_epochs: 2, start: 0.0, end: 0.0 };
    let recipe = Recipe { epochs: 5, batch_size: 20, learning_rate: 1e38, schedule, ..Recipe::default() };
    let trainer = Trainer::new(recipe, Architecture::new(vec![6]).unwrap()).unwrap();
    let mut source = RandomSource::independent(1, "overflow");
    let mut heard = 0;
    let fit = trainer.fit(&parts).validate(&parts).on_epoch(|_| {
        heard += 1;
        ControlFlow::Continue(())
    });
    let error = fit.run(&mut source).unwrap_err();
    let message = error.to_string();
    let Error::NonFiniteLoss {
        part: "validation",
        epoch: 2,
        batch: 1,
        last_good: Some(LastGood::Model(kept)),
        ..
    } = error
    else {
        panic!("{message}")
    };
    assert_eq!((heard, kept.epochs.len(), kept.best.epoch), (1, 1, 1));
    assert!(kept.model.layers().iter().flat_map(|layer| &layer.weight).all(|weight| weight.is_finite()));
    assert!(message.contains("learning rate") && message.contains("epochs 1 to 1 are kept"), "{message}");

    let error = trainer.fit(&parts).run(&mut source).unwrap_err();
    assert!(
        matches!(error, Error::NonFiniteLoss { part: "training", epoch: 3, last_good: None, .. }),
        "{error}"
    );
}

#[test]
fn fits_side_by_side_are_bit_identical_to_fits_alone() {
    let (train, validation) = (examples(70, 600), examples(40, 600));
    let recipe = Recipe { epochs: 3, learning_rate: 1e-3, ..Recipe::default() };
    let fit = |threads| {
        let trainer = Trainer::new(recipe.clone(), Architecture::mlp_512()).unwrap().threads(threads);
        let mut source = RandomSource::independent(1, "threads");
        trainer.fit(&train).validate(&validation).run(&mut source).unwrap()
    };
    let alone = fit(1);
    let side_by_side: Vec<_> = std::thread::scope(|scope| {
        let fits: Vec<_> = (0..3).map(|_| scope.spawn(|| fit(1))).collect();
        fits.into_iter().map(|fit| fit.join().unwrap()).collect()
    });
    assert!(side_by_side.iter().all(|fit| *fit == alone));
    for threads in [2, 3, 7, usize::MAX] {
        assert!(fit(threads) == alone, "{threads} threads");
    }
}

/// Of 786,432 parameters, which three threads share.
#[test]
fn steps_of_large_upper_layers_do_not_depend_on_threads() {
    let train = examples(20, 4);
    let fit = |threads| {
        let recipe = Recipe { epochs: 2, learning_rate: 1e-3, ..Recipe::default() };
        let trainer = Trainer::new(recipe, Architecture::new(vec![1024, 768]).unwrap()).unwrap();
        trainer.threads(threads).fit(&train).run(&mut RandomSource::independent(1, "threads")).unwrap()
    };
    let alone = fit(1);
    for threads in [2, 3] {
        assert!(fit(threads) == alone, "{threads} threads");
    }
}

#[test]
fn libtorch_has_one_thread_in_a_fit_and_its_own_number_afterwards() {
    // libtorch gives a thread its start value at the first look; only then does a setting stay.
    tch::get_num_threads();
    tch::set_num_threads(5);
    let parts = examples(20, 4);
    let trainer = Trainer::new(Recipe { epochs: 1, ..Recipe::default() }, Architecture::linear()).unwrap();
    let fit = trainer.fit(&parts).on_epoch(|_| {
        assert_eq!(tch::get_num_threads(), 1);
        ControlFlow::Continue(())
    });
    fit.run(&mut RandomSource::independent(1, "threads")).unwrap();
    assert_eq!(tch::get_num_threads(), 5);
}

#[test]
fn threads_are_used_for_large_first_layers_below_others() {
    let fast = InstructionSet::detect() != InstructionSet::Portable;
    let layers = [
        ("linear", 50_000, false),
        ("mlp-512", 511, false),
        ("mlp-512", 512, fast),
        ("mlp-16-600", 600, false),
    ];
    for (model, width, expected) in layers {
        let shape = ModelShape::published(&model.parse().unwrap(), width);
        let footprint = Footprint::of(&Recipe::default(), Device::Cpu, &shape, 100);
        assert_eq!(footprint.uses_threads, expected, "{model}, {width} features");
    }
}

#[test]
fn a_fit_on_aligned_features_takes_the_memory_of_the_alignment_too() {
    let shape = ModelShape::published(&Architecture::mlp_512(), 7168);
    let bytes = |alignment| {
        let recipe = Recipe { alignment, ..Recipe::default() };
        Footprint::of(&recipe, Device::Cpu, &shape, 2456).bytes
    };
    let more = bytes(FeatureAlignment::Correlation) - bytes(FeatureAlignment::None);
    // The training features alone are 2,456 x 7,168 x 8 bytes in f64, 134 MiB.
    assert!((5..=7).contains(&(more >> 27)), "{more}");
}

#[test]
fn a_large_first_layer_predicts_what_sums_in_double_precision_do() {
    let model = Model::untrained(&Architecture::mlp_512(), 1408, &mut RandomSource::reference(3));
    let features = Array2::from_shape_fn((40, 1408), |(row, column)| {
        ((row * 31 + column * 17) % 101) as f32 / 25.0 - 2.0
    });
    let [hidden, output] = model.layers() else { panic!("two layers") };
    let product = |inputs: &Array2<f64>, layer: &Layer| {
        inputs.dot(&layer.weight.mapv(f64::from).t()) + layer.bias.mapv(f64::from)
    };
    let hidden = product(&features.mapv(f64::from), hidden).mapv(|output| output.max(0.0));
    let exponentials = product(&hidden, output).exp();
    let probabilities = model.predict(features.view()).unwrap();
    for (found, exponentials) in probabilities.rows().iter().zip(exponentials.rows()) {
        for (found, exponential) in found.iter().zip(exponentials) {
            assert_abs_diff_eq!(f64::from(*found), exponential / exponentials.sum(), epsilon = 1e-6);
        }
    }
}

#[test]
fn a_large_first_layer_trains_as_libtorch_would_train_it() {
    // The last batch has one row.
    let (train, validation) = (examples(65, 600), examples(40, 600));
    for model in ["mlp-512", "mlp-512-32"] {
        let fit = |arithmetic| {
            let recipe =
                Recipe { epochs: 3, batch_size: 16, learning_rate: 1e-3, arithmetic, ..Recipe::default() };
            let trainer = Trainer::new(recipe, model.parse().unwrap()).unwrap();
            let mut source = RandomSource::independent(1, "first layer");
            trainer.fit(&train).validate(&validation).run(&mut source).unwrap()
        };
        let (fast, published) = (fit(Arithmetic::Fast), fit(Arithmetic::Published));
        for (fast, published) in fast.epochs.iter().zip(&published.epochs) {
            assert_abs_diff_eq!(fast.train_loss, published.train_loss, epsilon = 1e-5);
            assert_abs_diff_eq!(fast.val_loss, published.val_loss, epsilon = 1e-5);
        }
        assert!(published.epochs[2].train_loss < published.epochs[0].train_loss, "{model} learns");
    }
}

#[test]
fn a_large_first_layer_goes_on_with_the_same_bits() {
    let (train, validation) = (examples(65, 600), examples(40, 600));
    let recipe = Recipe { epochs: 4, batch_size: 16, learning_rate: 1e-3, ..Recipe::default() };
    let trainer = Trainer::new(recipe, Architecture::mlp_512()).unwrap();
    let source = RandomSource::independent(1, "first layer");
    let straight = trainer.fit(&train).validate(&validation).run(&mut source.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::new(folder.path().join("state.safetensors"), "these examples");
    let until = |last: usize| {
        let fit = trainer.fit(&train).validate(&validation).snapshots(&snapshots).on_epoch(|record| {
            if record.epoch < last { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        fit.run(&mut source.clone()).unwrap()
    };
    assert_eq!(until(2).epochs.len(), 2);
    assert_eq!(until(4), straight);
}

#[test]
fn a_device_that_is_not_there_is_refused_before_any_work() {
    let parts = examples(20, 4);
    let trainer = Trainer::new(Recipe::default(), Architecture::linear()).unwrap().device(Device::Cuda(99));
    let mut source = RandomSource::independent(1, "device");
    let error = trainer.fit(&parts).validate(&parts).run(&mut source).unwrap_err();
    assert!(matches!(error, Error::NoSuchDevice { device: Device::Cuda(99), .. }), "{error}");
    assert!(error.to_string().contains("cuda:99"), "{error}");
}

#[test]
fn parts_that_cannot_be_used_are_refused() {
    let trainer = Trainer::new(Recipe::default(), Architecture::linear()).unwrap();
    let fit = |train: &Examples<'_>, validation: &Examples<'_>| {
        trainer.fit(train).validate(validation).run(&mut RandomSource::reference(42)).unwrap_err()
    };
    let (usable, none, wide) = (examples(20, 4), examples(0, 4), examples(20, 5));
    assert!(matches!(fit(&none, &usable), Error::NoExamples { part: "training" }));
    assert!(matches!(fit(&usable, &none), Error::NoExamples { part: "validation" }));
    assert!(matches!(fit(&usable, &wide), Error::WidthMismatch { expected: 4, found: 5, .. }));
}
