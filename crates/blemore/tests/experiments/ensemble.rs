//! Several seeds, and the mean of their models on the test clips.

use std::path::Path;

use blemore::data::generate::{Corpus, CorpusSize};
use blemore::eval::{GridSearch, MeanStd, PerMeasure, Predictions, Probabilities, Thresholds};
use blemore::models::Checkpoint;
use blemore::run::files::{CHECKPOINT_FILE, read_outputs};
use blemore::run::{
    Architecture, CellResult, ClipOutputs, Decision, FeatureAlignment, Head, Recipe, ResultsFolder,
    seed_folders, verify,
};
use blemore::{CrossValidation, Ensemble, Partition, RunPlan, Seeds, SeedsSummary};

use crate::{features, page_of};

const SEEDS: usize = 2;

/// Runs of several seeds in a folder.
fn run(corpus: &Corpus, folder: &Path, recipe: &Recipe) -> SeedsSummary {
    let table = features(corpus.train());
    let train = Partition::join("made up", &table, corpus.train()).unwrap();
    let seeds = Seeds::new(train, vec![Architecture::linear()], recipe, SEEDS).unwrap();
    seeds.run(folder, &RunPlan::default(), &|_| ()).unwrap()
}

fn recipe(head: Head) -> Recipe {
    Recipe { epochs: 4, learning_rate: 0.01, head, ..Recipe::default() }
}

fn means(cells: &[CellResult]) -> PerMeasure<f64> {
    PerMeasure::spread(cells.iter().map(CellResult::accuracies)).map(|spread: MeanStd| spread.mean)
}

#[test]
fn an_ensemble_is_the_mean_of_all_folds_and_seeds_with_thresholds_of_the_training_clips() {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let (train, test) = (features(corpus.train()), features(corpus.test()));
    for head in [Head::Emotions, Head::Labels] {
        let temporary = tempfile::tempdir().unwrap();
        let summary = run(&corpus, temporary.path(), &recipe(head));
        let spread = &summary.summary[0];
        let of_seeds = summary.seeds.iter().map(|seed| means(&seed.finished.cells));
        assert_eq!((spread.seeds, spread.over_seeds), (SEEDS, PerMeasure::spread(of_seeds)));
        assert_eq!(spread.over_folds.presence.mean, spread.over_seeds.presence.mean);

        let paths = seed_folders(temporary.path()).unwrap();
        assert!(paths[0].ends_with("seed-42") && paths[1].ends_with("seed-43"));
        let folders: Vec<ResultsFolder> =
            paths.into_iter().map(|path| ResultsFolder::open(path).unwrap()).collect();
        let partitions = || {
            (
                Partition::join("made up", &train, corpus.train()).unwrap(),
                Partition::join("made up", &test, corpus.test()).unwrap(),
            )
        };
        let ensemble = |folders: &[ResultsFolder]| {
            let (train, test) = partitions();
            Ensemble::new(folders, train, test).unwrap().run().unwrap().remove(0)
        };
        let result = ensemble(&folders);
        assert_eq!(ensemble(&folders), result, "the result that is there");

        // The same from the files.
        let mut outputs = Vec::new();
        let (mut rows, mut labels) = (Vec::new(), Vec::new());
        for (seed, folder) in summary.seeds.iter().zip(&folders) {
            let mut of_seed = Vec::new();
            labels.clear();
            for cell in &seed.finished.cells {
                let path = folder.of_result(&cell.cell.name).join(CHECKPOINT_FILE);
                outputs.push(Checkpoint::read(path).unwrap().outputs(&test).unwrap());
                let tables = read_outputs(folder, &cell.cell.name).unwrap();
                labels.extend(tables.emotions.labels().unwrap());
                let halves = |row: &[f32; 6]| row.map(|value| value / 2.0);
                of_seed.extend(tables.outputs().unwrap().emotions().unwrap().iter().map(halves));
            }
            rows.resize(of_seed.len(), [0.0; 6]);
            for (sum, row) in rows.iter_mut().zip(of_seed) {
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        }
        let mean = ClipOutputs::mean(&outputs).unwrap();
        let decision = match result.expected_score {
            Some(score) => Decision::ExpectedScore(score),
            None => {
                let rows = Probabilities::new(rows).unwrap();
                let found = GridSearch::default().search(&rows, &labels).unwrap().thresholds;
                assert_eq!(found, Thresholds { alpha: result.alpha, beta: result.beta });
                Decision::from(found)
            }
        };
        let predictions = Predictions::read(result.predictions(&folders[0])).unwrap();
        let clips = corpus.test().clips().iter().map(|record| record.clip.clone());
        let expected: Predictions = clips.zip(decision.decode(&mean).unwrap()).collect();
        assert_eq!(predictions.len(), expected.len());
        for (clip, label) in expected.iter() {
            assert_eq!(predictions.get(clip.as_str()), Some(label), "{clip}");
        }
        let parts = result.ensemble.clone().unwrap();
        assert_eq!((parts.models, &parts.seeds[..]), (10, &[42, 43][..]));
        assert!(parts.over_folds.is_some() && parts.over_seeds.is_some() && result.fold.is_none());
        for folder in &folders {
            assert_eq!(verify(folder, None).unwrap().differences, []);
        }
        assert_eq!(verify(&folders[0], None).unwrap().tests, 1);
        let page = page_of(&folders[0]);
        assert!(
            page.contains("Held-out tests") && page.contains("made up (generated clips), Linear, ensemble"),
            "{page}"
        );
        for spread in [parts.over_folds.unwrap(), parts.over_seeds.unwrap()] {
            assert!(page.contains(&format!("{}, {}", spread.presence, spread.salience)), "{page}");
        }
        assert!(!page_of(&folders[1]).contains("Held-out tests"), "the second seed has none");

        let one = ensemble(&folders[1..]).ensemble.unwrap();
        assert_eq!((one.models, one.over_seeds), (5, None));
        let (train, test) = partitions();
        let twice = Ensemble::new(&[folders[0].clone(), folders[0].clone()], train, test).unwrap_err();
        assert!(twice.to_string().contains("nothing, not even the seed"), "{twice}");
    }
}

#[test]
fn seeds_without_all_folds_have_no_part_in_the_spreads() {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let table = features(corpus.train());
    let seeds = || {
        let train = Partition::join("made up", &table, corpus.train()).unwrap();
        Seeds::new(train, vec![Architecture::linear()], &recipe(Head::Emotions), SEEDS).unwrap()
    };
    let temporary = tempfile::tempdir().unwrap();
    let run = |plan: RunPlan| seeds().run(temporary.path(), &plan, &|_| ()).unwrap();
    let part = run(RunPlan { fold: Some(1), ..RunPlan::default() });
    assert_eq!(part.seeds.iter().map(|seed| seed.finished.cells.len()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(part.summary, []);
    assert_eq!(run(RunPlan::default()).summary[0].seeds, SEEDS);
}

#[test]
fn models_that_were_aligned_with_their_folds_make_no_ensemble() {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let (train, test) = (features(corpus.train()), features(corpus.test()));
    let temporary = tempfile::tempdir().unwrap();
    let aligned = Recipe { alignment: FeatureAlignment::Correlation, epochs: 1, ..recipe(Head::Emotions) };
    run(&corpus, temporary.path(), &aligned);
    let folders = seed_folders(temporary.path()).unwrap();
    let folders: Vec<_> = folders.into_iter().map(|path| ResultsFolder::open(path).unwrap()).collect();
    let train = Partition::join("made up", &train, corpus.train()).unwrap();
    let test = Partition::join("made up", &test, corpus.test()).unwrap();
    let error = Ensemble::new(&folders, train, test).unwrap_err().to_string();
    assert!(error.contains("aligned with their own folds"), "{error}");
}

#[test]
fn a_recipe_of_a_network_on_clips_is_refused_for_features() {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let table = features(corpus.train());
    let train = Partition::join("made up", &table, corpus.train()).unwrap();
    let error = CrossValidation::new(train, vec![Architecture::linear()], Recipe::fine_tuned(1)).unwrap_err();
    assert!(error.to_string().contains("fine_tuning is of a network on clips"), "{error}");
}
