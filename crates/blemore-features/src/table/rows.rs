//! Some rows of a table.

use blemore_labels::ClipName;
use ndarray::{CowArray, Ix1};

use super::FeatureTable;
use crate::Error;

/// Some rows of a [`FeatureTable`], in any order: what is standardised, trained on and predicted.
///
/// A whole table converts into it: `Standardizer::fit(&table)`.
#[derive(Debug, Clone)]
pub struct FeatureRows<'a> {
    table: &'a FeatureTable,
    rows: Vec<usize>,
}

impl<'a> From<&'a FeatureTable> for FeatureRows<'a> {
    fn from(table: &'a FeatureTable) -> Self {
        Self { table, rows: (0..table.len()).collect() }
    }
}

impl FeatureTable {
    /// The rows with these numbers, counted from 0.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a number past the end.
    pub fn rows(&self, rows: &[usize]) -> Result<FeatureRows<'_>, Error> {
        check(rows, self.len())?;
        Ok(FeatureRows { table: self, rows: rows.to_vec() })
    }

    /// The rows with the clip of each.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&ClipName, CowArray<'_, f32, Ix1>)> {
        (0..self.len()).map(|row| (self.index.clip_at(row), self.row(row)))
    }

    /// All rows of some clips, clip after clip. Clips are given by their positions among [`clips`](Self::clips).
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a position past the end.
    pub fn rows_of_clips(&self, clips: &[usize]) -> Result<FeatureRows<'_>, Error> {
        check(clips, self.clips().len())?;
        let rows = clips.iter().flat_map(|clip| self.index.rows_at(*clip)).copied().collect();
        Ok(FeatureRows { table: self, rows })
    }
}

impl<'a> IntoIterator for &'a FeatureTable {
    type Item = (&'a ClipName, CowArray<'a, f32, Ix1>);
    type IntoIter = Box<dyn ExactSizeIterator<Item = Self::Item> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

/// Refuses numbers past the end of so many rows.
fn check(rows: &[usize], length: usize) -> Result<(), Error> {
    match rows.iter().find(|row| **row >= length) {
        Some(row) => {
            let problem = format!("row {row} does not exist: the table has {length} rows, counted from 0");
            Err(Error::Mismatch(problem))
        }
        None => Ok(()),
    }
}

impl<'a> FeatureRows<'a> {
    /// Number N of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number D of values per row.
    pub fn width(&self) -> usize {
        self.table.width()
    }

    /// The clips of these rows, each once, in the order of their first rows here.
    pub fn clips(&self) -> Vec<&'a ClipName> {
        self.numbered().0.into_iter().map(|clip| &self.table.clips()[clip]).collect()
    }

    /// The first of these rows whose clip lacks an encoder: the clip, and the encoder's name.
    pub fn first_missing(&self) -> Option<(&'a ClipName, &'a str)> {
        let table = self.table;
        let is_whole = table.encoders().iter().all(|encoder| encoder.missing.is_empty());
        let mut clips = self.rows.iter().filter(|_| !is_whole).map(|row| table.index().clip_at(*row));
        clips.find_map(|clip| {
            let lacks = table.encoders().iter().find(|encoder| !encoder.has(clip))?;
            Some((clip, lacks.name.as_str()))
        })
    }

    /// The names of the table's encoders ([`FeatureTable::encoder_names`]).
    pub fn encoder_names(&self) -> Vec<String> {
        self.table.encoder_names()
    }

    /// The table.
    pub(crate) fn table(&self) -> &'a FeatureTable {
        self.table
    }

    /// The numbers of the rows in the table.
    pub(crate) fn numbers(&self) -> &[usize] {
        &self.rows
    }

    /// The clips of these rows as positions in the table, each once, and for each row the place of its clip among
    /// them.
    pub(crate) fn numbered(&self) -> (Vec<usize>, Vec<usize>) {
        let mut place_of = vec![None; self.table.clips().len()];
        let mut clips = Vec::new();
        let clip_of_row = self.rows.iter().map(|row| {
            let clip = self.table.index.clip_of_row()[*row];
            *place_of[clip].get_or_insert_with(|| {
                clips.push(clip);
                clips.len() - 1
            })
        });
        let clip_of_row = clip_of_row.collect();
        (clips, clip_of_row)
    }
}
