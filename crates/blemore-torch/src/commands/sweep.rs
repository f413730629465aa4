//! `blemore sweep`: combinations on the same folds, in one table.

use blemore::data::Dataset;
use blemore::features::{FeatureTable, fuse_all};
use blemore::run::{SweepFeatures, SweepPlan, SweepRow, SweepTable};
use blemore::{RunPlan, Sweep};
use blemore_cli::Failure;
use blemore_cli::arguments;
use blemore_cli::output::{Output, accuracy, check_output_folder, table};
use blemore_cli::progress::with_bar;
use blemore_cli::read;
use serde::Serialize;

use super::training;

/// What is printed: the table, once all cells are finished.
#[derive(Serialize)]
struct Document {
    table: Option<SweepTable>,
}

pub(crate) fn run(output: Output, arguments: &arguments::Sweep) -> Result<(), Failure> {
    let execution = training::execution(arguments.execution)?;
    let plan = SweepPlan::read(&arguments.plan)?;
    check_output_folder(&arguments.output)?;
    let metadata = read::metadata(output, &plan.metadata)?;
    let other = arguments.test_metadata.clone().or_else(|| Dataset::test_metadata_beside(&plan.metadata));
    let other = other.map(|path| read::metadata(output, &path)).transpose()?;
    if let Some(other) = &other {
        metadata.require_separate(other)?;
    }
    let tables = plan.features.iter().map(|set| features(output, set));
    let tables = tables.collect::<Result<Vec<FeatureTable>, _>>()?;
    let sweep = Sweep::new(&plan, &tables, &metadata, other.as_ref())?;
    training::keeps_cells(&arguments.output);
    let folder = &arguments.output;
    let plan = RunPlan { execution, share: arguments.cell, replace: arguments.force, ..RunPlan::default() };
    let table = with_bar(output, |listener| sweep.run(folder, &plan, listener))?;
    output.result(&Document { table }, |document| match &document.table {
        Some(table) => text(table),
        None => format!("Not all cells are in {} yet: the table comes with the last one", folder.display()),
    })
}

/// One table, or several, with every clip that any of them has.
fn features(output: Output, set: &SweepFeatures) -> Result<FeatureTable, Failure> {
    let tables = set.tables.iter().map(|path| training::read_features(output, path));
    let mut tables = tables.collect::<Result<Vec<_>, _>>()?;
    match tables.len() {
        1 => Ok(tables.remove(0)),
        _ => Ok(fuse_all(&tables)?),
    }
}

fn text(sweep: &SweepTable) -> String {
    let header = ["features", "model", "head", "objective", "decoder", "published", "presence", "salience"];
    let header: Vec<&str> = header.into_iter().chain(["composite", "difference", "p", "corrected"]).collect();
    let rows = sweep.rows.iter().map(cells).collect();
    let notes: String = sweep.notes().iter().map(|note| format!("\n{note}")).collect();
    format!(
        "{}\n{} clips of {} actors. published: the composite, the mean of both accuracies, over the folds, with epoch and \
         thresholds chosen on the fold itself, whatever the decoder. All other columns have them chosen on the other folds: \
         both accuracies over the folds; the composite of all clips, with its 95 % interval by actor. p by paired \
         permutation over actors against the baseline, and corrected for the number of rows after Holm. A row \
         wins where its composite is above the baseline's and the corrected p is below 0.05.{notes}",
        table(&header, 5, rows),
        sweep.clips,
        sweep.actors
    ) + if sweep.generated { "\nGENERATED clips: the numbers say nothing about people" } else { "" }
        + if sweep.random_weights { "\nRANDOM WEIGHTS of encoders: the numbers mean nothing" } else { "" }
}

fn cells(row: &SweepRow) -> Vec<String> {
    let (low, high) = row.composite_ci;
    let it = &row.combination;
    let named = [
        it.inputs(),
        it.model.to_string(),
        it.head.to_string(),
        it.objective.to_string(),
        it.decoder.to_string(),
    ];
    let scores = [
        accuracy(row.published_composite()),
        accuracy(row.nested.presence.mean),
        accuracy(row.nested.salience.mean),
        format!("{} [{low:.3}, {high:.3}]", accuracy(row.composite)),
    ];
    let against = match row.against_baseline {
        Some(found) => [
            format!("{:+.3}", found.difference),
            format!("{:.4}", found.p),
            format!("{:.4}", found.p_corrected),
        ],
        None => ["baseline", "", ""].map(str::to_owned),
    };
    named.into_iter().chain(scores).chain(against).collect()
}
