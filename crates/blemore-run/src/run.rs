//! A run: its cells, and where their results are in its folder.

use serde::{Deserialize, Serialize};

use blemore_eval::ProbabilityTable;
use blemore_hash::Hash;

use crate::files::probabilities_file;
use crate::results::folder::{read_json, write_json};
use crate::results::tables;
use crate::{Cell, CellResult, CrossValidated, Error, Recipe, ResultsFolder};

/// The file that lists the cells of a run.
const RUN_FILE: &str = "run.json";
/// What the right to write the tables is called among the rights to compute results.
const TABLES: &str = "tables";

/// What a results folder says of its run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The feature set.
    pub features: String,
    /// The hash of the training partition.
    pub data: String,
    /// The recipe of every cell.
    pub recipe: Recipe,
    /// The subfolders of the cells, model by model.
    pub cells: Vec<String>,
}

impl Run {
    /// Reads what the run in a folder was.
    ///
    /// # Errors
    /// [`Error::NoRun`] when no cross-validation has written there.
    pub fn read(folder: &ResultsFolder) -> Result<Self, Error> {
        let path = folder.path().join(RUN_FILE);
        if !path.is_file() {
            return Err(Error::NoRun { path: folder.path().to_owned() });
        }
        read_json(&path)
    }

    /// Whether it has these cells: the same clips, features and settings.
    #[must_use]
    pub fn has_cells(&self, cells: &[Cell]) -> bool {
        self.cells.iter().eq(cells.iter().map(|cell| &cell.name))
    }

    /// Writes it into the folder.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, folder: &ResultsFolder) -> Result<(), Error> {
        write_json(folder.path().join(RUN_FILE), self)
    }

    /// Checks that every cell is finished, and that the partition of `features` with this key is the one that
    /// they were trained on.
    ///
    /// # Errors
    /// [`Error::OtherFeatures`], [`Error::Unfinished`].
    pub fn require(&self, folder: &ResultsFolder, features: &str, data: Hash) -> Result<(), Error> {
        let path = folder.path().to_owned();
        if data.short() != self.data {
            return Err(Error::OtherFeatures { features: features.to_owned(), path });
        }
        match self.missing(folder)? {
            0 => Ok(()),
            missing => Err(Error::Unfinished { path, missing }),
        }
    }

    /// The finished cells.
    ///
    /// # Errors
    /// [`Error::Read`] and [`Error::Json`] for results that cannot be read.
    pub fn finished(&self, folder: &ResultsFolder) -> Result<CrossValidated, Error> {
        let cells = self.cells.iter().map(|name| folder.read::<CellResult>(name));
        Ok(CrossValidated::new(cells.filter_map(Result::transpose).collect::<Result<_, _>>()?))
    }

    /// Writes the tables of the finished cells, which it gives. One process at a time: of several that end together, the
    /// last has seen the cells of all.
    ///
    /// # Errors
    /// [`Error::Write`] and [`Error::Json`].
    pub fn write_tables(&self, folder: &ResultsFolder) -> Result<CrossValidated, Error> {
        let _claim = folder.claim(TABLES)?;
        let finished = self.finished(folder)?;
        tables::write(folder.path(), &finished.cells, &finished.summary)?;
        Ok(finished)
    }

    /// How many cells are not finished.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn missing(&self, folder: &ResultsFolder) -> Result<usize, Error> {
        let finished = folder.names()?;
        Ok(self.cells.iter().filter(|name| !finished.contains(name)).count())
    }

    /// The out-of-fold probabilities of a finished cell.
    ///
    /// # Errors
    /// [`Error::Eval`] when they cannot be read.
    pub fn probabilities(&self, folder: &ResultsFolder, cell: usize) -> Result<ProbabilityTable, Error> {
        Ok(ProbabilityTable::read(probabilities_file(folder, &self.cells[cell]))?)
    }
}
