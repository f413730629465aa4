//! `blemore cross-validate`: actor-disjoint cross-validation of one feature table, or of a whole network.

use std::path::Path;

use blemore::data::{Dataset, Metadata};
use blemore::eval::{MeanStd, PerMeasure};
use blemore::run::{CrossValidated, Execution, HICMAE_EPOCHS, NestedSummary, Recipe, ResultsFolder};
use blemore::{CrossValidation, Partition, RunPlan, Seeds, SeedsSummary};
use blemore_cli::advice;
use blemore_cli::arguments::CrossValidate;
use blemore_cli::output::{Output, check_output_folder, run_table, spread, table};
use blemore_cli::progress::with_bar;
use blemore_cli::read;
use serde::Serialize;

use super::network::{self, ClipSource};
use super::training::{self, Features};
use blemore_cli::Failure;

pub(crate) fn run(output: Output, arguments: &CrossValidate) -> Result<(), Failure> {
    match &arguments.features {
        Some(features) => of_features(output, arguments, features),
        None => of_network(output, arguments),
    }
}

fn of_features(output: Output, arguments: &CrossValidate, path: &Path) -> Result<(), Failure> {
    let recipe = training::recipe(&arguments.training)?;
    let execution = training::execution(arguments.execution)?;
    check_output_folder(&arguments.output)?;
    let metadata = read::metadata(output, &arguments.metadata)?;
    let features = training::read_features(output, path)?;
    let test_metadata = test_metadata(output, arguments)?;
    let features = Features {
        path,
        table: &features,
        training: None,
        on_suspicion: training::on_suspicion(arguments.strict),
    };
    let (partition, _) = training::join(output, &features, &metadata, test_metadata.as_ref())?;
    if !partition.left_out().is_empty() {
        let left_out = partition.left_out().len();
        output.note(format!("{left_out} rows of {} are of test clips: left out", path.display()));
    }
    if let Some(seeds) = arguments.seeds {
        return several_seeds(output, arguments, partition, (&recipe, seeds.get()), execution);
    }
    let experiment = CrossValidation::new(partition, arguments.training.models.clone(), recipe);
    let advice = || advice::folds_for(&metadata, &arguments.metadata);
    let experiment = experiment.map_err(|error| Failure::from(error).advised(advice()))?;
    run_cells(output, arguments, &experiment, execution)
}

/// `--finetune`: a whole network on faces and sound.
fn of_network(output: Output, arguments: &CrossValidate) -> Result<(), Failure> {
    let source = ClipSource::of(&arguments.network)?;
    let recipe = training::recipe_over(Recipe::fine_tuned(HICMAE_EPOCHS[0]), &arguments.training)?;
    let execution = training::execution(arguments.execution)?;
    check_output_folder(&arguments.output)?;
    let metadata = read::metadata(output, &arguments.metadata)?;
    let folder = ResultsFolder::create(&arguments.output)?;
    let clips = source.clips(output, &metadata, &recipe, &folder)?;
    let partition = source.partition(&clips, &metadata)?;
    let experiment = CrossValidation::fine_tuned(partition, recipe);
    let advice = || advice::folds_for(&metadata, &arguments.metadata);
    let experiment = experiment.map_err(|error| Failure::from(error).advised(advice()))?;
    let passes = experiment.n_cells(&run_plan(arguments, execution))? * experiment.recipe().epochs;
    network::say_how_long(output, execution, passes * metadata.clips().len());
    run_cells(output, arguments, &experiment, execution)
}

/// Which cells the options ask for, and on what.
fn run_plan(arguments: &CrossValidate, execution: Execution) -> RunPlan {
    let (share, fold, replace) = (arguments.cell, arguments.fold, arguments.force);
    RunPlan { execution, share, fold, replace, ..RunPlan::default() }
}

/// Runs the cells that the options ask for, and prints what is finished.
fn run_cells(
    output: Output,
    arguments: &CrossValidate,
    experiment: &CrossValidation<'_>,
    execution: Execution,
) -> Result<(), Failure> {
    output.notes(arguments.metadata.display(), experiment.folds().notes());
    let folder = ResultsFolder::create(&arguments.output)?;
    training::keeps_cells(folder.path());
    let finished =
        with_bar(output, |listener| experiment.run(&folder, &run_plan(arguments, execution), listener))?;
    let epochs = experiment.recipe().epochs;
    output.detail(format!("{epochs} epochs a cell; results in {}", folder.path().display()));
    if !arguments.nested {
        return output.result(&finished, run_table);
    }
    let nested = experiment.nested(&folder)?;
    output.result(&WithNested { finished, nested }, |document| {
        format!("{}\n\n{}", run_table(&document.finished), nested_text(&document.nested))
    })
}

/// Several seeds, each a run in a subfolder.
fn several_seeds(
    output: Output,
    arguments: &CrossValidate,
    partition: Partition<'_>,
    (recipe, count): (&Recipe, usize),
    execution: Execution,
) -> Result<(), Failure> {
    let seeds = Seeds::new(partition, arguments.training.models.clone(), recipe, count)?;
    training::keeps_cells(&arguments.output);
    let summary =
        with_bar(output, |listener| seeds.run(&arguments.output, &run_plan(arguments, execution), listener))?;
    output.result(&summary, seeds_text)
}

fn seeds_text(found: &SeedsSummary) -> String {
    let rows = found.summary.iter().flat_map(|model| {
        let row = |over: &str, spreads: PerMeasure<MeanStd>| {
            let named =
                [model.features.clone(), model.model.clone(), model.seeds.to_string(), over.to_owned()];
            named.into_iter().chain([spread(spreads.presence), spread(spreads.salience)]).collect()
        };
        [row("folds", model.over_folds), row("seeds", model.over_seeds)]
    });
    let header = ["features", "model", "seeds", "spread over", "ACC_presence", "ACC_salience"];
    format!(
        "{}\nOver the folds, of each fold's mean over the seeds; over the seeds, of each seed's mean over the folds.",
        table(&header, 2, rows.collect())
    )
}

/// The metadata whose clips the features may hold although they are not trained on.
fn test_metadata(output: Output, arguments: &CrossValidate) -> Result<Option<Metadata>, Failure> {
    let given = arguments.test_metadata.clone();
    let path = given.or_else(|| Dataset::test_metadata_beside(&arguments.metadata));
    path.map(|path| read::metadata(output, &path)).transpose()
}

/// What is printed with `--nested`.
#[derive(Serialize)]
struct WithNested {
    #[serde(flatten)]
    finished: CrossValidated,
    nested: Vec<NestedSummary>,
}

fn nested_text(nested: &[NestedSummary]) -> String {
    let rows = nested.iter().map(|model| {
        vec![
            model.features.clone(),
            model.model.clone(),
            spread(model.accuracies.presence),
            spread(model.accuracies.salience),
        ]
    });
    let table = table(&["features", "model", "ACC_presence", "ACC_salience"], 2, rows.collect());
    format!("Thresholds of each fold chosen on the other folds:\n{table}")
}
