//! Metadata files: the formats that are read, and the CSV that is written.

use std::io::Write;

use blemore_base::{TextTable, text};
use serde_json::{Map, Value};

use super::field::{Field, Kind};
use super::table::{Table, Wanted};
use super::{Column, Metadata};
use crate::Error;

/// Reads the bytes of a file in any format; the first bytes tell which. `table` is what errors call it.
pub(super) fn parse(bytes: &[u8], wanted: Wanted, table: String) -> Result<Metadata, Error> {
    #[cfg(feature = "polars")]
    if let Some(rows) = super::frame::parse(bytes, wanted, &table)? {
        return rows.finish(table);
    }
    match text::decode(bytes) {
        Ok(text) if text.trim_start().starts_with('{') => json_lines(&text, wanted, &table)?.finish(table),
        _ => parse_csv(bytes, wanted, table),
    }
}

/// Reads the bytes of a CSV file.
pub(super) fn parse_csv(bytes: &[u8], wanted: Wanted, table: String) -> Result<Metadata, Error> {
    let text = text::decode(bytes).map_err(|found| unreadable(&table, "CSV", &found))?;
    let mut cells = TextTable::new(&text, &[Field::Filename.name()]);
    let mut rows = Table::new(cells.header().iter().map(String::as_str), wanted);
    while let Some(row) = cells.next_row() {
        if row.cells().skip(rows.width()).any(|cell| !cell.is_empty()) {
            rows.refuse(row.line(), row.cell(0), row.len());
        } else {
            rows.push(row.line(), |place| row.cell(place));
        }
    }
    rows.finish(table)
}

/// One JSON object per line. A key that an object does not have is an empty cell.
fn json_lines(text: &str, wanted: Wanted, table: &str) -> Result<Table, Error> {
    let mut objects = Vec::new();
    let mut header: Vec<String> = Vec::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
            let problem = format!("line {line} is not one object: {error}");
            unreadable(table, "JSON lines", &problem)
        })?;
        header.extend(object.keys().filter(|key| !header.contains(key)).cloned().collect::<Vec<_>>());
        objects.push((line, object));
    }
    let mut rows = Table::new(header.iter().map(String::as_str), wanted);
    for (line, object) in &objects {
        let cells: Vec<String> = header.iter().map(|key| cell(object.get(key))).collect();
        rows.push(*line, |place| &cells[place]);
    }
    Ok(rows)
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Writes a table as CSV, numbers as pandas wrote them in the published files.
pub(super) fn write_csv(metadata: &Metadata, out: &mut dyn Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(metadata.columns())?;
    for (row, record) in metadata.clips.iter().enumerate() {
        for column in &metadata.columns {
            let cell = column.cell(row, record).unwrap_or_default();
            match column {
                Column::Published(field) if field.kind() == Kind::Number && !cell.is_empty() => {
                    writer.write_field(format!("{cell}.0"))?;
                }
                _ => writer.write_field(cell.as_bytes())?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(writer.flush()?)
}

pub(super) fn unreadable(table: &str, format: &str, problem: &dyn std::fmt::Display) -> Error {
    Error::table(table, format!("cannot be read as {format}: {problem}"))
}
