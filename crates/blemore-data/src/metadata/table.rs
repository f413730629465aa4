//! From rows of cells to checked metadata.

use std::collections::{HashMap, HashSet};

use blemore_base::note;
use blemore_base::number::is_missing;
use blemore_labels::ClipName;

use super::field::Field;
use super::row::{Cells, ParsedName, RowReader};
use super::{ClipRecord, Column, Metadata, MetadataFault, missing_columns};
use crate::Error;

/// Which columns of a file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    /// The clip names alone.
    Names,
}

/// Takes a table row by row, and becomes metadata when every row has been right.
pub(super) struct Table {
    header: Vec<String>,
    wanted: Wanted,
    /// Where the header has each published column.
    places: [Option<usize>; Field::COUNT],
    /// The columns that are kept, with their places in the header.
    columns: Vec<(usize, Column)>,
    clips: Vec<ClipRecord>,
    /// The line of each row.
    lines: Vec<u64>,
    row_of_clip: HashMap<ClipName, usize>,
    faults: Vec<MetadataFault>,
    has_only_unlabelled: bool,
    note: Option<String>,
}

impl Table {
    /// A table with these columns, whose names may stand between blanks.
    pub(super) fn new<'a>(header: impl IntoIterator<Item = &'a str>, wanted: Wanted) -> Self {
        let header = unique(header);
        let places = Field::all().map(|field| {
            let is_wanted = wanted == Wanted::All || field == Field::Filename;
            header.iter().position(|name| is_wanted && name == field.name())
        });
        let columns = header.iter().enumerate().filter_map(|(place, name)| match Field::named(name) {
            Some(field) => places[field as usize].map(|_| (place, Column::Published(field))),
            None if wanted == Wanted::All => {
                Some((place, Column::Other { name: name.clone(), cells: Vec::new() }))
            }
            None => None,
        });
        let columns = columns.collect();
        Table {
            header,
            wanted,
            places,
            columns,
            clips: Vec::new(),
            lines: Vec::new(),
            row_of_clip: HashMap::new(),
            faults: Vec::new(),
            has_only_unlabelled: true,
            note: None,
        }
    }

    /// The number of columns.
    pub(super) fn width(&self) -> usize {
        self.header.len()
    }

    /// A row that has more cells than there are columns.
    pub(super) fn refuse(&mut self, line: u64, clip: &str, found: usize) {
        let expected = self.width();
        let problem = format!(
            "{found} cells, where the header names {expected} columns: quote cells that hold a separator"
        );
        self.faults.push(MetadataFault { line, clip: clip.to_owned(), problem });
    }

    /// The next row, which begins on this line; `cell` gives its cells by their place in the header.
    pub(super) fn push<'a>(&mut self, line: u64, cell: impl Fn(usize) -> &'a str) {
        let filled = |place: usize| Some(cell(place).trim()).filter(|text| !is_missing(text));
        let cells: Cells<'a> = self.places.map(|place| place.map(filled));
        let written = cells[Field::Filename as usize].flatten();
        let fault = |problem| MetadataFault { line, clip: written.unwrap_or("no name").to_owned(), problem };
        let clip = written.map(ClipName::parse);
        let is_unlabelled = |clip: &ParsedName| clip.as_ref().is_ok_and(|clip| clip.label().is_none());
        self.has_only_unlabelled &= clip.as_ref().is_none_or(is_unlabelled);
        if let (Some(name), Some(Ok(clip))) = (written, &clip) {
            if self.note.is_none() && ClipName::folder_of(name).is_some() {
                self.note = Some(note::folders_left_out(name, clip.as_str()));
            }
            if let Some(first) = self.row_of_clip.insert(clip.clone(), self.lines.len()) {
                let first = self.lines[first];
                self.faults.push(fault(format!("the clip is in line {first} already: keep one of the two")));
            }
        }
        self.lines.push(line);
        match RowReader::read(cells, clip) {
            Ok(record) => self.clips.push(record),
            Err(problems) => self.faults.extend(problems.into_iter().map(fault)),
        }
        for (place, column) in &mut self.columns {
            if let Column::Other { cells, .. } = column {
                cells.push(filled(*place).map(Box::from));
            }
        }
    }

    /// The metadata; `table` is what errors call it.
    pub(super) fn finish(mut self, table: String) -> Result<Metadata, Error> {
        if self.lines.is_empty() && self.faults.is_empty() {
            return Err(Error::table(&table, "holds no clips: it needs a header and one row per clip"));
        }
        let names = |is_wanted: &dyn Fn(Field) -> bool| {
            let fields = Field::all().into_iter().filter(|field| is_wanted(*field));
            fields.map(Field::name).collect::<Vec<_>>().join(", ")
        };
        let repeated = names(&|field| self.header.contains(&duplicate(field.name(), 0)));
        if !repeated.is_empty() {
            return Err(Error::table(&table, format!("has column {repeated} more than once: keep one")));
        }
        let other_case = |name: &&String| {
            Field::named(name).is_none()
                && Field::all().iter().any(|field| field.name().eq_ignore_ascii_case(name))
        };
        if let (Wanted::All, Some(name)) = (self.wanted, self.header.iter().find(other_case)) {
            let problem = format!("has a column {name}: write it {}, or leave it out", name.to_lowercase());
            return Err(Error::table(&table, problem));
        }
        let has_names = self.places[Field::Filename as usize].is_some();
        let is_beside_names = |field: Field| field == Field::Filename || field.is_optional();
        let has_names_alone = self.header.iter().all(|name| Field::named(name).is_some_and(is_beside_names));
        let is_list_of_names = has_names_alone || self.has_only_unlabelled;
        let names_suffice = self.wanted == Wanted::Names || (has_names && is_list_of_names);
        let missing = names(&|field| {
            let is_needed = field == Field::Filename || !(names_suffice || field.is_optional());
            is_needed && self.places[field as usize].is_none()
        });
        if !missing.is_empty() {
            return Err(missing_columns(&table, &missing, &self.header.join(", ")));
        }
        if !self.faults.is_empty() {
            self.faults.sort_by_key(|fault| fault.line);
            return Err(Error::Metadata { table, faults: self.faults });
        }
        Ok(Metadata {
            table,
            clips: self.clips,
            row_of_clip: self.row_of_clip,
            columns: self.columns.into_iter().map(|(_, column)| column).collect(),
            notes: self.note.into_iter().collect(),
        })
    }
}

/// Each name once, without blanks around it: the second of the same name is `name_duplicated_0`, as polars has it.
fn unique<'a>(header: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let (mut names, mut taken) = (Vec::new(), HashSet::new());
    // Where to go on for a name that comes often: a file of nothing but separators has one name thousands of times.
    let mut next_number: HashMap<&str, usize> = HashMap::new();
    for name in header {
        let name = name.trim();
        let mut free = name.to_owned();
        if taken.contains(&free) {
            let number = next_number.entry(name).or_insert(0);
            while taken.contains(&free) {
                free = duplicate(name, *number);
                *number += 1;
            }
        }
        taken.insert(free.clone());
        names.push(free);
    }
    names
}

fn duplicate(name: &str, number: usize) -> String {
    format!("{name}_duplicated_{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_told_apart() {
        let names = unique(["a", " b", "a", "a_duplicated_0", "a", "b"]);
        let expected =
            ["a", "b", "a_duplicated_0", "a_duplicated_0_duplicated_0", "a_duplicated_1", "b_duplicated_0"];
        assert_eq!(names, expected);
    }

    /// A line of 200 kB of separators; with a search among all names for each of them it would not end.
    #[test]
    fn columns_without_names_take_no_search_each() {
        let names = unique(std::iter::repeat_n("", 200_000));
        assert_eq!(names.len(), 200_000);
        assert_eq!(names[199_999], "_duplicated_199998");
    }
}
