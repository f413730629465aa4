//! Fits that are killed and continued: the result is bit-identical to that of a fit that was not.

use std::fs;
use std::num::NonZero;
use std::ops::ControlFlow;

use blemore_labels::Label;
use blemore_models::{
    Architecture, Arithmetic, EpochRecord, Error, Examples, RandomOrder, RandomSource, Recipe, Snapshots,
    Trained, Trainer,
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

fn recipe(order: RandomOrder) -> Recipe {
    let arithmetic = match order {
        RandomOrder::Reference => Arithmetic::Published,
        RandomOrder::Independent => Arithmetic::Fast,
    };
    Recipe { batch_size: 16, learning_rate: 0.02, random_order: order, arithmetic, ..Recipe::hicmae(EPOCHS) }
}

fn trainer(order: RandomOrder) -> Trainer {
    Trainer::new(recipe(order), Architecture::new(vec![8]).unwrap()).unwrap().keep_outputs()
}

/// Both sources, each somewhere in the middle of a stream.
fn sources() -> [(RandomOrder, RandomSource); 2] {
    let mut reference = RandomSource::reference(42);
    reference.skip_fit(&Architecture::linear(), WIDTH, 3);
    [(RandomOrder::Reference, reference), (RandomOrder::Independent, RandomSource::independent(42, "resume"))]
}

fn snapshots_in(folder: &tempfile::TempDir) -> Snapshots {
    Snapshots::new(folder.path().join("run/state.safetensors"), "these examples")
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
        trainer(order).fit(&self.train).validate(&self.validation).run(source).unwrap()
    }

    /// A fit that continues from its file, and tells `listen` of its epochs.
    fn resumed(
        &self,
        order: RandomOrder,
        source: &mut RandomSource,
        snapshots: &Snapshots,
        mut listen: impl FnMut(&EpochRecord),
    ) -> Result<Trained, Error> {
        let trainer = trainer(order);
        let fit =
            trainer.fit(&self.train).validate(&self.validation).snapshots(snapshots).on_epoch(|record| {
                listen(record);
                ControlFlow::Continue(())
            });
        fit.run(source)
    }

    /// A fit that stops without a word after `epoch`, before or after its state is written.
    fn killed(&self, order: RandomOrder, source: &RandomSource, snapshots: &Snapshots, epoch: usize) {
        let mut source = source.clone();
        let attempt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ =
                self.resumed(order, &mut source, snapshots, |record| assert!(record.epoch < epoch, "killed"));
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
        let snapshots = snapshots_in(&folder).every(every);
        let mut heard = Vec::new();
        for epoch in 1..=EPOCHS {
            data.killed(order, &start, &snapshots, epoch);
        }
        let mut source = start.clone();
        let resumed = data.resumed(order, &mut source, &snapshots, |record| heard.push(record.epoch));
        assert_eq!(resumed.unwrap(), straight);
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
    let snapshots = snapshots_in(&folder).every(NonZero::new(3).unwrap());
    for epoch in [2, 5, 5, 7] {
        data.killed(order, &start, &snapshots, epoch);
    }
    assert_eq!(data.resumed(order, &mut start.clone(), &snapshots, |_| ()).unwrap(), straight);
}

#[test]
fn a_complete_fit_answers_from_its_file() {
    let data = Data::new();
    let (order, start) = sources()[0].clone();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = snapshots_in(&folder);
    let fit = |listen: fn(&EpochRecord)| data.resumed(order, &mut start.clone(), &snapshots, listen).unwrap();
    let first = fit(|_| ());
    assert_eq!(fit(|record| panic!("epoch {} is made again", record.epoch)), first);
    snapshots.remove().unwrap();
    assert!(!snapshots.path().exists());
    assert_eq!(fs::read_dir(folder.path().join("run")).unwrap().count(), 0);
}

#[test]
fn a_fit_without_validation_goes_on_too() {
    let train = examples(100, 0);
    for (order, start) in sources() {
        let trainer = trainer(order);
        let straight = trainer.fit(&train).run(&mut start.clone()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let snapshots = snapshots_in(&folder);
        let until = |last: usize| {
            let fit = trainer.fit(&train).snapshots(&snapshots).on_epoch(|record| match record.epoch {
                epoch if epoch == last => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            });
            fit.run(&mut start.clone()).unwrap()
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
    let snapshots = snapshots_in(&folder);
    let trainer = trainer(order);
    let fit = |trainer: &Trainer, train: &Examples<'_>, snapshots: &Snapshots, mut source: RandomSource| {
        trainer.fit(train).validate(&data.validation).snapshots(snapshots).run(&mut source)
    };
    fit(&trainer, &data.train, &snapshots, start.clone()).unwrap();

    let recipe = Recipe { learning_rate: 0.01, ..recipe(order) };
    let other = Trainer::new(recipe, Architecture::linear()).unwrap();
    let renamed = Snapshots::new(snapshots.path(), "other data");
    let source = RandomSource::independent(43, "resume");
    let error = fit(&other, &examples(99, 0), &renamed, source).unwrap_err();
    let message = error.to_string();
    let Error::UnusableFile { faults, kind: "training state", .. } = error else { panic!("{message}") };
    let expected = [
        "identity these examples, this run has other data",
        "model MLP_8, this run has Linear",
        "number of training examples 100, this run has 99",
        "recipe ",
        "random numbers ",
    ];
    assert_eq!(faults.len(), expected.len(), "{message}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(&format!("it belongs to a run with {expected}")), "{fault}");
    }
    assert!(message.contains("state.safetensors") && message.contains("remove the file"), "{message}");
}

#[test]
fn a_damaged_state_is_refused() {
    let data = Data::new();
    let (order, start) = sources()[1].clone();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = snapshots_in(&folder);
    let fit = || data.resumed(order, &mut start.clone(), &snapshots, |_| ());
    fit().unwrap();
    let whole = fs::read(snapshots.path()).unwrap();
    for length in (0..whole.len()).step_by(97) {
        fs::write(snapshots.path(), &whole[..length]).unwrap();
        assert!(matches!(fit(), Err(Error::UnusableFile { .. })), "{length} bytes");
    }
    for place in (0..whole.len()).step_by(97) {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        fs::write(snapshots.path(), changed).unwrap();
        assert!(matches!(fit(), Err(Error::UnusableFile { .. })), "byte {place}");
    }
    fs::write(snapshots.path(), whole).unwrap();
    fit().unwrap();
}
