//! Inspection: what a dataset folder holds, and everything that is wrong with it.

mod features;
mod finding;
mod partition;
mod side_files;
mod values;

use std::path::{Path, PathBuf};

use blemore_base::{Listener, Progress};

use crate::dataset::{Layout, NO_FOLDER};
use crate::{Error, Folds, Metadata, Overlooked, Source};

pub use features::{FeatureSetSummary, SourceSummary, Spread};
pub use finding::Finding;
pub use partition::{ClassCount, FoldSummary, PartitionSummary};

use features::Expected;
use values::Said;

/// What a dataset folder holds.
///
/// Metadata and folds are checked, and each array and table is read: for values that are not finite, clips with equal
/// values, arrays that are not those of their side files, columns that say nothing, and test clips far from training's.
/// [`Depth::Headers`] is quick and leaves values out.
///
/// Unlike [`Dataset::open`](crate::Dataset::open) this also describes folders that cannot be used: whatever is wrong is
/// in [`findings`](Inspection::findings).
///
/// ```
/// use blemore_data::Inspection;
/// use blemore_data::generate::{Corpus, CorpusSize};
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// Corpus::generate(42, CorpusSize { training_actors: 2, test_actors: 1, folds: 2 })?.write(folder)?;
///
/// let inspection = Inspection::of(folder)?;
/// let train = inspection.train.as_ref().expect("the corpus has training clips");
/// assert_eq!((train.clips, train.singles, train.blends, train.actors), (108, 48, 60, 2));
/// assert_eq!(inspection.folds[0].clips, 54);
/// assert_eq!(inspection.feature_sets[0].train.widths, [16]);
/// assert!(inspection.findings.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Inspection {
    /// The folder.
    pub folder: PathBuf,
    /// How much of the features was read.
    pub depth: Depth,
    /// Whether the metadata say that the corpus is generated.
    pub generated: bool,
    /// The training partition; `None` when its metadata cannot be used.
    pub train: Option<PartitionSummary>,
    /// The test partition; `None` when its metadata are not there or cannot be used.
    pub test: Option<PartitionSummary>,
    /// The folds of the training partition; empty when they cannot be used.
    pub folds: Vec<FoldSummary>,
    /// The feature sets, in the order of Table II.
    pub feature_sets: Vec<FeatureSetSummary>,
    /// What is in the folder and is not used.
    pub overlooked: Vec<Overlooked>,
    /// What a user should know although nothing is wrong, with its file: folds without a blend, folders before clip names,
    /// columns that say nothing, test clips far from training's.
    pub notes: Vec<String>,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}

/// How much of the features an inspection reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// The headers of arrays and tables, and clip names.
    Headers,
    /// Every value.
    #[default]
    Values,
}

impl Inspection {
    /// Inspects a dataset folder, values of the features too.
    ///
    /// # Errors
    /// [`Error::Dataset`] when there is no such folder. Everything else is a finding.
    pub fn of(folder: impl AsRef<Path>) -> Result<Self, Error> {
        Self::to_depth(folder, Depth::default(), &|_| ())
    }

    /// Inspects a dataset folder; `progress` is called before each feature folder or table is read, and after each array.
    ///
    /// # Errors
    /// As [`Inspection::of`].
    pub fn to_depth(folder: impl AsRef<Path>, depth: Depth, progress: Listener<'_>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let Layout { train, test, feature_sets, overlooked, mut faults } = Layout::of(folder);
        if faults.iter().any(|fault| fault == NO_FOLDER) {
            return Err(Error::Dataset { folder: folder.to_owned(), faults });
        }
        if let (Some(train), Some(test)) = (&train, &test) {
            faults.extend(test.require_separate(train).err().map(|error| error.to_string()));
        }
        let mut findings: Vec<Finding> =
            faults.into_iter().map(|problem| Finding::Dataset { problem }).collect();
        let of_table = |metadata: &Metadata, note: &String| format!("{}: {note}", metadata.table());
        let tables = train.iter().chain(&test);
        let mut notes: Vec<String> =
            tables.flat_map(|table| table.notes().iter().map(|note| of_table(table, note))).collect();
        let mut folds = Vec::new();
        match train.as_ref().map(|train| (train, Folds::new(train))) {
            Some((train, Ok(found))) => {
                folds = FoldSummary::all(train, &found);
                notes.extend(found.notes().iter().map(|note| of_table(train, note)));
            }
            Some((_, Err(error))) => findings.extend(Finding::of_folds(error)),
            None => {}
        }
        let total = feature_sets.iter().map(|set| 1 + usize::from(set.test().is_some())).sum();
        let mut done = 0;
        let mut look = |source: &Source, expected: Expected<'_>, findings: &mut Vec<Finding>| {
            let what = source.path().display().to_string();
            progress(Progress::Step { unit: "feature sets", done, total, what: &what });
            done += 1;
            SourceSummary::of(source, expected, depth, findings)
        };
        let mut summaries = Vec::new();
        for set in &feature_sets {
            let is_shared = Some(set.train()) == set.test();
            let expected = |own, other| Expected { own, other: if is_shared { other } else { None } };
            let train_summary = look(set.train(), expected(train.as_ref(), test.as_ref()), &mut findings);
            let test_summary =
                set.test().map(|source| look(source, expected(test.as_ref(), train.as_ref()), &mut findings));
            summaries.push(FeatureSetSummary::new(set, train_summary, test_summary, &mut findings));
            if depth == Depth::Values {
                let (train, test) = (train.as_ref(), test.as_ref());
                values::look(
                    set,
                    train,
                    test,
                    progress,
                    &mut Said { findings: &mut findings, notes: &mut notes },
                );
            }
        }
        Ok(Inspection {
            folder: folder.to_owned(),
            depth,
            generated: train.iter().chain(&test).any(Metadata::is_generated),
            train: train.as_ref().map(PartitionSummary::of),
            test: test.as_ref().map(PartitionSummary::of),
            folds,
            feature_sets: summaries,
            overlooked,
            notes,
            findings,
        })
    }
}
