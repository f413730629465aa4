//! `blemore folds`: folds for clips that have none.

use std::path::PathBuf;

use blemore_data::{FoldSummary, Folds};
use serde::Serialize;

use crate::arguments::MakeFolds;
use crate::failure::Failure;
use crate::output::{Output, check_output, fold_table};
use crate::read;

/// What is printed.
#[derive(Serialize)]
struct Document {
    output: PathBuf,
    folds: Vec<FoldSummary>,
    /// The count that is farthest from its equal share.
    #[serde(skip_serializing_if = "Option::is_none")]
    largest_deviation: Option<Deviation>,
    /// Classes that some folds lack.
    lacking: Vec<String>,
}

/// A count of a fold, and the equal share of all folds.
#[derive(Clone, Serialize)]
struct Deviation {
    fold: i64,
    what: String,
    found: usize,
    equal_share: f64,
}

impl Deviation {
    /// The difference as a share of the equal share.
    fn relative(&self) -> f64 {
        (self.found as f64 - self.equal_share).abs() / self.equal_share
    }
}

pub(crate) fn run(output: Output, arguments: &MakeFolds) -> Result<(), Failure> {
    check_output(&arguments.output, "csv", arguments.force, &[&arguments.metadata])?;
    let metadata = read::metadata(output, &arguments.metadata)?;
    if metadata.clips().iter().any(|record| record.fold.is_some()) {
        output.note(format_args!("{}: its folds are replaced by new ones", arguments.metadata.display()));
    }
    let folds = Folds::make(&metadata, arguments.folds, arguments.seed)?;
    let metadata = metadata.with_folds(&folds)?;
    // What every other command will check, before anything is written.
    let folds = Folds::new(&metadata)?;
    let summaries = FoldSummary::all(&metadata, &folds);
    metadata.write(&arguments.output)?;
    output.notes(arguments.output.display(), folds.notes());
    let document = Document {
        output: arguments.output.clone(),
        largest_deviation: largest_deviation(&summaries),
        lacking: lacking(&summaries),
        folds: summaries,
    };
    output.result(&document, text)
}

/// The counts of a fold by their names.
fn counts(fold: &FoldSummary) -> impl Iterator<Item = (&str, usize)> {
    let sizes = [("clips", fold.clips), ("blended clips", fold.blends)];
    sizes.into_iter().chain(fold.presence.iter().map(|class| (class.class.as_str(), class.clips)))
}

fn largest_deviation(folds: &[FoldSummary]) -> Option<Deviation> {
    let totals = folds.iter().fold(Vec::new(), |mut totals: Vec<usize>, fold| {
        totals.resize(counts(fold).count(), 0);
        totals.iter_mut().zip(counts(fold)).for_each(|(total, (_, count))| *total += count);
        totals
    });
    let deviations = folds.iter().flat_map(|fold| {
        counts(fold).zip(&totals).filter(|(_, total)| **total > 0).map(|((what, found), total)| Deviation {
            fold: fold.fold,
            what: what.to_owned(),
            found,
            equal_share: *total as f64 / folds.len() as f64,
        })
    });
    deviations.reduce(|largest, next| if next.relative() > largest.relative() { next } else { largest })
}

/// The classes that some folds have and others lack.
fn lacking(folds: &[FoldSummary]) -> Vec<String> {
    let classes = folds.first().map_or(0, |fold| fold.presence.len());
    let shown = (0..classes).filter(|class| folds.iter().any(|fold| fold.presence[*class].clips > 0));
    let of_class = |class: usize| {
        let without = folds.iter().filter(move |fold| fold.presence[class].clips == 0);
        without.map(move |fold| format!("fold {} has no clip of {}", fold.fold, fold.presence[class].class))
    };
    shown.flat_map(of_class).collect()
}

fn text(document: &Document) -> String {
    let mut text = fold_table(&document.folds);
    if let Some(deviation) = &document.largest_deviation {
        let Deviation { fold, what, found, equal_share } = deviation;
        text.push_str(&format!(
            "\nFarthest from an equal share: fold {fold}, {what}: {found} for {equal_share:.1} ({:.1} %)",
            100.0 * deviation.relative()
        ));
    }
    for line in &document.lacking {
        text.push_str(&format!("\n{line}"));
    }
    text.push_str(&format!("\n{}", document.output.display()));
    text
}
