//! `blemore test`: the held-out protocol with the thresholds of the best fold.

use blemore::eval::{MeanStd, PerMeasure};
use blemore::run::{EnsembleSpread, HeldOutResult, Recipe, ResultsFolder, Run, seed_folders};
use blemore::{Ensemble, HeldOutTest, Partition};
use blemore_cli::arguments::Test;
use blemore_cli::output::{Output, held_out_caveats, held_out_cells, spread, table};
use blemore_cli::progress::with_bar;
use blemore_cli::read;
use serde::Serialize;

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
    let train_features = training::read_features(output, &arguments.features)?;
    let test_features =
        arguments.test_features.as_deref().map(|path| training::read_features(output, path)).transpose()?;
    let features = Features {
        path: &arguments.features,
        table: &train_features,
        training: None,
        on_suspicion: training::on_suspicion(arguments.strict),
    };
    let (train, quality) = training::join(output, &features, &train_metadata, Some(&test_metadata))?;
    let test_features = Features {
        path: arguments.test_features.as_ref().unwrap_or(&arguments.features),
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
    let models = cross_validated.models();
    let test = HeldOutTest::new(train.renamed(&run.features), test, recipe)?;
    training::keeps_cells(folder.path());
    let results =
        with_bar(output, |listener| test.run(&models, &cross_validated, &folder, execution, listener))?;
    // Unlabelled test clips are not scored.
    read::note_without_blends(output, test_metadata.table(), &test_metadata.labels().unwrap_or_default());
    tell(output, results, &folder)
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
