//! `blemore inspect`: what a dataset folder holds, and everything that is wrong with it.

use blemore_base::list::counted;
use blemore_data::{ClassCount, Depth, FeatureSetSummary, Inspection, PartitionSummary, SourceSummary};

use crate::advice;
use crate::arguments::Inspect;
use crate::failure::Failure;
use crate::output::{Output, fold_table, genders, joined, table};
use crate::progress::with_bar;

pub(crate) fn run(output: Output, arguments: &Inspect) -> Result<(), Failure> {
    let depth = if arguments.quick { Depth::Headers } else { Depth::Values };
    let inspection = with_bar(output, |listener| Inspection::to_depth(&arguments.directory, depth, listener));
    let advice = || advice::dataset_at(&arguments.directory);
    let inspection = inspection.map_err(|error| Failure::from(error).advised(advice()))?;
    output.result(&inspection, text)?;
    match inspection.findings.len() {
        0 => Ok(()),
        number => {
            let faults = counted(number, "fault");
            let failure = Failure::input(format!("{faults} in {}", inspection.folder.display()));
            Err(failure.advised(advice()))
        }
    }
}

fn text(inspection: &Inspection) -> String {
    let mut parts = Vec::new();
    let origin = if inspection.generated { " (generated, not the dataset's own)" } else { "" };
    parts.push(format!("{}{origin}", inspection.folder.display()));
    let partitions: Vec<(&str, &PartitionSummary)> =
        [("train", &inspection.train), ("test", &inspection.test)]
            .into_iter()
            .filter_map(|(name, summary)| Some((name, summary.as_ref()?)))
            .collect();
    if !partitions.is_empty() {
        parts.push(partition_table(&partitions));
        parts.push(class_table("presence class", &partitions, |summary| &summary.presence));
        parts.push(class_table("label", &partitions, |summary| &summary.labels));
    }
    if !inspection.folds.is_empty() {
        parts.push(fold_table(&inspection.folds));
    }
    if !inspection.feature_sets.is_empty() {
        parts.push(feature_table(&inspection.feature_sets));
    }
    let sources = inspection.feature_sets.iter().flat_map(|set| std::iter::once(&set.train).chain(&set.test));
    let origin = |summary: &SourceSummary| {
        let origin = summary.origin.as_ref()?;
        Some(format!("{}: {origin}", summary.source.path().display()))
    };
    parts.extend(list("Made by `blemore encode`:", &sources.filter_map(origin).collect::<Vec<_>>()));
    parts.extend(list("Not used:", &inspection.overlooked));
    parts.extend(list("Notes:", &inspection.notes));
    parts.extend(list("Faults:", &inspection.findings));
    if inspection.depth == Depth::Headers && !inspection.feature_sets.is_empty() {
        parts.push("Values were not looked at: leave out --quick.".to_owned());
    }
    parts.join("\n\n")
}

fn partition_table(partitions: &[(&str, &PartitionSummary)]) -> String {
    let rows = partitions.iter().map(|(name, summary)| {
        let intensities: Vec<String> =
            summary.intensities.iter().map(|(level, clips)| format!("{level}: {clips}")).collect();
        vec![
            (*name).to_owned(),
            summary.clips.to_string(),
            summary.singles.to_string(),
            summary.blends.to_string(),
            summary.unlabelled.to_string(),
            summary.actors.to_string(),
            genders(&summary.genders),
            joined(&intensities),
        ]
    });
    table(
        &[
            "partition",
            "clips",
            "single",
            "blended",
            "unlabelled",
            "actors",
            "actors by gender",
            "clips by intensity",
        ],
        1,
        rows.collect(),
    )
}

fn class_table(
    title: &str,
    partitions: &[(&str, &PartitionSummary)],
    classes: impl Fn(&PartitionSummary) -> &[ClassCount],
) -> String {
    let mut header = vec![title];
    header.extend(partitions.iter().map(|(name, _)| *name));
    let Some((_, first)) = partitions.first() else { return String::new() };
    let row = |(position, class): (usize, &ClassCount)| {
        let counts = partitions.iter().map(|(_, summary)| classes(summary)[position].clips.to_string());
        std::iter::once(class.class.clone()).chain(counts).collect()
    };
    table(&header, 1, classes(first).iter().enumerate().map(row).collect())
}

fn feature_table(sets: &[FeatureSetSummary]) -> String {
    let row = |set: &FeatureSetSummary, partition: &str, source: &SourceSummary| {
        let widths: Vec<String> = source.widths.iter().map(usize::to_string).collect();
        vec![
            set.name.clone(),
            set.encoder.to_string(),
            partition.to_owned(),
            source.source.path().display().to_string(),
            source.clips.to_string(),
            source.frames.map_or("-".to_owned(), |frames| {
                format!("{} to {}, median {}", frames.min, frames.max, frames.median)
            }),
            widths.join(", "),
            source.elements.join(", "),
        ]
    };
    let rows = sets.iter().flat_map(|set| {
        let test = set.test.as_ref().map(|source| row(set, "test", source));
        std::iter::once(row(set, "train", &set.train)).chain(test)
    });
    table(
        &["features", "encoder", "partition", "path", "clips", "frames", "width", "type"],
        4,
        rows.collect(),
    )
}

fn list(title: &str, items: &[impl std::fmt::Display]) -> Option<String> {
    let lines = items.iter().map(|item| format!("\n  {item}")).collect::<String>();
    (!items.is_empty()).then(|| format!("{title}{lines}"))
}
