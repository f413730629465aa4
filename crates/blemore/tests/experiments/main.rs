//! The experiments as a library user starts them, on generated clips.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod ensemble;
mod heads;
mod reproduction;
mod sweep;

use std::num::NonZeroUsize;
use std::sync::Mutex;

use blemore::data::generate::{Corpus, CorpusSize};
use blemore::data::{ClipRecord, Metadata};
use blemore::features::{EncoderColumns, FeatureTable};
use blemore::models::Checkpoint;
use blemore::run::files::CHECKPOINT_FILE;
use blemore::run::{Architecture, Execution, Page, Recipe, Report, ResultsFolder};
use blemore::{CrossValidation, Error, HeldOutTest, Partition, Progress, RunPlan};
use ndarray::Array2;

/// Features that tell the emotions of a clip, and say little of anything else. No two clips have the same.
fn features(metadata: &Metadata) -> FeatureTable {
    let clips = metadata.clips().iter().map(|record| record.clip.clone());
    let labels = metadata.labels().unwrap();
    let values = Array2::from_shape_fn((labels.len(), 8), |(clip, column)| {
        let share = labels[clip].components().find(|(emotion, _)| emotion.index() == column);
        share.map_or(0.0, |(_, percent)| f32::from(percent) / 50.0)
            + ((clip * 37 + column * 101) % 997) as f32 / 2000.0
    });
    FeatureTable::new(clips, values).unwrap()
}

/// The page of a run, as HTML.
fn page_of(folder: &ResultsFolder) -> String {
    let runs = vec![Report::of(folder, None, &[], false).unwrap()];
    Page { runs, ..Page::default() }.to_html().unwrap()
}

fn recipe() -> Recipe {
    Recipe { epochs: 4, learning_rate: 0.01, ..Recipe::default() }
}

fn models() -> Vec<Architecture> {
    vec![Architecture::linear(), "mlp-8".parse().unwrap()]
}

#[test]
fn shares_and_jobs_in_any_order_give_the_cells_of_one_run() {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let table = features(corpus.train());
    let experiment = || {
        let partition = Partition::join("made up", &table, corpus.train()).unwrap();
        CrossValidation::new(partition, models(), recipe()).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let whole = ResultsFolder::create(folder.path().join("whole")).unwrap();
    let steps = Mutex::new(Vec::new());
    let listener = |news: Progress<'_>| {
        let Progress::Step { done, total, .. } = news else { panic!("{news}") };
        steps.lock().unwrap().push((done, total));
    };
    let expected = experiment().run(&whole, &RunPlan::default(), &listener).unwrap();
    assert_eq!((expected.cells.len(), expected.missing), (10, 0));
    assert_eq!(steps.lock().unwrap().iter().max(), Some(&(40, 40)), "ten cells of four epochs");
    assert!(expected.summary.iter().all(|model| model.folds == 5 && model.accuracies.presence.mean > 0.3));

    let parts = ResultsFolder::create(folder.path().join("parts")).unwrap();
    for share in ["2/3", "1/3", "3/3"] {
        let execution = Execution { jobs: NonZeroUsize::new(1), ..Execution::default() };
        let plan = RunPlan { share: Some(share.parse().unwrap()), execution, ..RunPlan::default() };
        experiment().run(&parts, &plan, &|_| ()).unwrap();
    }
    assert_eq!(experiment().run(&parts, &RunPlan::default(), &|_| ()).unwrap(), expected);
    let nested = experiment().nested(&parts).unwrap();
    assert_eq!(nested.iter().map(|model| model.model.as_str()).collect::<Vec<_>>(), ["Linear", "MLP_8"]);
}

#[test]
fn test_features_whose_encoders_stand_in_another_order_are_refused() {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let halves = |table: FeatureTable, names: [&str; 2]| {
        let width = table.width() / 2;
        let encoder = |name: &str| EncoderColumns { name: name.to_owned(), width, missing: Vec::new() };
        table.with_encoders(names.map(encoder).to_vec()).unwrap()
    };
    let train = halves(features(corpus.train()), ["video_train", "audio_train"]);
    let partition = Partition::join("both", &train, corpus.train()).unwrap();
    let test = |names| halves(features(corpus.test()), names);
    let (same, swapped) = (test(["video_test", "audio_test"]), test(["audio_test", "video_test"]));
    let held_out = |test| {
        let test = Partition::join("both", test, corpus.test()).unwrap();
        HeldOutTest::new(partition.clone(), test, recipe())
    };
    assert!(held_out(&same).is_ok());
    let said = "in the order audio_test, video_test, the model was trained on video_train, audio_train";
    let error = held_out(&swapped).unwrap_err().to_string();
    assert!(error.contains(said), "{error}");

    let models = vec![Architecture::linear()];
    let experiment = CrossValidation::new(partition.clone(), models, recipe()).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let folder = ResultsFolder::create(temporary.path()).unwrap();
    let plan = RunPlan { fold: Some(1), ..RunPlan::default() };
    let run = experiment.run(&folder, &plan, &|_| ()).unwrap();
    let path = folder.of_result(&run.cells[0].cell.name).join(CHECKPOINT_FILE);
    let checkpoint = Checkpoint::read(path).unwrap();
    assert_eq!(checkpoint.outputs(&same).unwrap().len(), corpus.test().len());
    let error = checkpoint.outputs(&swapped).unwrap_err().to_string();
    assert!(error.contains(said), "{error}");
}

#[test]
fn the_test_takes_the_thresholds_of_the_best_fold() {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let (train, test) = (features(corpus.train()), features(corpus.test()));
    let partition = Partition::join("made up", &train, corpus.train()).unwrap();
    let experiment = CrossValidation::new(partition.clone(), models(), recipe()).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let folder = ResultsFolder::create(temporary.path()).unwrap();
    let run = experiment.run(&folder, &RunPlan::default(), &|_| ()).unwrap();
    let test = Partition::join("made up", &test, corpus.test()).unwrap();
    let held_out = HeldOutTest::new(partition, test, recipe()).unwrap();
    let tested = held_out.run(&run.models(), &run, &folder, Execution::default(), &|_| ()).unwrap();
    for result in tested {
        let composite = |cell: &&blemore::run::CellResult| cell.accuracies().composite(0.5);
        let of_model = run.cells.iter().filter(|cell| cell.cell.model == result.model);
        let best = of_model.max_by(|one, other| composite(one).total_cmp(&composite(other))).unwrap();
        assert_eq!((result.alpha, result.beta), (best.best.alpha, best.best.beta));
        assert!(result.scores.unwrap().accuracies.presence > 0.3);
    }
}

#[test]
fn what_cannot_be_an_experiment_is_refused() {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let table = features(corpus.train());
    let partition = || Partition::join("made up", &table, corpus.train()).unwrap();
    assert!(matches!(CrossValidation::new(partition(), Vec::new(), recipe()), Err(Error::NoModels)));
    let twice = vec![Architecture::linear(), Architecture::linear()];
    assert!(matches!(CrossValidation::new(partition(), twice, recipe()), Err(Error::RepeatedModel { .. })));
    let recipe = Recipe { epochs: 0, ..recipe() };
    assert!(CrossValidation::new(partition(), models(), recipe.clone()).is_err());
    // A clip that the features do not have.
    let record = ClipRecord::of_name("A999_ang_int1_ver1".parse().unwrap());
    let metadata = Metadata::from_records(&[record]).unwrap();
    let error = Partition::join("made up", &table, &metadata).unwrap_err();
    assert!(error.to_string().contains("features of no clip"), "{error}");
    // An actor of the test that was trained on.
    let error = HeldOutTest::new(partition(), partition(), Recipe::default()).unwrap_err();
    assert!(error.to_string().contains("actor"), "{error}");
}
