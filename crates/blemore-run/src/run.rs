//! A run: its recipe, its cells, and where their results are in its folder.

use std::path::PathBuf;

use blemore_base::Blame;
use blemore_features::Origin;
use blemore_hash::Hash;
use serde::{Deserialize, Serialize};

use crate::files::RUN_FILE;
use crate::results::{Claim, Recomputed, check_cell, read_sealed, tables, write_sealed};
use crate::{Cell, CellResult, CrossValidated, Damage, Error, Recipe, ResultsFolder};

/// What the right to change the list of cells is called among the rights to compute results.
const LIST: &str = "run";
/// What the right to write the tables is called.
const TABLES: &str = "tables";

/// What a results folder says of its run: one recipe on one feature table and its metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The hash of features, metadata, folds and recipe: of all that its cells have in common.
    pub id: String,
    /// The feature set.
    pub features: String,
    /// How its features were made, one recipe per encoder, where that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// Whether the metadata say that the clips are generated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub generated: bool,
    /// The hash of the training partition.
    pub data: String,
    /// The recipe of every cell.
    pub recipe: Recipe,
    /// Its cells, model by model. Commands with other models add theirs.
    pub cells: Vec<Cell>,
}

/// What there is of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum CellState {
    /// Its result, whole and of this run.
    Finished(Box<CellResult>),
    /// Nothing yet.
    Missing,
    /// A result that cannot be used, and why.
    Damaged(String),
}

impl Run {
    /// Reads what the run in a folder is.
    ///
    /// # Errors
    /// [`Error::NoRun`] when no cross-validation has written there, [`Error::Damaged`], [`Error::Read`].
    pub fn read(folder: &ResultsFolder) -> Result<Self, Error> {
        let path = folder.path().join(RUN_FILE);
        match path.try_exists() {
            Ok(false) => Err(Error::NoRun { path: folder.path().to_owned() }),
            // What keeps the file from being found keeps it from being read.
            _ => read_sealed(&path),
        }
    }

    /// Makes a folder this run's, or adds its cells to those of the same run that the folder holds; gives all of them.
    ///
    /// Another run is refused, or with `replace` removed with its cells.
    ///
    /// # Errors
    /// [`Error::AnotherRun`] with all that differs; [`Error::InUse`] when another process is computing a cell of the run
    /// that would be removed; [`Error::Damaged`], [`Error::Write`].
    pub fn enter(mut self, folder: &ResultsFolder, replace: bool) -> Result<Self, Error> {
        let _claim = folder.claim(LIST)?;
        match Self::read(folder) {
            Err(Error::NoRun { .. }) => {}
            Err(Error::Damaged { .. }) if replace => Self::remove_cells(folder)?,
            Err(error) => return Err(error),
            Ok(found) => {
                let differences = self.differences(&found);
                if differences.is_empty() {
                    let new = self.cells.into_iter().filter(|cell| !found.cells.contains(cell));
                    self.cells = found.cells.iter().cloned().chain(new).collect();
                } else if replace {
                    let _claims = found.claim_cells(folder)?;
                    Self::remove_cells(folder)?;
                    found.cells.iter().try_for_each(|cell| folder.remove_unfinished(&cell.name))?;
                } else {
                    return Err(Error::AnotherRun { path: folder.path().to_owned(), differences });
                }
            }
        }
        write_sealed(&folder.path().join(RUN_FILE), &self)?;
        Ok(self)
    }

    /// The claims to all cells, so that no process is computing one.
    fn claim_cells(&self, folder: &ResultsFolder) -> Result<Vec<Claim>, Error> {
        let in_use = || Error::InUse { path: folder.path().to_owned() };
        let claims = self.cells.iter().map(|cell| folder.try_claim(&cell.name)?.ok_or_else(in_use));
        claims.collect()
    }

    fn remove_cells(folder: &ResultsFolder) -> Result<(), Error> {
        folder.names()?.iter().try_for_each(|name| folder.remove(name))
    }

    /// What keeps the cells of two runs from standing in one table.
    pub(crate) fn differences(&self, found: &Self) -> Vec<String> {
        let mut differences = self.recipe.differences(&found.recipe);
        if self.features != found.features {
            differences.push(format!("features {} (here {})", found.features, self.features));
        }
        if self.data != found.data {
            differences.push("clips, labels or feature values".to_owned());
        }
        if differences.is_empty() && self.id != found.id {
            differences.push("folds".to_owned());
        }
        let is_other = |cell: &Cell| {
            let twin =
                found.cells.iter().find(|other| (&other.model, other.fold) == (&cell.model, cell.fold));
            twin.is_some_and(|twin| twin.name != cell.name)
        };
        if differences.is_empty() && self.cells.iter().any(is_other) {
            differences.push(
                "models before these ones, on which the reference order of random numbers depends".to_owned(),
            );
        }
        differences
    }

    /// Refuses a run that differs from this one in more than its seed.
    ///
    /// # Errors
    /// [`Error::Ensemble`] with all that differs.
    pub fn require_other_seed(&self, other: &Self) -> Result<(), Error> {
        let recipe = Recipe { seed: self.recipe.seed, ..other.recipe.clone() };
        let mut differences = self.recipe.differences(&recipe);
        if self.recipe.seed == other.recipe.seed {
            differences.push("nothing, not even the seed".to_owned());
        }
        if self.data != other.data || self.features != other.features {
            differences.push("features, clips or labels".to_owned());
        }
        match differences.is_empty() {
            true => Ok(()),
            false => Err(Error::Ensemble {
                problem: format!(
                    "the runs should differ in their seeds alone, and differ in {}",
                    differences.join("; ")
                ),
            }),
        }
    }

    /// Each cell with what there is of it.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn states(&self, folder: &ResultsFolder) -> Result<Vec<(&Cell, CellState)>, Error> {
        self.cells.iter().map(|cell| Ok((cell, self.state(folder, cell)?))).collect()
    }

    /// What there is of a cell.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn state(&self, folder: &ResultsFolder, cell: &Cell) -> Result<CellState, Error> {
        let result = match folder.read::<CellResult>(&cell.name) {
            Ok(None) => return Ok(CellState::Missing),
            Ok(Some(result)) => result,
            Err(Error::Damaged { problem, .. }) => return Ok(CellState::Damaged(problem)),
            Err(error) => return Err(error),
        };
        let problem = match (result.cell == *cell, result.run == self.id) {
            (false, _) => Some(format!("it holds {}", result.cell)),
            (_, false) => Some("it belongs to another run".to_owned()),
            _ => match result.problem(&self.recipe) {
                None => other_accuracies(folder, &result)?,
                problem => problem,
            },
        };
        Ok(problem.map_or_else(|| CellState::Finished(Box::new(result)), CellState::Damaged))
    }

    /// The finished cells; damaged ones are refused, or with `keep_going` left out and listed.
    ///
    /// # Errors
    /// [`Error::DamagedCells`] with all of them, [`Error::Read`].
    pub fn finished(&self, folder: &ResultsFolder, keep_going: bool) -> Result<CrossValidated, Error> {
        let (mut cells, mut damaged, mut missing) = (Vec::new(), Vec::new(), 0);
        for (cell, state) in self.states(folder)? {
            match state {
                CellState::Finished(result) => cells.push(*result),
                CellState::Missing => missing += 1,
                CellState::Damaged(problem) => damaged.push(Damage { name: cell.name.clone(), problem }),
            }
        }
        if !damaged.is_empty() && !keep_going {
            return Err(Error::DamagedCells { path: folder.path().to_owned(), damaged });
        }
        Ok(CrossValidated::new(cells, missing, damaged))
    }

    /// All cells, once the partition of `features` with this key is the one that they were trained on.
    ///
    /// # Errors
    /// [`Error::OtherFeatures`], [`Error::Unfinished`], and those of [`Run::finished`].
    pub fn complete(
        &self,
        folder: &ResultsFolder,
        features: &str,
        data: Hash,
    ) -> Result<CrossValidated, Error> {
        let path = folder.path().to_owned();
        if data.short() != self.data {
            return Err(Error::OtherFeatures { features: features.to_owned(), path });
        }
        let finished = self.finished(folder, false)?;
        match finished.missing {
            0 => Ok(finished),
            missing => Err(Error::Unfinished { path, missing }),
        }
    }

    /// Writes the tables of the finished cells, which it gives. One process at a time: of several that end together, the
    /// last has seen the cells of all.
    ///
    /// # Errors
    /// [`Error::AnotherRun`] when the folder was given to another run meanwhile, [`Error::Write`], and those of
    /// [`Run::finished`].
    pub fn write_tables(&self, folder: &ResultsFolder) -> Result<CrossValidated, Error> {
        let _claim = folder.claim(TABLES)?;
        let differences = self.differences(&Self::read(folder)?);
        if !differences.is_empty() {
            return Err(Error::AnotherRun { path: folder.path().to_owned(), differences });
        }
        let finished = self.finished(folder, true)?;
        tables::write(folder.path(), &finished)?;
        Ok(finished)
    }

    /// The tables in the folder that are not what the finished cells give: changed since, or older than the last cell. None
    /// where cells are damaged: the tables have these too.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn stale_tables(folder: &ResultsFolder, finished: &CrossValidated) -> Result<Vec<PathBuf>, Error> {
        match finished.damaged.is_empty() {
            true => tables::differing(folder.path(), finished),
            false => Ok(Vec::new()),
        }
    }
}

/// What is wrong with the accuracies of a cell, where the clips' names tell the labels.
fn other_accuracies(folder: &ResultsFolder, result: &CellResult) -> Result<Option<String>, Error> {
    match check_cell(folder, result, None) {
        Ok(Recomputed::Other(problem)) => Ok(Some(problem)),
        Ok(Recomputed::Equal | Recomputed::UnknownLabels) => Ok(None),
        Err(Error::Eval(error)) if error.is_bad_input() => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}
