//! The same training with blemore.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use blemore_models::{
    Architecture, Arithmetic, EpochRecord, Examples, RandomOrder, RandomSource, Recipe, Trainer,
};

use crate::FOLDS;
use crate::corpus::Corpus;

/// The paper's recipe in the published order of random numbers.
pub(crate) fn recipe(arithmetic: Arithmetic, epochs: usize) -> Recipe {
    Recipe { epochs, random_order: RandomOrder::Reference, arithmetic, ..Recipe::default() }
}

/// The time of each epoch; what `after_epoch` does is not counted.
pub(crate) fn time_epochs(
    train: &Examples<'_>,
    model: &Architecture,
    recipe: Recipe,
    after_epoch: &mut dyn FnMut(Duration),
) {
    let mut source = match recipe.random_order {
        RandomOrder::Reference => RandomSource::reference(recipe.seed),
        RandomOrder::Independent => RandomSource::independent(recipe.seed, "epochs"),
    };
    let mut start = Instant::now();
    let trainer = Trainer::new(recipe, model.clone()).unwrap();
    let fit = trainer.fit(train).on_epoch(|_| {
        after_epoch(start.elapsed());
        start = Instant::now();
        ControlFlow::Continue(())
    });
    fit.run(&mut source).unwrap();
}

/// How many folds side by side, and on how many threads each.
#[derive(Clone, Copy)]
pub(crate) struct Side {
    pub(crate) folds: usize,
    pub(crate) threads: usize,
}

/// The epochs of all folds in the published order of random numbers; the time of all, standardisation included.
pub(crate) fn cross_validate(
    corpus: &Corpus,
    model: &Architecture,
    epochs: usize,
    side: Side,
) -> (Duration, Vec<Vec<EpochRecord>>) {
    let start = Instant::now();
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..side.folds {
            scope.spawn(|| {
                loop {
                    let fold = next.fetch_add(1, Ordering::Relaxed);
                    if fold >= FOLDS {
                        return;
                    }
                    let mut source = RandomSource::reference(Recipe::default().seed);
                    (0..fold).for_each(|_| source.skip_fit(model, corpus.width(), epochs));
                    let (train, validation) = corpus.split(fold);
                    let recipe = recipe(Arithmetic::Fast, epochs);
                    let trainer = Trainer::new(recipe, model.clone()).unwrap().threads(side.threads);
                    let trained = trainer.fit(&train).validate(&validation).run(&mut source);
                    results.lock().unwrap().push((fold, trained.unwrap().epochs));
                }
            });
        }
    });
    let elapsed = start.elapsed();
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(fold, _)| *fold);
    (elapsed, results.into_iter().map(|(_, epochs)| epochs).collect())
}
