//! A table of text: a header and rows of cells.

use std::cell::Cell;

use csv::{Reader, ReaderBuilder, StringRecord, Trim};

use crate::number;
use crate::text::LineCounter;

/// What separates cells: a comma, or what spreadsheets write where the comma is the decimal sign.
const SEPARATORS: [char; 3] = [',', ';', '\t'];
/// The line with which a spreadsheet says what separates cells starts like this.
const SEPARATOR_LINE: &str = "sep=";

/// A table of text as programs and spreadsheets write it, read row by row.
///
/// Lines may end in any way. Cells stand between commas, semicolons or tabs, with or without quotes; blanks around them
/// are left out. A `sep=;` line may stand above the header. Blank lines and rows without a filled cell are left out.
///
/// ```
/// use blemore_base::{TextTable, text};
///
/// let text = text::decode(b"sep=;\r\nfilename;ang\r\n\r\nA1;0,5\r\n")?;
/// let mut table = TextTable::new(&text, &["filename"]);
/// assert_eq!(table.header(), ["filename", "ang"]);
/// let row = table.next_row().ok_or("a row")?;
/// assert_eq!((row.line(), row.cell(0), row.number(1)), (4, "A1", Some(0.5)));
/// assert!(table.next_row().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TextTable<'text> {
    text: &'text str,
    /// Where the header starts.
    start: usize,
    header: Vec<String>,
    header_line: u64,
    reader: Reader<&'text [u8]>,
    record: StringRecord,
    lines: LineCounter,
    /// The decimal sign of the numbers read so far.
    sign: Cell<Option<char>>,
}

impl<'text> TextTable<'text> {
    /// Reads the header. Of several possible separators, the one is taken with which one of the header's cells is in
    /// `columns`, else the one that is there most often.
    pub fn new(text: &'text str, columns: &[&str]) -> Self {
        let mut lines = LineCounter::default();
        let mut start = skip_blank_lines(text, 0);
        let named = separator_line(&text[start..]);
        if let Some((_, length)) = named {
            start = skip_blank_lines(text, start + length);
        }
        let header_line = lines.advance(text.as_bytes(), start);
        let rest = &text[start..];
        let separator = named
            .map_or_else(|| separator_of(rest.lines().next().unwrap_or_default(), columns), |(sign, _)| sign);
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .trim(Trim::All)
            .delimiter(u8::try_from(separator).unwrap_or(b','))
            .from_reader(rest.as_bytes());
        // Valid text in memory, with any number of cells in a row, can always be read.
        let header =
            reader.headers().map(|header| header.iter().map(str::to_owned).collect()).unwrap_or_default();
        let (record, sign) = (StringRecord::new(), Cell::new(None));
        Self { text, start, header, header_line, reader, record, lines, sign }
    }

    /// The names of the columns, without blanks around them; none where the text has no filled line.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The line of the header as an editor shows it, from 1.
    pub fn header_line(&self) -> u64 {
        self.header_line
    }

    /// The columns with this name, from 0.
    pub fn columns(&self, name: &str) -> impl Iterator<Item = usize> {
        self.header.iter().enumerate().filter(move |(_, cell)| *cell == name).map(|(column, _)| column)
    }

    /// The next row that has a filled cell.
    pub fn next_row(&mut self) -> Option<Row<'_>> {
        self.record.clear();
        while self.record.iter().all(str::is_empty) {
            if !self.reader.read_record(&mut self.record).unwrap_or(false) {
                return None;
            }
        }
        let offset = self.record.position().and_then(|position| usize::try_from(position.byte()).ok());
        let line = self.lines.advance(self.text.as_bytes(), self.start + offset.unwrap_or(0));
        Some(Row { line, record: &self.record, sign: &self.sign })
    }
}

/// A row of a [`TextTable`].
#[derive(Debug, Clone, Copy)]
pub struct Row<'table> {
    line: u64,
    record: &'table StringRecord,
    sign: &'table Cell<Option<char>>,
}

impl<'table> Row<'table> {
    /// The line on which the row begins, as an editor shows it, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The number of cells.
    #[expect(clippy::len_without_is_empty, reason = "a row has a filled cell")]
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// A cell, counted from 0, without blanks around it; empty where the row is shorter.
    pub fn cell(&self, column: usize) -> &'table str {
        self.record.get(column).unwrap_or_default()
    }

    /// The cells.
    pub fn cells(&self) -> impl Iterator<Item = &'table str> {
        self.record.iter()
    }

    /// The number in a cell; NaN for a missing value. The decimal sign may be a comma.
    ///
    /// `None` where there is no number, and where the number has another decimal sign than an earlier one of
    /// the table: one of the two would be a sign of thousands, and be read a thousand times too small.
    pub fn number(&self, column: usize) -> Option<f64> {
        let (value, sign) = number::with_sign(self.cell(column))?;
        let of_table = self.sign.get().or(sign);
        self.sign.set(of_table);
        (sign.is_none() || sign == of_table).then_some(value)
    }
}

/// The first place from `start` on that is not on a blank line.
fn skip_blank_lines(text: &str, start: usize) -> usize {
    let blank = text[start..].bytes().take_while(u8::is_ascii_whitespace).count();
    // Blanks and tabs before the header's first cell belong to its line: with tabs between cells, they are empty cells.
    let line = text[start..start + blank].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    start + line
}

/// The separator of a line such as `sep=;`, and the length of the line.
fn separator_line(text: &str) -> Option<(char, usize)> {
    let line = text.split(['\n', '\r']).next()?;
    let unquoted = line.trim_matches(['"', ' ']);
    let start = unquoted.get(..SEPARATOR_LINE.len())?;
    let mut rest = unquoted[SEPARATOR_LINE.len()..].chars();
    let sign = rest.next().filter(|sign| start.eq_ignore_ascii_case(SEPARATOR_LINE) && sign.is_ascii())?;
    // A spreadsheet that saves the line again fills it up with separators.
    rest.all(|other| other == sign).then_some((sign, line.len()))
}

fn separator_of(header: &str, columns: &[&str]) -> char {
    let names_one = |separator: &char| {
        let names = header.split(*separator).map(|cell| cell.trim().trim_matches('"').trim());
        names.into_iter().any(|name| columns.contains(&name))
    };
    let known = SEPARATORS.into_iter().find(names_one).filter(|_| header.contains(SEPARATORS));
    let count = |separator: &char| header.matches(*separator).count();
    known.or_else(|| SEPARATORS.into_iter().rev().max_by_key(count)).unwrap_or(',')
}
