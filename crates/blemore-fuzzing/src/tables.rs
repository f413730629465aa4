//! Clip names and everything that is text: tables, metadata, predictions (also as the challenge's zip), probabilities.

use blemore_base::{TextTable, text};
use blemore_data::Metadata;
use blemore_eval::{Predictions, ProbabilityTable, Scorer};
use blemore_labels::{ClipName, Label};

/// A clip name and a label: what is read is written as it can be read again.
pub fn clip_name(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Ok(label) = text.parse::<Label>() {
        assert_eq!(label.to_string().parse::<Label>().unwrap(), label);
    }
    let Ok(clip) = ClipName::parse(text) else { return false };
    assert_eq!(ClipName::parse(&clip.to_string()).unwrap(), clip);
    assert!(clip.label().is_none_or(|label| label.components().count() <= 2));
    true
}

/// Text in any encoding, separator and decimal sign: rows come in the order of their lines, and end.
pub fn text_table(bytes: &[u8]) -> bool {
    let Ok(text) = text::decode(bytes) else { return false };
    let mut table = TextTable::new(&text, &["filename"]);
    let mut line = table.header_line();
    let columns = table.header().len();
    let mut is_filled = false;
    while let Some(row) = table.next_row() {
        assert!(row.line() > line, "line {} after {line}", row.line());
        line = row.line();
        assert!(row.cells().any(|cell| !cell.is_empty()));
        for column in 0..columns {
            let _number = row.number(column);
        }
        is_filled = true;
    }
    is_filled
}

/// Metadata as CSV or JSON lines: clips differ, and each is found by its name.
pub fn metadata(bytes: &[u8]) -> bool {
    let Ok(metadata) = Metadata::parse(bytes) else { return false };
    for (row, record) in metadata.clips().iter().enumerate() {
        assert_eq!(metadata.row_of(&record.clip), Some(row));
    }
    for column in metadata.columns() {
        // A name that comes twice is refused.
        assert!(metadata.column(column).is_err() || metadata.column(column).unwrap().len() == metadata.len());
    }
    true
}

/// Predictions as JSON or as a zip bundle: they are scored, and written as they are read again.
pub fn predictions(bytes: &[u8]) -> bool {
    let Ok(predictions) = Predictions::parse(bytes) else { return false };
    let report = Scorer::from_names().score(&predictions).unwrap();
    assert!(report.scores.presence.correct <= report.scores.presence.total);
    assert!(report.outcomes.len() <= predictions.len());
    let mut json = Vec::new();
    predictions.write_json(&mut json).unwrap();
    let again = Predictions::parse(&json).unwrap();
    assert_eq!(Scorer::from_names().score(&again).unwrap().scores, report.scores);
    true
}

/// A table of probabilities: each row is a distribution, and comes back from the CSV that is written.
pub fn probabilities(bytes: &[u8]) -> bool {
    let Ok(table) = ProbabilityTable::parse(bytes) else { return false };
    assert_eq!(table.clips().len(), table.probabilities().len());
    for row in table.probabilities().iter() {
        assert!(row.iter().all(|value| value.is_finite()), "{row:?}");
    }
    let again = ProbabilityTable::parse(table.to_csv().as_bytes()).unwrap();
    assert_eq!(again.probabilities(), table.probabilities());
    true
}
