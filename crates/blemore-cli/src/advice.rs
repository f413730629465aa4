//! What a failed command ends with where it is plain what was meant: the command that would work.

use std::env;
use std::path::{Path, PathBuf};

use blemore_base::{entries, read_input};
use blemore_data::Metadata;
use blemore_run::files::{CHECKPOINT_FILE, RUN_FILE};

/// How deep below a folder, and how high above it, the right one is looked for.
const STEPS: usize = 3;
/// Metadata of the training partition, in a dataset folder.
const TRAIN_METADATA: &str = "train_metadata.csv";

/// For a folder of arrays in place of a table of features.
pub fn table_of(features: &Path) -> Option<String> {
    let mut name = features.file_name()?.to_owned();
    name.push(".npz");
    features.is_dir().then(|| format!("blemore aggregate {} -o {}", word(features), word(name.as_ref())))
}

/// For a folder or archive that has no arrays of clips.
pub(crate) fn arrays_in(folder: &Path) -> Option<String> {
    let sets = ["pre_extracted_train_data", "pre_extracted_test_data"].map(|name| folder.join(name));
    let sets = sets.iter().chain([&folder.to_owned()]).find_map(|folder| {
        let folders = entries(folder).ok()?.into_iter();
        folders.filter(|path| path.is_dir()).find(|path| has_arrays(path))
    });
    sets.and_then(|set| table_of(&set))
}

fn has_arrays(folder: &Path) -> bool {
    let is_array = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "npy");
    entries(folder).is_ok_and(|paths| paths.iter().any(is_array))
}

/// For a file that does not hold predictions, where it may hold probabilities.
pub(crate) fn predictions_of(file: &Path) -> Option<String> {
    let start = read_input(file).ok()?;
    start.starts_with(b"filename,").then(|| {
        format!("blemore decode --probabilities {} --fit VALIDATION.csv -o predictions.json", word(file))
    })
}

/// For a path that is no dataset folder: the same command on the one around or below it.
pub fn dataset_at(path: &Path) -> Option<String> {
    around_or_below(path, TRAIN_METADATA)
}

/// For a folder that has no run: the same command on the one around or below it.
pub fn run_at(path: &Path) -> Option<String> {
    around_or_below(path, RUN_FILE)
}

/// Of a path that has the file, something else is wrong.
fn around_or_below(path: &Path, file: &str) -> Option<String> {
    if path.join(file).is_file() {
        return None;
    }
    let found = above(path).find(|folder| folder.join(file).is_file());
    let found = found.or_else(|| below(path, file)?.parent().map(Path::to_owned));
    found.map(|folder| same_command(path, &folder))
}

/// For a folder in place of a checkpoint: the same command on the first one in it.
pub fn checkpoint_in(folder: &Path) -> Option<String> {
    below(folder, CHECKPOINT_FILE).map(|found| same_command(folder, &found))
}

/// For metadata in which no clip has a fold.
pub fn folds_for(metadata: &Metadata, path: &Path) -> Option<String> {
    let has_none = metadata.clips().iter().all(|clip| clip.fold.is_none());
    has_none.then(|| format!("blemore folds --metadata {} -o folds.csv", word(path)))
}

/// The command of this process with another path in place of the wrong one.
fn same_command(wrong: &Path, right: &Path) -> String {
    let words = env::args_os().skip(1).map(PathBuf::from);
    let words = words.map(|given| if given == wrong { word(right) } else { word(&given) });
    ["blemore".to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}

/// A path, or another word, as a shell takes it.
fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+=,".contains(letter);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The folders around a path.
fn above(path: &Path) -> impl Iterator<Item = PathBuf> {
    let is_named = |folder: &&Path| !folder.as_os_str().is_empty();
    path.ancestors().skip(1).take(STEPS).filter(is_named).map(Path::to_owned)
}

/// The first file of this name below a folder, the least deep first.
fn below(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    for _ in 0..=STEPS {
        if let Some(found) = folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()) {
            return Some(found);
        }
        let inner = folders.iter().filter_map(|folder| entries(folder).ok()).flatten();
        folders = inner.filter(|path| path.is_dir()).collect();
    }
    None
}
