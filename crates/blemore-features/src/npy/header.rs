//! The header of a .npy array: magic bytes, version, and a Python dictionary in text.
//!
//! This is where a file can lie about everything, so the parser takes exactly what numpy writes (any order of
//! keys, either quote, any blanks, the long integers of Python 2) and refuses the rest. Libraries exist; they
//! allocate what a header claims before looking at the file, or read only the machine's own byte order and
//! layout.

use std::fmt;

use blemore_base::InputFile;
use blemore_base::limits::{DIMENSIONS, NPY_HEADER_BYTES};

use super::axes::Axes;
use super::error::shown;
use super::{Layer, NpyError};
use crate::ClipProblem;

/// What every .npy file begins with.
const MAGIC: &[u8] = b"\x93NUMPY";
/// Where the length of the header stands, after the magic bytes and two bytes of version.
const LENGTH_OFFSET: usize = 8;
/// As many bytes from the start of a file as its header can take.
pub(crate) const MAX_PREFIX: usize = LENGTH_OFFSET + 4 + NPY_HEADER_BYTES;
/// Bytes in which nearly every header ends.
const USUAL_PREFIX: usize = 1024;

/// Order of the bytes within an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(crate) const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };
}

/// Type of the elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ElementType {
    /// `f`, `i`, `u` and `b` are numbers, `U` and `S` texts of code points and of bytes.
    pub(crate) kind: u8,
    /// Bytes of a number; the most code points or bytes of a text.
    pub(crate) length: usize,
    pub(crate) order: ByteOrder,
}

/// The types that hold features.
pub(crate) const NUMBERS: &str = "numbers (f2, f4, f8, i1 to i8, u1 to u8, b1)";
const READABLE: &str = "numbers (f2, f4, f8, i1 to i8, u1 to u8, b1) or text (U, S)";

impl ElementType {
    fn parse(descr: &str) -> Result<Self, NpyError> {
        let (order, rest) = match descr.as_bytes() {
            [b'<', rest @ ..] => (ByteOrder::Little, rest),
            [b'>', rest @ ..] => (ByteOrder::Big, rest),
            [b'=' | b'|', rest @ ..] => (ByteOrder::NATIVE, rest),
            rest => (ByteOrder::NATIVE, rest),
        };
        let (kind, digits) = rest.split_first().unwrap_or((&0, &[]));
        let length = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        match (kind, length) {
            (b'O', _) => Err(NpyError::Pickled),
            (b'f', Some(2 | 4 | 8))
            | (b'i' | b'u', Some(1 | 2 | 4 | 8))
            | (b'b', Some(1))
            | (b'U' | b'S', Some(_)) => Ok(Self { kind: *kind, length: length.unwrap_or(0), order }),
            _ => Err(NpyError::ElementType { found: descr.to_owned(), expected: READABLE }),
        }
    }

    pub(crate) fn float(length: usize) -> Self {
        Self { kind: b'f', length, order: ByteOrder::Little }
    }

    pub(crate) fn is_number(self) -> bool {
        !matches!(self.kind, b'U' | b'S')
    }

    /// Whether f32 holds every value exactly because of its type, and the statistics are taken in f32.
    pub(crate) fn is_single(self) -> bool {
        self.kind == b'f' && self.length < 8
    }

    /// Bytes that an element takes; `None` when that overflows.
    fn size(self) -> Option<usize> {
        if self.kind == b'U' { self.length.checked_mul(4) } else { Some(self.length) }
    }
}

/// As numpy writes the type, such as `<f4`.
impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.order {
            _ if self.kind == b'S' || (self.kind != b'U' && self.length == 1) => '|',
            ByteOrder::Little => '<',
            ByteOrder::Big => '>',
        };
        write!(f, "{sign}{}{}", char::from(self.kind), self.length)
    }
}

/// A checked header: its sizes do not overflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) element: ElementType,
    /// Whether the first index runs fastest, not the last.
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
    /// Where the data begin.
    pub(crate) offset: usize,
    /// Bytes of data that the header promises.
    pub(crate) data_length: usize,
}

impl Header {
    /// Reads the header from the first bytes of a file, of which [`MAX_PREFIX`] are always enough.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, NpyError> {
        let (start, offset) = text_range(bytes)?;
        let text = bytes.get(start..offset).ok_or_else(|| truncated(offset, bytes))?;
        let text = str::from_utf8(text).map_err(|_| NpyError::Header("the header is not text".to_owned()))?;
        let (element, fortran, shape) = Parser { text, rest: text }.dictionary()?;
        if shape.len() > DIMENSIONS {
            let found = shape.len();
            return Err(NpyError::Header(format!(
                "the shape has {found} dimensions; numpy allows {DIMENSIONS}"
            )));
        }
        let data_length = checked_length(&shape, element)
            .filter(|length| length.checked_add(offset).is_some())
            .ok_or_else(|| NpyError::shape(&shape, TOO_LARGE))?;
        Ok(Self { element, fortran, shape, offset, data_length })
    }

    /// Reads the header of a file from its start, and refuses one that promises another length than the
    /// file's: before anybody reads the rest, which may be more than the memory holds.
    pub(crate) fn of_file(file: &InputFile) -> Result<Self, ClipProblem> {
        let mut prefix = vec![0; USUAL_PREFIX];
        let mut read = file.read_at(&mut prefix, 0)?;
        if text_range(&prefix[..read])?.1 > read {
            prefix.resize(MAX_PREFIX, 0);
            read = file.read_at(&mut prefix, 0)?;
        }
        let header = Self::parse(&prefix[..read])?;
        if header.file_length() as u64 == file.length() {
            return Ok(header);
        }
        let found = usize::try_from(file.length()).unwrap_or(usize::MAX).saturating_sub(header.offset);
        Err(header.other_length(found).into())
    }

    /// What is wrong with an array that has this many bytes of data instead of those that the header promises.
    pub(crate) fn other_length(&self, found: usize) -> NpyError {
        let problem = format!(
            "needs {} bytes of data, {found} are there: the file is cut short, damaged or holds something else as \
             well; write it again",
            self.data_length
        );
        NpyError::shape(&self.shape, problem)
    }

    /// What is wrong with an array of another shape than a table's.
    pub(crate) fn not_a_table(&self) -> NpyError {
        NpyError::shape(&self.shape, "does not fit: save two dimensions, rows x features")
    }

    /// Length of the whole file, header included.
    pub(crate) fn file_length(&self) -> usize {
        // Checked by `parse`, the only constructor.
        self.offset + self.data_length
    }

    /// Refuses what is no number.
    pub(crate) fn require_numbers(&self) -> Result<(), NpyError> {
        match self.element.is_number() {
            true => Ok(()),
            false => Err(NpyError::ElementType { found: self.element.to_string(), expected: NUMBERS }),
        }
    }

    /// Which axes are frames and dimensions, and which are layers if one is asked for.
    pub(crate) fn axes(&self, layer: Option<Layer>) -> Result<Axes, NpyError> {
        self.require_numbers()?;
        Axes::of(&self.shape, layer)
    }
}

pub(super) const TOO_LARGE: &str = "is too large for this machine: its size in bytes overflows";

/// Bytes of data, where also every partial product (ignoring zeros) fits, so that strides and reshapes do
/// too.
fn checked_length(shape: &[usize], element: ElementType) -> Option<usize> {
    let unit = element.size()?.max(1);
    let span = shape.iter().filter(|length| **length != 0).try_fold(unit, |size, &n| size.checked_mul(n));
    let span = span.filter(|span| isize::try_from(*span).is_ok())?;
    let empty = shape.contains(&0) || element.size() == Some(0);
    Some(if empty { 0 } else { span })
}

fn truncated(expected: usize, bytes: &[u8]) -> NpyError {
    let found = bytes.len();
    NpyError::Header(format!(
        "the file ends inside its header: {expected} bytes were expected, {found} are there; copy it again"
    ))
}

/// Where the text of the header begins and ends.
fn text_range(bytes: &[u8]) -> Result<(usize, usize), NpyError> {
    let wrong = |problem: String| Err(NpyError::Header(problem));
    if !bytes.starts_with(&MAGIC[..MAGIC.len().min(bytes.len())]) || bytes.is_empty() {
        return wrong(
            "this is not a .npy array (it does not begin with \\x93NUMPY): save it with numpy.save"
                .to_owned(),
        );
    }
    let version = bytes.get(MAGIC.len()..LENGTH_OFFSET).ok_or_else(|| truncated(LENGTH_OFFSET, bytes))?;
    let width = match version {
        [1, 0] => 2,
        [2 | 3, 0] => 4,
        _ => {
            return wrong(format!(
                "version {version:?} of the .npy format is unknown: 1.0, 2.0 and 3.0 are read"
            ));
        }
    };
    let start = LENGTH_OFFSET + width;
    let field = bytes.get(LENGTH_OFFSET..start).ok_or_else(|| truncated(start, bytes))?;
    match field.iter().rev().fold(0, |value, &byte| value << 8 | usize::from(byte)) {
        length if length <= NPY_HEADER_BYTES => Ok((start, start + length)),
        length => {
            wrong(format!("the header claims {length} bytes; more than {NPY_HEADER_BYTES} are refused"))
        }
    }
}

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn dictionary(mut self) -> Result<(ElementType, bool, Vec<usize>), NpyError> {
        let (mut element, mut fortran, mut shape) = (None, None, None);
        self.expect("{")?;
        while !self.accept("}") {
            let key = self.string()?;
            self.expect(":")?;
            let is_wrong = match key {
                "descr" => element.replace(self.element()?).is_some(),
                "fortran_order" => fortran.replace(self.boolean()?).is_some(),
                "shape" => shape.replace(self.shape()?).is_some(),
                _ => true,
            };
            if is_wrong {
                return Err(self.fault(&format!("key {key:?} is unknown or appears twice")));
            }
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        match (element, fortran, shape) {
            _ if !self.rest.trim_start().is_empty() => Err(self.fault("something follows the dictionary")),
            (Some(element), Some(fortran), Some(shape)) => Ok((element, fortran, shape)),
            _ => Err(self.fault("descr, fortran_order and shape are needed")),
        }
    }

    fn element(&mut self) -> Result<ElementType, NpyError> {
        if self.accept("[") {
            let found = "a structure of several fields".to_owned();
            return Err(NpyError::ElementType { found, expected: READABLE });
        }
        ElementType::parse(self.string()?)
    }

    fn boolean(&mut self) -> Result<bool, NpyError> {
        let is_true = self.accept("True");
        if is_true || self.accept("False") {
            Ok(is_true)
        } else {
            Err(self.fault("True or False is expected"))
        }
    }

    fn shape(&mut self) -> Result<Vec<usize>, NpyError> {
        let mut shape = Vec::new();
        self.expect("(")?;
        while !self.accept(")") {
            let rest = self.rest.trim_start();
            let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            let length = rest[..end]
                .parse()
                .map_err(|_| self.fault("a length that this machine can hold is expected"))?;
            shape.push(length);
            // Python 2 wrote long integers with this suffix.
            self.rest = rest[end..].strip_prefix('L').unwrap_or(&rest[end..]);
            if !self.accept(",") {
                if shape.len() == 1 {
                    return Err(self.fault("a tuple of one needs its comma"));
                }
                self.expect(")")?;
                break;
            }
        }
        Ok(shape)
    }

    /// A quoted text without escapes: numpy's keys and types need none.
    fn string(&mut self) -> Result<&'a str, NpyError> {
        let rest = self.rest.trim_start();
        let quote = rest.chars().next().filter(|quote| ['\'', '"'].contains(quote));
        let text =
            quote.and_then(|quote| rest[1..].split_once(quote)).filter(|(text, _)| !text.contains('\\'));
        let (text, rest) = text.ok_or_else(|| self.fault("a plain text in quotes is expected"))?;
        self.rest = rest;
        Ok(text)
    }

    fn accept(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, word: &str) -> Result<(), NpyError> {
        if self.accept(word) { Ok(()) } else { Err(self.fault(&format!("{word:?} is expected"))) }
    }

    fn fault(&self, problem: &str) -> NpyError {
        let at = self.text.len() - self.rest.len();
        NpyError::Header(format!("the header is not what numpy writes, at its byte {at}: {problem}"))
    }
}

/// The header of a (rows x columns) or (rows) array in C order, as numpy writes it: data begin at a multiple
/// of 64.
pub(crate) fn write(element: ElementType, shape: &[usize]) -> Vec<u8> {
    const ALIGNMENT: usize = 64;
    let shape = shown(shape);
    let mut text = format!("{{'descr': '{element}', 'fortran_order': False, 'shape': {shape}, }}");
    let start = LENGTH_OFFSET + 2;
    let total = (start + text.len() + 1).next_multiple_of(ALIGNMENT);
    text.push_str(&" ".repeat(total - start - text.len() - 1));
    text.push('\n');
    // At most 64 lengths of 20 digits: far below 65,535.
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    [MAGIC, &[1, 0], &length.to_le_bytes(), text.as_bytes()].concat()
}
