//! CSV as text: every cell as it was written, with the line that its row begins on.

use csv::{ByteRecord, ReaderBuilder};
use polars::prelude::{DataFrame, IntoColumn, IntoSeries, NewChunkedArray, PolarsError, StringChunked};

use super::columns::Column;
use super::row::{RowFault, RowProblem};

/// The mark that some programs put before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// What separates cells: a comma, or what spreadsheets write where the comma is the decimal sign.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// A frame and where its rows come from.
pub(super) struct TextTable {
    pub(super) frame: DataFrame,
    /// The line of each row; the header is line 1.
    pub(super) lines: Vec<usize>,
    /// Rows that are in the frame in part or not at all.
    pub(super) faults: Vec<RowFault>,
}

impl TextTable {
    /// A frame that came from elsewhere: rows are counted as if a header stood above them.
    pub(super) fn of_frame(frame: DataFrame) -> Self {
        let lines = (2..).take(frame.height()).collect();
        TextTable { frame, lines, faults: Vec::new() }
    }

    /// Parses CSV: UTF-8, lines ended in any way, cells separated by commas, semicolons or tabs; blank lines and rows
    /// without a filled cell are left out.
    ///
    /// # Errors
    /// Text without a header line gives a frame without columns. What is wrong with single rows is in `faults`.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PolarsError> {
        let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        let header_start = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let mut position = LineCounter::new(text);
        position.advance(header_start);
        let text = &text[header_start..];
        let mut reader = ReaderBuilder::new().flexible(true).delimiter(separator(text)).from_reader(text);
        let header = reader.byte_headers().cloned().unwrap_or_default();
        let names = column_names(&header);
        let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
        let (mut lines, mut faults) = (Vec::new(), Vec::new());
        let mut record = ByteRecord::new();
        // Reading from memory with any number of fields and bytes instead of text cannot fail.
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let start = record.position().and_then(|position| usize::try_from(position.byte()).ok());
            let line = position.advance(header_start + start.unwrap_or(0));
            let clip = record.get(0).map(String::from_utf8_lossy).unwrap_or_default().trim().to_owned();
            let mut fault = |problem| faults.push(RowFault { row: line, clip: clip.clone(), problem });
            let Ok(cells) = record.iter().map(str::from_utf8).collect::<Result<Vec<_>, _>>() else {
                fault(RowProblem::NotUtf8);
                continue;
            };
            if cells.iter().skip(names.len()).any(|cell| !cell.trim().is_empty()) {
                fault(RowProblem::TooManyCells { found: cells.len(), expected: names.len() });
                continue;
            }
            lines.push(line);
            for (position, column) in columns.iter_mut().enumerate() {
                column
                    .push(cells.get(position).filter(|cell| !cell.is_empty()).map(|cell| (*cell).to_owned()));
            }
        }
        let columns = names.iter().zip(columns).map(|(name, cells)| {
            StringChunked::from_slice_options(name.as_str().into(), &cells).into_series().into_column()
        });
        Ok(TextTable { frame: DataFrame::new(lines.len(), columns.collect())?, lines, faults })
    }
}

/// The line of any byte, for bytes in ascending order.
struct LineCounter<'a> {
    text: &'a [u8],
    byte: usize,
    line: usize,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a [u8]) -> Self {
        LineCounter { text, byte: 0, line: 1 }
    }

    /// The line of the first byte from `start` on that ends no line: csv has a row begin at the blank lines before it.
    fn advance(&mut self, start: usize) -> usize {
        while let Some(byte) = self.text.get(self.byte) {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => self.text.get(self.byte + 1) != Some(&b'\n'),
                _ if self.byte >= start => break,
                _ => false,
            };
            self.line += usize::from(ends_line);
            self.byte += 1;
        }
        self.line
    }
}

/// The separator with which one of the header's cells is that of the clip names, else a comma.
fn separator(text: &[u8]) -> u8 {
    let end = text.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(text.len());
    let is_filename = |cell: &[u8]| {
        let cell = cell.trim_ascii();
        let unquoted = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\""));
        unquoted.unwrap_or(cell) == Column::Filename.name().as_bytes()
    };
    let separates = |separator: &u8| text[..end].split(|byte| byte == separator).any(is_filename);
    SEPARATORS.into_iter().find(separates).unwrap_or(SEPARATORS[0])
}

/// Each name once: of columns with the same name the second is `name_duplicated_0`, as polars has it.
fn column_names(header: &ByteRecord) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for cell in header {
        let name = String::from_utf8_lossy(cell).trim().to_owned();
        let duplicates = (0..).map(|number| format!("{name}_duplicated_{number}"));
        let free = std::iter::once(name.clone()).chain(duplicates).find(|name| !names.contains(name));
        names.push(free.unwrap_or(name));
    }
    names
}
