//! Fits that are killed and go on: the result is that of a fit that ran through, to the last bit.

use std::fs;
use std::num::NonZero;
use std::ops::ControlFlow;

use blemore_labels::Label;
use blemore_models::{
    Architecture, Arithmetic, EpochRecord, Error, Examples, FileFault, Model, RandomOrder, RandomSource,
    Snapshots, TrainConfig, Trained, Trainer,
};
use ndarray::Array2;

const EPOCHS: usize = 7;
const WIDTH: usize = 9;

/// Rows near a pattern of their label.
fn examples(n: usize, shift: usize) -> Examples<'static> {
    let all: Vec<Label> = Label::all().collect();
    let labels: Vec<Label> = (0..n).map(|row| all[(row + shift) % all.len()]).collect();
    let features = Array2::from_shape_fn((n, WIDTH), |(row, column)| {
        let noise = ((row * 31 + column * 17 + shift) % 23) as f32 / 23.0 - 0.5;
        noise + labels[row].salience().as_array()[column % 6]
    });
    Examples::new(features, labels).unwrap()
}

fn trainer(order: RandomOrder) -> Trainer {
    let arithmetic = match order {
        RandomOrder::Reference => Arithmetic::Published,
        RandomOrder::Independent => Arithmetic::Fast,
    };
    let config = TrainConfig {
        epochs: EPOCHS,
        batch_size: 16,
        learning_rate: 0.02,
        random_order: order,
        arithmetic,
        ..TrainConfig::hicmae(EPOCHS)
    };
    Trainer::new(config, Architecture::new(vec![8]).unwrap()).unwrap()
}

fn go_on(_: &EpochRecord) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Both sources, each somewhere in the middle of a stream.
fn sources() -> [(RandomOrder, RandomSource); 2] {
    let mut reference = RandomSource::reference(42);
    reference.skip_fit(&Architecture::linear(), WIDTH, 3);
    [(RandomOrder::Reference, reference), (RandomOrder::Independent, RandomSource::independent(42, "resume"))]
}

struct Data {
    train: Examples<'static>,
    validation: Examples<'static>,
}

impl Data {
    fn new() -> Self {
        Self { train: examples(100, 0), validation: examples(37, 5) }
    }

    fn straight(&self, order: RandomOrder, source: &mut RandomSource) -> Trained {
        trainer(order).fit(&self.train, &self.validation, source, &mut go_on).unwrap()
    }

    /// A fit that stops without a word after `epoch`, before or after its state is written.
    fn killed(&self, order: RandomOrder, source: &RandomSource, snapshots: &Snapshots, epoch: usize) {
        let mut source = source.clone();
        let attempt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut die = |record: &EpochRecord| {
                assert!(record.epoch < epoch, "killed");
                ControlFlow::Continue(())
            };
            let _ =
                trainer(order).fit_resumable(&self.train, &self.validation, &mut source, snapshots, &mut die);
        }));
        assert!(attempt.is_err());
    }
}

#[test]
fn killed_at_every_epoch_it_ends_with_the_same_bits() {
    let data = Data::new();
    for (order, start) in sources() {
        let mut after_straight = start.clone();
        let straight = data.straight(order, &mut after_straight);
        assert!(straight.best.epoch < EPOCHS, "the best model should not be the last one");
        let folder = tempfile::tempdir().unwrap();
        let every = NonZero::new(1).unwrap();
        let snapshots = Snapshots::new(folder.path().join("run/state.safetensors")).every(every);
        let mut heard = Vec::new();
        for epoch in 1..=EPOCHS {
            data.killed(order, &start, &snapshots, epoch);
        }
        let mut source = start.clone();
        let mut listen = |record: &EpochRecord| {
            heard.push(record.epoch);
            ControlFlow::Continue(())
        };
        let trainer = trainer(order);
        let resumed = trainer
            .fit_resumable(&data.train, &data.validation, &mut source, &snapshots, &mut listen)
            .unwrap();
        assert_eq!(resumed, straight);
        assert_eq!(source, after_straight, "what follows draws the same numbers");
        assert_eq!(heard, [EPOCHS]);
    }
}

#[test]
fn killed_between_snapshots_it_repeats_the_epochs_after_the_last_one() {
    let data = Data::new();
    let (order, start) = sources()[1].clone();
    let straight = data.straight(order, &mut start.clone());
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::new(folder.path().join("state.safetensors")).every(NonZero::new(3).unwrap());
    for epoch in [2, 5, 5, 7] {
        data.killed(order, &start, &snapshots, epoch);
    }
    let mut source = start.clone();
    let trainer = trainer(order);
    let mut again =
        || trainer.fit_resumable(&data.train, &data.validation, &mut source, &snapshots, &mut go_on);
    assert_eq!(again().unwrap(), straight);
}

#[test]
fn a_complete_fit_answers_from_its_file() {
    let data = Data::new();
    let (order, start) = sources()[0].clone();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::new(folder.path().join("state.safetensors"));
    let trainer = trainer(order);
    let fit = |listen: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>| {
        let mut source = start.clone();
        trainer.fit_resumable(&data.train, &data.validation, &mut source, &snapshots, listen).unwrap()
    };
    let first = fit(&mut go_on);
    assert_eq!(fit(&mut |record| panic!("epoch {} is made again", record.epoch)), first);
    snapshots.remove().unwrap();
    assert!(!snapshots.path().exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_fit_without_validation_goes_on_too() {
    let train = examples(100, 0);
    for (order, start) in sources() {
        let trainer = trainer(order);
        let straight: Model =
            trainer.fit_all(&train, &mut start.clone(), &mut |_| ControlFlow::Continue(())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::new(folder.path().join("state.safetensors"));
        let until = |last: usize| {
            let mut stop = |record: &blemore_models::TrainRecord| match record.epoch {
                epoch if epoch == last => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            };
            trainer.fit_all_resumable(&train, &mut start.clone(), &snapshots, &mut stop).unwrap()
        };
        for last in [1, 4] {
            assert_ne!(until(last), straight);
        }
        assert_eq!(until(EPOCHS), straight);
    }
}

#[test]
fn the_state_of_another_run_is_refused_with_all_that_differs() {
    let data = Data::new();
    let (order, start) = sources()[1].clone();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::new(folder.path().join("state.safetensors"));
    let trainer = trainer(order);
    let fit = |trainer: &Trainer, train: &Examples<'_>, mut source: RandomSource| {
        trainer.fit_resumable(train, &data.validation, &mut source, &snapshots, &mut go_on)
    };
    fit(&trainer, &data.train, start.clone()).unwrap();

    let config = TrainConfig { learning_rate: 0.01, threads: 2, ..trainer.config().clone() };
    let other = Trainer::new(config, Architecture::linear()).unwrap();
    let error = fit(&other, &examples(100, 1), RandomSource::independent(43, "resume")).unwrap_err();
    let message = error.to_string();
    let Error::UnusableFile { faults, kind: "training state", .. } = error else { panic!("{message}") };
    let what: Vec<&str> = faults
        .iter()
        .map(|fault| match fault {
            FileFault::OtherRun { what, .. } => *what,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(what, ["model", "configuration", "training part", "random numbers"]);
    assert!(message.contains("state.safetensors") && message.contains("remove the file"), "{message}");
}

#[test]
fn a_damaged_state_is_refused() {
    let data = Data::new();
    let (order, start) = sources()[1].clone();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::new(folder.path().join("state.safetensors"));
    let trainer = trainer(order);
    let fit = || {
        let mut source = start.clone();
        trainer.fit_resumable(&data.train, &data.validation, &mut source, &snapshots, &mut go_on)
    };
    fit().unwrap();
    let whole = fs::read(snapshots.path()).unwrap();
    for length in (0..whole.len()).step_by(97) {
        fs::write(snapshots.path(), &whole[..length]).unwrap();
        assert!(matches!(fit(), Err(Error::UnusableFile { .. })), "{length} bytes");
    }
    fs::write(snapshots.path(), whole).unwrap();
    fit().unwrap();
}
