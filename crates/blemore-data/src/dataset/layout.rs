//! What lies where in a dataset folder.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use blemore_base::entries;

use super::standing::find_standings;
use super::{FeatureSource, Overlooked, OverlookedReason, Source, Standing};
use crate::{Encoder, Metadata};

/// The folders of the published features.
const TRAIN_FOLDER: &str = "pre_extracted_train_data";
const TEST_FOLDER: &str = "pre_extracted_test_data";
/// The metadata files without extension.
pub(super) const TRAIN_METADATA: &str = "train_metadata";
pub(super) const TEST_METADATA: &str = "test_metadata";
/// The extensions of metadata files: the published one, then others; the first that is there counts.
const METADATA_EXTENSIONS: [&str; 5] = ["csv", "parquet", "jsonl", "arrow", "feather"];
const ARRAY_EXTENSION: &str = "npy";
const TABLE_EXTENSION: &str = "npz";

/// What may stand between a name and its partition.
const SEPARATORS: [char; 4] = ['_', '-', ' ', '.'];
/// What is wrong where there is no folder.
pub(crate) const NO_FOLDER: &str = "there is no such folder";

/// What a folder holds, whether or not it can be used.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub(crate) train: Option<Metadata>,
    pub(crate) test: Option<Metadata>,
    pub(crate) feature_sets: Vec<FeatureSource>,
    pub(crate) overlooked: Vec<Overlooked>,
    pub(crate) faults: Vec<String>,
}

/// A partition of the dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Partition {
    Train,
    Test,
}

/// Features of a partition that were found.
struct Found {
    name: String,
    partition: Option<Partition>,
    source: Source,
}

/// The features of an encoder, found so far.
#[derive(Default)]
struct Pair {
    name: String,
    train: Option<Source>,
    test: Option<Source>,
}

impl Layout {
    pub(crate) fn of(folder: &Path) -> Self {
        let mut layout = Layout::default();
        if !folder.is_dir() {
            layout.faults.push(NO_FOLDER.to_owned());
            return layout;
        }
        layout.read_metadata(folder);
        // In order of precedence.
        let mut found = Vec::new();
        for (place, partition) in [
            (folder.join(TRAIN_FOLDER), Some(Partition::Train)),
            (folder.join(TEST_FOLDER), Some(Partition::Test)),
            (folder.to_owned(), None),
        ] {
            if place.is_dir() {
                found.extend(layout.search(&place, partition));
            }
        }
        layout.pair(found);
        layout.overlooked.sort_by(|a, b| a.path.cmp(&b.path));
        layout
    }

    fn read_metadata(&mut self, folder: &Path) {
        match metadata_path(folder, TRAIN_METADATA) {
            Some(path) => self.train = self.read(&path),
            None => {
                let path = folder.join("train_metadata.csv");
                let path = path.display();
                self.faults
                    .push(format!("{path} is not there: it lists the training clips, with their folds"));
            }
        }
        if let Some(path) = metadata_path(folder, TEST_METADATA) {
            self.test = self.read(&path);
        }
    }

    fn read(&mut self, path: &Path) -> Option<Metadata> {
        Metadata::read(path).map_err(|error| self.faults.push(error.to_string())).ok()
    }

    /// The features in one folder; `inside` is the partition that its name stands for, `None` for the top folder.
    fn search(&mut self, place: &Path, inside: Option<Partition>) -> Vec<Found> {
        let entries = match list(place) {
            Ok(entries) => entries,
            Err(source) => {
                self.faults.push(unlisted(place, &source));
                return Vec::new();
            }
        };
        let entries = entries.into_iter().filter(|path| inside.is_some() || !is_published_folder(path));
        entries.filter_map(|path| self.recognise(path, inside)).collect()
    }

    fn recognise(&mut self, path: PathBuf, inside: Option<Partition>) -> Option<Found> {
        if let Some(used) = inside.is_none().then(|| used_metadata(&path)).flatten() {
            if used != path {
                self.overlook(path, OverlookedReason::Duplicate { used });
            }
            return None;
        }
        let is_folder = path.is_dir();
        let is_table = !is_folder && has_extension(&path, TABLE_EXTENSION);
        let name = if is_folder { path.file_name() } else { path.file_stem() };
        let (stem, own) = split_partition(name?.to_str().unwrap_or_default());
        let partition = own.or(inside);
        let is_named = !stem.is_empty()
            && (partition.is_some() || !matches!(Encoder::of_folder(stem), Encoder::Other(_)));
        if !is_named || !(is_folder || is_table) {
            self.overlook(path, OverlookedReason::Unknown);
            return None;
        }
        let name = stem.to_owned();
        if is_table {
            return Some(Found { name, partition, source: Source::Table(path) });
        }
        match holds_array(&path) {
            Ok(true) => Some(Found { name, partition, source: Source::Folder(path) }),
            Ok(false) => {
                self.overlook(path, OverlookedReason::NoArrays);
                None
            }
            Err(source) => {
                self.faults.push(unlisted(&path, &source));
                None
            }
        }
    }

    /// Brings the features of both partitions together.
    fn pair(&mut self, mut found: Vec<Found>) {
        // A stable sort: within each kind the order of precedence of the places remains.
        found.sort_by_key(|found| (matches!(found.source, Source::Folder(_)), found.partition.is_none()));
        let mut pairs: BTreeMap<(Encoder, String), Pair> = BTreeMap::new();
        for Found { name, partition, source } in found {
            // One key for names that some file systems take for the same, unknown encoders' too.
            let lower = name.to_lowercase();
            let key = (Encoder::of_folder(&lower), lower);
            let pair = pairs.entry(key).or_insert_with(|| Pair { name, ..Pair::default() });
            let mut used = None;
            for (slot, slot_partition) in
                [(&mut pair.train, Partition::Train), (&mut pair.test, Partition::Test)]
            {
                if partition.is_none_or(|partition| partition == slot_partition) {
                    match slot {
                        Some(first) => used = Some(first.path().to_owned()),
                        None => *slot = Some(source.clone()),
                    }
                }
            }
            if let Some(used) = used.filter(|_| !pair.uses(&source)) {
                self.overlook(source.path().to_owned(), OverlookedReason::Duplicate { used });
            }
        }
        for Pair { name, train, test } in pairs.into_values() {
            let test = test.filter(|test| {
                let is_used = self.test.is_some() || train.as_ref() == Some(test);
                if !is_used {
                    self.overlook(test.path().to_owned(), OverlookedReason::NoTestMetadata);
                }
                self.test.is_some()
            });
            match (train, test) {
                (Some(train), test) => {
                    let (encoder, standing) = (Encoder::of_folder(&name), Standing::Other);
                    self.feature_sets.push(FeatureSource { name, encoder, train, test, standing });
                }
                (None, Some(test)) => {
                    self.overlook(test.path().to_owned(), OverlookedReason::NoTrainFeatures);
                }
                (None, None) => {}
            }
        }
        find_standings(&mut self.feature_sets);
    }

    fn overlook(&mut self, path: PathBuf, reason: OverlookedReason) {
        self.overlooked.push(Overlooked { path, reason });
    }
}

impl Pair {
    fn uses(&self, source: &Source) -> bool {
        self.train.as_ref() == Some(source) || self.test.as_ref() == Some(source)
    }
}

/// The metadata of a partition in a folder, by the name without extension.
pub(super) fn metadata_path(folder: &Path, stem: &str) -> Option<PathBuf> {
    let paths = METADATA_EXTENSIONS.into_iter().map(|extension| folder.join(format!("{stem}.{extension}")));
    paths.into_iter().find(|path| path.exists())
}

/// The metadata file that is read where this path is named as one: the path itself, or one that counts before it.
fn used_metadata(path: &Path) -> Option<PathBuf> {
    let has_extension =
        METADATA_EXTENSIONS.iter().any(|extension| path.extension() == Some(extension.as_ref()));
    let stem =
        [TRAIN_METADATA, TEST_METADATA].into_iter().find(|stem| path.file_stem() == Some(stem.as_ref()))?;
    if has_extension { metadata_path(path.parent()?, stem) } else { None }
}

/// Whether an entry of the top folder is one of the folders of published features.
fn is_published_folder(path: &Path) -> bool {
    let is_named = |name: &&str| path.file_name() == Some(name.as_ref());
    [TRAIN_FOLDER, TEST_FOLDER].iter().any(is_named) && path.is_dir()
}

/// The name without a final `_train` or `_test`, in any spelling, and the partition that this says. `latest` says none.
fn split_partition(name: &str) -> (&str, Option<Partition>) {
    for (end, partition) in [("train", Partition::Train), ("test", Partition::Test)] {
        let Some((stem, found)) =
            name.len().checked_sub(end.len()).and_then(|start| name.split_at_checked(start))
        else {
            continue;
        };
        let is_apart = stem.is_empty() || stem.ends_with(SEPARATORS);
        if is_apart && found.eq_ignore_ascii_case(end) {
            return (stem.trim_end_matches(SEPARATORS), Some(partition));
        }
    }
    (name, None)
}

/// The name without its partition.
pub(crate) fn without_partition(name: &str) -> &str {
    split_partition(name).0
}

fn unlisted(path: &Path, problem: &io::Error) -> String {
    format!("cannot list {}: {problem}", path.display())
}

/// The entries of a folder in order of their names, without hidden ones.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let is_hidden =
        |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut paths = entries(folder)?;
    paths.retain(|path| !is_hidden(path));
    Ok(paths)
}

pub(crate) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// Whether an array lies directly in the folder.
fn holds_array(folder: &Path) -> io::Result<bool> {
    Ok(list(folder)?.iter().any(|path| has_extension(path, ARRAY_EXTENSION)))
}
