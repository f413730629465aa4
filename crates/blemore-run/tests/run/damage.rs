//! Results that were changed, lost, half copied or put in another's place.

use blemore_base::Blame;
use std::fs;
use std::path::{Path, PathBuf};

use blemore_run::{CellState, Error, Recipe, ResultsFolder, Run, merge, verify};

use crate::scene::{self, Scene};

/// All files below a folder, but locks.
fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    below.filter(|path| path.extension().is_none_or(|extension| extension != "lock")).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

impl Scene {
    fn cell(&self, fold: usize) -> PathBuf {
        self.folder.of_result(&self.run.cells[fold].name)
    }

    /// What `verify` says of the first difference.
    fn difference(&self) -> String {
        let found = verify(&self.folder, None).unwrap();
        let difference = found.differences.first().unwrap();
        format!("{}: {}", difference.what, difference.problem)
    }
}

#[test]
fn a_whole_run_has_no_differences() {
    let scene = Scene::new();
    let found = verify(&scene.folder, None).unwrap();
    assert_eq!((found.cells, found.finished, found.recomputed), (2, 2, 2));
    assert_eq!(found.differences, []);
}

#[test]
fn one_changed_byte_of_any_file_is_found() {
    let scene = Scene::new();
    let all = files(scene.folder.path());
    assert_eq!(all.len(), 8, "run.json, three tables, and two files for each of two cells: {all:?}");
    for path in all {
        let bytes = fs::read(&path).unwrap();
        for place in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            fs::write(&path, &changed).unwrap();
            let found = verify(&scene.folder, None).unwrap();
            assert!(!found.differences.is_empty(), "byte {place} of {}", path.display());
            // Whoever reads a run refuses it, or says that a table is not what the cells give.
            match Run::read(&scene.folder).and_then(|run| run.finished(&scene.folder, false)) {
                Ok(finished) => {
                    assert_eq!(
                        Run::stale_tables(&scene.folder, &finished).unwrap(),
                        std::slice::from_ref(&path)
                    );
                }
                Err(error) => assert!(error.is_bad_input(), "{error}"),
            }
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(verify(&scene.folder, None).unwrap().differences, []);
}

#[test]
fn what_is_lost_or_half_copied_is_named() {
    let scene = Scene::new();
    fs::remove_file(scene.cell(0).join("probabilities.csv")).unwrap();
    assert_eq!(scene.difference(), "fold0: it has no probabilities.csv");
    fs::remove_file(scene.cell(0).join("result.json")).unwrap();
    assert_eq!(scene.difference(), "fold0: it has no result.json");
    let error = scene.run.finished(&scene.folder, false).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("fold0: it has no result.json"), "{error}");
    assert!(error.to_string().contains("--keep-going"), "{error}");
    let without = scene.run.finished(&scene.folder, true).unwrap();
    assert_eq!((without.cells.len(), without.missing, without.damaged.len()), (1, 0, 1));
    fs::remove_dir_all(scene.cell(0)).unwrap();
    assert_eq!(scene.run.finished(&scene.folder, false).unwrap().missing, 1);
}

#[test]
fn a_cell_that_cannot_be_read_is_not_called_unfinished() {
    let scene = Scene::new();
    let record = scene.cell(0).join("result.json");
    fs::remove_file(&record).unwrap();
    // Not even root reads a folder as a file.
    fs::create_dir(&record).unwrap();
    let said = scene.difference();
    assert!(said.starts_with("fold0: ") && said.contains("result.json"), "{said}");
    let error = scene.run.finished(&scene.folder, false).unwrap_err();
    assert!(error.to_string().contains("result.json"), "{error}");
    let without = scene.run.finished(&scene.folder, true).unwrap();
    assert_eq!((without.cells.len(), without.missing, without.damaged.len()), (1, 0, 1));
}

#[test]
fn a_result_in_the_place_of_another_is_named() {
    let scene = Scene::new();
    for file in ["result.json", "probabilities.csv"] {
        fs::copy(scene.cell(1).join(file), scene.cell(0).join(file)).unwrap();
    }
    assert_eq!(scene.difference(), "fold0: it holds the result fold1");
    fs::rename(scene.cell(1), scene.folder.of_result("stranger")).unwrap();
    let found = verify(&scene.folder, None).unwrap();
    assert_eq!(found.differences.len(), 2, "{found:?}");
    assert_eq!(found.differences[1].what, "stranger");
}

/// Written with hashes that are right, but with numbers that cannot be.
#[test]
fn a_record_that_does_not_fit_its_run_or_itself_is_named() {
    let scene = Scene::new();
    let rewrite = |change: &dyn Fn(&mut blemore_run::CellResult)| {
        let CellState::Finished(mut result) = scene.run.state(&scene.folder, &scene.run.cells[1]).unwrap()
        else {
            panic!("a whole cell");
        };
        change(&mut result);
        let probabilities = fs::read(scene.cell(1).join("probabilities.csv")).unwrap();
        scene.folder.remove("fold1").unwrap();
        let fill = |draft: &Path| -> Result<(), Error> {
            fs::write(draft.join("probabilities.csv"), &probabilities).unwrap();
            Ok(())
        };
        scene.folder.write(&*result, None, fill).unwrap();
        let said = scene.difference();
        scene.folder.remove("fold1").unwrap();
        scene::write(&scene.folder, &scene.run, &scene.run.cells[1]);
        said
    };
    assert_eq!(rewrite(&|result| result.run = "other".to_owned()), "fold1: it belongs to another run");
    assert!(rewrite(&|result| result.seed = 7).contains("seed is 7"));
    assert!(rewrite(&|result| result.epochs.truncate(2)).contains("2 epochs, the run has 3"));
    assert!(rewrite(&|result| result.best = result.epochs[0]).contains("not the best of its epochs"));
    assert!(rewrite(&|result| result.cell.fold = 0).contains("fold 0"));
    let said = rewrite(&|result| {
        result.epochs[1].acc_presence = 0.75;
        result.best = result.epochs[1];
    });
    assert_eq!(said, "fold1: its accuracies are 0.5 and 0, its record says 0.75 and 0");
}

#[test]
fn another_run_in_the_folder_is_refused_by_what_differs() {
    let scene = Scene::new();
    let other = || scene::run(Recipe { seed: 7, ..scene.run.recipe.clone() });
    let error = other().enter(&scene.folder, false).unwrap_err();
    let message = error.to_string();
    assert!(
        error.is_bad_input() && message.contains("seed 42 (here 7)") && message.contains("--force"),
        "{message}"
    );
    let features = Run { features: "others".to_owned(), ..scene.run.clone() };
    let message = features.enter(&scene.folder, false).unwrap_err().to_string();
    assert!(message.contains("features made up (here others)"), "{message}");
    assert_eq!(Run::read(&scene.folder).unwrap(), scene.run);
    other().enter(&scene.folder, true).unwrap();
    assert_eq!(Run::read(&scene.folder).unwrap().recipe.seed, 7);
    assert_eq!(scene.folder.names().unwrap(), [""; 0], "its cells are gone");
}

#[test]
fn a_run_that_is_being_computed_is_not_replaced() {
    let scene = Scene::new();
    let other = || scene::run(Recipe { seed: 7, ..scene.run.recipe.clone() });
    let claim = scene.folder.claim("fold1").unwrap();
    let error = other().enter(&scene.folder, true).unwrap_err();
    assert!(error.to_string().contains("is in use"), "{error}");
    drop(claim);
    let unfinished = scene.folder.unfinished("fold1");
    fs::create_dir_all(&unfinished).unwrap();
    other().enter(&scene.folder, true).unwrap();
    assert!(!unfinished.exists(), "the state of a cell that is gone");
    // The process that computed the run that was replaced writes no tables into it.
    let error = scene.run.write_tables(&scene.folder).unwrap_err();
    assert!(matches!(error, Error::AnotherRun { .. }), "{error}");
}

#[test]
fn what_stands_in_the_place_of_a_file_or_a_result_is_named() {
    let scene = Scene::new();
    fs::write(scene.folder.of_result("notes.txt"), "notes").unwrap();
    assert_eq!(scene.difference(), "notes.txt: it is no result of this run: remove it");
    fs::remove_file(scene.cell(0).join("probabilities.csv")).unwrap();
    fs::create_dir(scene.cell(0).join("probabilities.csv")).unwrap();
    assert!(scene.difference().starts_with("fold0: "), "{}", scene.difference());
    fs::remove_file(scene.cell(1).join("result.json")).unwrap();
    fs::create_dir(scene.cell(1).join("result.json")).unwrap();
    assert_eq!(scene.run.finished(&scene.folder, true).unwrap().damaged.len(), 2);
}

/// Sealed as if nothing were wrong: a record that was made to reach other folders.
#[test]
fn names_that_lead_out_of_the_folder_are_refused() {
    let scene = Scene::new();
    let outside = scene.folder.path().parent().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), "precious").unwrap();
    let reseal = |path: &Path, from: &str, to: &str| {
        let whole = fs::read_to_string(path).unwrap();
        let object = blemore_hash::unseal(whole.trim_end()).unwrap();
        assert!(object.contains(from), "{from} in {object}");
        fs::write(path, format!("{}\n", blemore_hash::seal(&object.replace(from, to)))).unwrap();
        whole
    };
    let run = scene.folder.path().join("run.json");
    for name in ["../../outside", "/outside", "..", ".", "", "a/b", "a\\\\b"] {
        let whole = reseal(&run, "\"fold0\"", &format!("\"{name}\""));
        let into = scene.folder.path().with_file_name("whole");
        for error in [
            Run::read(&scene.folder).unwrap_err(),
            merge(std::slice::from_ref(&scene.folder), into).unwrap_err(),
        ] {
            assert!(error.is_bad_input() && error.to_string().contains("is no name of"), "{name}: {error}");
        }
        fs::write(&run, whole).unwrap();
    }
    reseal(&scene.cell(0).join("result.json"), "probabilities.csv", "../../../outside/precious");
    assert!(scene.difference().contains("is no name of"), "{}", scene.difference());
    assert_eq!(fs::read_dir(outside).unwrap().count(), 1);
}

#[test]
fn commands_with_other_models_add_their_cells() {
    let scene = Scene::new();
    let mut more = scene.run.clone();
    for cell in &mut more.cells {
        (cell.model, cell.name) = ("mlp-8".parse().unwrap(), format!("mlp-{}", cell.fold));
    }
    let run = more.enter(&scene.folder, false).unwrap();
    assert_eq!(run.cells.len(), 4);
    assert_eq!(run.cells[..2], scene.run.cells);
    assert_eq!(run.finished(&scene.folder, false).unwrap().missing, 2);
}

#[test]
fn merging_takes_the_whole_copy() {
    let scene = Scene::new();
    let other = tempfile::tempdir().unwrap();
    copy(scene.folder.path(), other.path());
    let other = ResultsFolder::open(other.path()).unwrap();
    fs::write(scene.cell(0).join("probabilities.csv"), "").unwrap();
    fs::remove_file(other.of_result("fold1").join("result.json")).unwrap();
    // Into a new folder, and into one whose own copy is damaged.
    let into = tempfile::tempdir().unwrap();
    for into in [into.path().join("whole"), scene.folder.path().to_owned()] {
        let runs = [scene.folder.clone(), other.clone()];
        let merged = merge(&runs, &into).unwrap();
        assert_eq!((merged.cells.len(), merged.missing, merged.damaged.len()), (2, 0, 0));
        assert_eq!(verify(&ResultsFolder::open(&into).unwrap(), None).unwrap().differences, []);
    }
}

#[test]
fn a_run_without_a_finished_cell_or_without_its_tables_differs() {
    let scene = Scene::new();
    fs::remove_file(scene.folder.path().join("summary.csv")).unwrap();
    assert_eq!(scene.difference(), "summary.csv: it is not there, or not what the finished cells give");
    // Tables come with the last cell.
    scene.folder.remove("fold1").unwrap();
    for table in ["epochs.csv", "cells.csv"] {
        fs::remove_file(scene.folder.path().join(table)).unwrap();
    }
    assert_eq!(verify(&scene.folder, None).unwrap().differences, []);
    scene.folder.remove("fold0").unwrap();
    assert_eq!(scene.difference(), "run.json: no cell of the run is finished");
}
