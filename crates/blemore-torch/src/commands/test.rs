//! `blemore test`: the held-out protocol with the thresholds of the best fold.

use blemore::data::Metadata;
use blemore::eval::{MeanStd, PerMeasure};
use blemore::run::{
    CrossValidated, EnsembleSpread, Execution, HeldOutResult, Recipe, ResultsFolder, Run, seed_folders,
};
use blemore::{Ensemble, HeldOutTest, Partition};
use blemore_cli::arguments::Test;
use blemore_cli::output::{Output, held_out_caveats, held_out_cells, spread, table};
use blemore_cli::progress::with_bar;
use blemore_cli::read;
use serde::Serialize;

use super::network::{self, ClipSource};
use super::training::{self, Features};
use blemore_cli::Failure;

/// What is printed: one result a model of the run.
#[derive(Serialize)]
struct Document {
    results: Vec<HeldOutResult>,
}

pub(crate) fn run(output: Output, arguments: &Test) -> Result<(), Failure> {
    let execution = training::execution(arguments.execution)?;
    let train_metadata = read::metadata(output, &arguments.train_metadata)?;
    let test_metadata = read::metadata(output, &arguments.test_metadata)?;
    let Some(features) = &arguments.features else {
        return of_network(output, arguments, [&train_metadata, &test_metadata], execution);
    };
    let train_features = training::read_features(output, features)?;
    let test_features =
        arguments.test_features.as_deref().map(|path| training::read_features(output, path)).transpose()?;
    let features = Features {
        path: features,
        table: &train_features,
        training: None,
        on_suspicion: training::on_suspicion(arguments.strict),
    };
    let (train, quality) = training::join(output, &features, &train_metadata, Some(&test_metadata))?;
    let test_features = Features {
        path: arguments.test_features.as_deref().unwrap_or(features.path),
        table: test_features.as_ref().unwrap_or(&train_features),
        training: Some(&quality),
        ..features
    };
    let (test, _) = training::join(output, &test_features, &test_metadata, Some(&train_metadata))?;
    if arguments.ensemble {
        return ensemble(output, arguments, train, test);
    }
    let folder = read::results(&arguments.run)?;
    let run = Run::read(&folder)?;
    let cross_validated = run.complete(&folder, train.features(), train.key())?;
    read::note_stale_tables(output, &Run::stale_tables(&folder, &cross_validated)?);
    let recipe = Recipe { epochs: arguments.epochs, ..run.recipe };
    let test = HeldOutTest::new(train.renamed(&run.features), test, recipe)?;
    test_models(output, &test, &cross_validated, (&folder, execution), &test_metadata)
}

/// `--finetune`: a whole network on faces and sound.
fn of_network(
    output: Output,
    arguments: &Test,
    [train_metadata, test_metadata]: [&Metadata; 2],
    execution: Execution,
) -> Result<(), Failure> {
    let source = ClipSource::of(&arguments.network)?;
    let folder = read::results(&arguments.run)?;
    let run = Run::read(&folder)?;
    if run.recipe.fine_tuning.is_none() {
        let run = arguments.run.display();
        return Err(Failure::input(format!(
            "{run} has models of features: leave --finetune out, and give --features"
        )));
    }
    test_metadata.require_separate(train_metadata)?;
    let clips = source.clips(output, train_metadata, &run.recipe, &folder)?;
    let train = source.partition(&clips, train_metadata)?;
    let cross_validated = run.complete(&folder, train.features(), train.key())?;
    read::note_stale_tables(output, &Run::stale_tables(&folder, &cross_validated)?);
    let test_clips = source.clips(output, test_metadata, &run.recipe, &folder)?;
    let test = source.partition(&test_clips, test_metadata)?;
    let recipe = Recipe { epochs: arguments.epochs, ..run.recipe };
    let test = HeldOutTest::fine_tuned(train, test, recipe)?;
    network::say_how_long(output, execution, arguments.epochs * train_metadata.clips().len());
    test_models(output, &test, &cross_validated, (&folder, execution), test_metadata)
}

/// Tests all models of a run, and prints what they score.
fn test_models(
    output: Output,
    test: &HeldOutTest<'_>,
    cross_validated: &CrossValidated,
    (folder, execution): (&ResultsFolder, Execution),
    test_metadata: &Metadata,
) -> Result<(), Failure> {
    training::keeps_cells(folder.path());
    let models = cross_validated.models();
    let results =
        with_bar(output, |listener| test.run(&models, cross_validated, folder, execution, listener))?;
    // Unlabelled test clips are not scored.
    read::note_without_blends(output, test_metadata.table(), &test_metadata.labels().unwrap_or_default());
    tell(output, results, folder)
}

/// The mean of the models in the folder of a run, or in those of several seeds.
fn ensemble(
    output: Output,
    arguments: &Test,
    train: Partition<'_>,
    test: Partition<'_>,
) -> Result<(), Failure> {
    let seeds = seed_folders(&arguments.run)?;
    let paths = if seeds.is_empty() { vec![arguments.run.clone()] } else { seeds };
    let folders = paths.into_iter().map(ResultsFolder::open).collect::<Result<Vec<_>, _>>()?;
    let results = Ensemble::new(&folders, train, test)?.run()?;
    tell(output, results, &folders[0])
}

fn tell(output: Output, results: Vec<HeldOutResult>, folder: &ResultsFolder) -> Result<(), Failure> {
    let predictions: Vec<String> =
        results.iter().map(|result| result.predictions(folder).display().to_string()).collect();
    output.result(&Document { results }, text)?;
    output.note(format!("Predictions to score or submit: {}", predictions.join(", ")));
    Ok(())
}

fn text(document: &Document) -> String {
    let rows = document.results.iter().map(|result| {
        let mut row = vec![result.features.clone(), result.model.to_string()];
        row.push(result.fold.map_or_else(|| "all".to_owned(), |fold| fold.to_string()));
        // A head over labels has no thresholds.
        let thresholds = [result.alpha, result.beta];
        row.extend(thresholds.map(|value| match result.expected_score {
            None => format!("{value:.4}"),
            Some(_) => "-".to_owned(),
        }));
        row.extend(held_out_cells(result.scores.as_ref(), "no labels"));
        row
    });
    let header = ["features", "model", "fold", "alpha", "beta", "test ACC_presence", "test ACC_salience"];
    let scores = document.results.iter().filter_map(|result| result.scores.as_ref());
    let spreads: String = document.results.iter().filter_map(parts).collect();
    table(&header, 2, rows.collect()) + &held_out_caveats(scores) + &spreads
}

/// What an ensemble is made of, and how far its parts are apart.
fn parts(result: &HeldOutResult) -> Option<String> {
    let EnsembleSpread { seeds, models, over_folds, over_seeds } = result.ensemble.as_ref()?;
    let seeds = seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let both = |what: &str, found: &Option<PerMeasure<MeanStd>>| {
        let found = found.as_ref()?;
        Some(format!("; {what}: presence {}, salience {}", spread(found.presence), spread(found.salience)))
    };
    let single = both("single models over the folds", over_folds).unwrap_or_default();
    let whole = both("ensembles of one seed over the seeds", over_seeds).unwrap_or_default();
    Some(format!("\n{}, mean of {models} models, seeds {seeds}{single}{whole}", result.model))
}
