//! From the bytes of a file to text.

use std::borrow::Cow;
use std::fmt;

/// What a file is that was to be text. The sentence says how to get text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotText {
    /// A file of another kind, known by its first bytes.
    #[error("the file is {kind}, not text: {fix}")]
    OtherFormat {
        /// What it is, with its article.
        kind: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// Bytes that are no UTF-8.
    #[error("line {line} is not UTF-8 text: save the file as UTF-8")]
    Encoding {
        /// The first such line, from 1.
        line: u64,
    },
}

const SAVE_AS_CSV: &str = "save the sheet as CSV (UTF-8)";
const UNPACK: &str = "unpack it first";
const GIVE_CSV: &str = "give a CSV file";

/// The first bytes of files that people give where text is expected.
const FORMATS: [(&[u8], &str, &str); 9] = [
    (b"\xd0\xcf\x11\xe0", "an Excel spreadsheet (.xls)", SAVE_AS_CSV),
    (b"PAR1", "a parquet table", GIVE_CSV),
    (b"ARROW1", "an Arrow IPC table", GIVE_CSV),
    (b"\x1f\x8b", "a gzip archive", UNPACK),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ", "an xz archive", UNPACK),
    (b"\x93NUMPY", "a numpy array (.npy)", GIVE_CSV),
    (b"%PDF", "a PDF document", GIVE_CSV),
    (b"\x89HDF", "an HDF5 file", GIVE_CSV),
];

/// The text in these bytes: UTF-8, or UTF-16 in either byte order, with or without a byte-order mark.
///
/// # Errors
/// [`NotText`]: a spreadsheet, an archive or another binary file, or text in another encoding.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    if let Some(other) = other_format(bytes) {
        return Err(other);
    }
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn other_format(bytes: &[u8]) -> Option<NotText> {
    if bytes.starts_with(b"PK\x03\x04") {
        let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        let (kind, fix) = if has(b"xl/") {
            ("an Excel spreadsheet (.xlsx)", SAVE_AS_CSV)
        } else if has(b"opendocument.spreadsheet") {
            ("an OpenDocument spreadsheet (.ods)", SAVE_AS_CSV)
        } else {
            ("a zip archive", UNPACK)
        };
        return Some(NotText::OtherFormat { kind, fix });
    }
    let known = FORMATS.iter().find(|(start, ..)| bytes.starts_with(start));
    known.map(|(_, kind, fix)| NotText::OtherFormat { kind, fix })
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Err(binary()),
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) if bytes.contains(&0) => Err(binary()),
        Err(error) => {
            let line = LineCounter::default().advance(bytes, error.valid_up_to());
            Err(NotText::Encoding { line })
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, NotText> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(binary());
    }
    let text: Result<String, _> = char::decode_utf16(pairs.iter().copied().map(unit)).collect();
    text.ok().filter(|text| !text.contains('\0')).map(Cow::Owned).ok_or_else(binary)
}

fn binary() -> NotText {
    NotText::OtherFormat { kind: "a binary file", fix: GIVE_CSV }
}

/// The line of any byte, for bytes in ascending order. `\n`, `\r\n` and `\r` each end one line, as in an editor.
#[derive(Debug, Default)]
pub(crate) struct LineCounter {
    byte: usize,
    ended: u64,
}

impl LineCounter {
    /// The line, from 1, of the first byte from `start` on that ends no line: a row of csv begins at the blank lines
    /// before it.
    pub(crate) fn advance(&mut self, text: &[u8], start: usize) -> u64 {
        while let Some(byte) = text.get(self.byte) {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => text.get(self.byte + 1) != Some(&b'\n'),
                _ if self.byte >= start => break,
                _ => false,
            };
            self.ended += u64::from(ends_line);
            self.byte += 1;
        }
        self.ended + 1
    }
}

/// Text from a file for a message: one line, without control characters, cut where it is long.
#[derive(Debug, Clone, Copy)]
pub struct Excerpt<'a>(pub &'a str);

/// The most characters of a text that a message shows.
const SHOWN: usize = 60;

impl Excerpt<'_> {
    /// The excerpt without quotation marks.
    pub fn bare(self) -> String {
        let dots = if self.0.chars().nth(SHOWN).is_some() { "..." } else { "" };
        let letters = self.0.chars().take(SHOWN).chain(dots.chars());
        letters.map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.bare())
    }
}
