//! What the values of the features show.

use std::path::Path;

use blemore_base::Listener;
use blemore_features::{Aggregator, Error, FeatureFolder, FeatureTable, Statistic, TableQuality};

use super::Finding;
use crate::{Alignment, FeatureSource, Metadata, Source};

/// What an inspection says.
pub(super) struct Said<'a> {
    pub(super) findings: &'a mut Vec<Finding>,
    pub(super) notes: &'a mut Vec<String>,
}

impl Said<'_> {
    /// A fault of a file of which none is known yet: what its header shows has been said.
    fn unreadable(&mut self, path: &Path, problem: impl ToString) {
        if !self.findings.iter().any(|finding| finding.path() == Some(path)) {
            let (path, problem) = (path.to_owned(), problem.to_string());
            self.findings.push(Finding::Unreadable { path, problem });
        }
    }
}

/// Reads the features of both partitions, and looks at those of their own clips.
pub(super) fn look(
    set: &FeatureSource,
    train: Option<&Metadata>,
    test: Option<&Metadata>,
    progress: Listener<'_>,
    said: &mut Said<'_>,
) {
    let training = table(set.train(), progress, said);
    let quality = training.as_ref().and_then(|table| check(set.train(), table, train, None, said));
    let Some(source) = set.test() else { return };
    let testing = if source == set.train() { training } else { table(source, progress, said) };
    if let Some(table) = testing {
        check(source, &table, test, quality.as_ref(), said);
    }
}

/// One row per clip: that of a table, or the mean of an array's frames.
fn table(source: &Source, progress: Listener<'_>, said: &mut Said<'_>) -> Option<FeatureTable> {
    let path = source.path();
    let table = match source {
        Source::Table(path) => FeatureTable::read(path),
        Source::Folder(path) => Aggregator::new([Statistic::Mean])
            .map_err(Error::from)
            .and_then(|mean| FeatureFolder::new(path).aggregate(&mean, progress))
            .map(|report| report.table),
    };
    match table {
        Ok(table) => {
            said.notes.extend(table.notes().iter().map(|note| format!("{}: {note}", path.display())));
            return Some(table);
        }
        Err(Error::Folder { faults, .. }) => {
            faults.into_iter().for_each(|fault| said.unreadable(&fault.path, fault.problem));
        }
        Err(error) => said.unreadable(path, error),
    }
    None
}

fn check(
    source: &Source,
    table: &FeatureTable,
    metadata: Option<&Metadata>,
    training: Option<&TableQuality>,
    said: &mut Said<'_>,
) -> Option<TableQuality> {
    let clips = match metadata {
        Some(metadata) => Alignment::new(table.index(), metadata, None).feature_clips().to_vec(),
        None => (0..table.clips().len()).collect(),
    };
    let quality = TableQuality::of(table.rows_of_clips(&clips).ok()?);
    let path = source.path();
    let of_values = |problem| Finding::Values { path: path.to_owned(), problem };
    said.findings.extend(quality.faults(training).into_iter().map(of_values));
    let of_path = |suspicion| format!("{}: {suspicion}", path.display());
    said.notes.extend(quality.suspicions(training).into_iter().map(of_path));
    Some(quality)
}
