//! Results folders and files of settings. Records have right hashes, so that what is wrong with them is not found by these.

use std::fs;
use std::path::Path;

use blemore_hash::{Hash, seal};
use blemore_run::{Recipe, ResultsFolder, Run, SweepPlan, verify};

use crate::scratch;

/// What stands between the files of a run.
const BETWEEN: &[u8] = b"\n---\n";
/// The name of the only cell.
const CELL: &str = "cell";

/// The run, the record of a cell and its probabilities, one after the other: whoever reads them agrees on what is whole.
pub fn run_folder(bytes: &[u8]) -> bool {
    let (run, rest) = split(bytes);
    let (record, probabilities) = split(rest);
    let scratch = scratch::folder();
    write(scratch.path(), run, record, probabilities);
    let folder = ResultsFolder::open(scratch.path()).unwrap();
    let verified = verify(&folder, None);
    let Ok(run) = Run::read(&folder) else {
        assert!(verified.is_err() || !verified.unwrap().differences.is_empty());
        return false;
    };
    let Ok(finished) = run.finished(&folder, true) else { return false };
    if let Ok(verified) = verified {
        assert_eq!(verified.finished, finished.cells.len());
    }
    !finished.cells.is_empty()
}

fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        Some(place) => (&bytes[..place], &bytes[place + BETWEEN.len()..]),
        None => (bytes, &[]),
    }
}

fn write(folder: &Path, run: &[u8], record: &[u8], probabilities: &[u8]) {
    let cell = folder.join("cells").join(CELL);
    fs::create_dir_all(&cell).unwrap();
    let sealed = |object: &str| format!("{}\n", seal(object));
    fs::write(folder.join("run.json"), sealed(&String::from_utf8_lossy(run))).unwrap();
    let record = String::from_utf8_lossy(record);
    let fields = record.strip_prefix('{').unwrap_or(&record);
    let hash = Hash::of_bytes(probabilities);
    let record = format!("{{\"files\": {{\"probabilities.csv\": \"{hash}\"}}, {fields}");
    fs::write(cell.join("result.json"), sealed(&record)).unwrap();
    fs::write(cell.join("probabilities.csv"), probabilities).unwrap();
}

/// A recipe, or the plan of a sweep: a recipe comes back from the TOML that is written.
pub fn config(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let is_plan = SweepPlan::from_toml(text).is_ok();
    let Ok(recipe) = Recipe::from_toml(text) else { return is_plan };
    assert_eq!(Recipe::from_toml(&recipe.to_toml().unwrap()).unwrap(), recipe);
    true
}
