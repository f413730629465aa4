//! The header of a .npy array: magic bytes, version, and a Python dictionary in text.
//!
//! This is where a file can lie about everything, so the parser takes exactly what numpy writes (any order of
//! keys, either quote, any blanks, the long integers of Python 2) and refuses the rest. Libraries exist; they
//! allocate what a header claims before looking at the file, or read only the machine's own byte order and
//! layout.

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
pub(crate) enum ElementType {
    F16(ByteOrder),
    F32(ByteOrder),
    F64(ByteOrder),
    /// Whole numbers of 1, 2, 4 or 8 bytes.
    Integer {
        signed: bool,
        bytes: usize,
        order: ByteOrder,
    },
    /// 0 and 1.
    Bool,
    /// Text of at most so many code points of four bytes.
    Unicode(usize, ByteOrder),
    /// Text of at most so many bytes.
    Bytes(usize),
}

/// The types that hold features.
pub(crate) const NUMBERS: &str = "numbers (f2, f4, f8, i1 to i8, u1 to u8, b1)";
const READABLE: &str = "numbers (f2, f4, f8, i1 to i8, u1 to u8, b1) or text (U, S)";

impl ElementType {
    fn parse(descr: &str) -> Result<Self, NpyError> {
        let unknown = || NpyError::ElementType { found: descr.to_owned(), expected: READABLE };
        let (order, kind) = match descr.as_bytes() {
            [b'<', ..] => (ByteOrder::Little, &descr[1..]),
            [b'>', ..] => (ByteOrder::Big, &descr[1..]),
            [b'=' | b'|', ..] => (ByteOrder::NATIVE, &descr[1..]),
            _ => (ByteOrder::NATIVE, descr),
        };
        let count = |digits: &str| digits.parse::<usize>().map_err(|_| unknown());
        match kind {
            "f2" => Ok(Self::F16(order)),
            "f4" => Ok(Self::F32(order)),
            "f8" => Ok(Self::F64(order)),
            "b1" => Ok(Self::Bool),
            _ if kind.starts_with('O') => Err(NpyError::Pickled),
            _ => match (kind.strip_prefix('U'), kind.strip_prefix('S')) {
                (Some(length), _) => Ok(Self::Unicode(count(length)?, order)),
                (_, Some(length)) => Ok(Self::Bytes(count(length)?)),
                _ => match kind.as_bytes() {
                    [sign @ (b'i' | b'u'), size @ (b'1' | b'2' | b'4' | b'8')] => {
                        Ok(Self::Integer { signed: *sign == b'i', bytes: usize::from(size - b'0'), order })
                    }
                    _ => Err(unknown()),
                },
            },
        }
    }

    pub(crate) fn is_number(self) -> bool {
        !matches!(self, Self::Unicode(..) | Self::Bytes(_))
    }

    /// Whether f32 holds every value exactly because of its type, and the statistics are taken in f32.
    pub(crate) fn is_single(self) -> bool {
        matches!(self, Self::F16(_) | Self::F32(_))
    }

    /// Bytes an element takes; `None` when that overflows.
    fn size(self) -> Option<usize> {
        match self {
            Self::F16(_) => Some(2),
            Self::F32(_) => Some(4),
            Self::F64(_) => Some(8),
            Self::Integer { bytes, .. } => Some(bytes),
            Self::Bool => Some(1),
            Self::Unicode(length, _) => length.checked_mul(4),
            Self::Bytes(length) => Some(length),
        }
    }
}

/// As numpy writes the type, such as `<f4`.
impl std::fmt::Display for ElementType {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = |order: &ByteOrder| if *order == ByteOrder::Little { '<' } else { '>' };
        match self {
            Self::F16(order) => write!(formatter, "{}f2", sign(order)),
            Self::F32(order) => write!(formatter, "{}f4", sign(order)),
            Self::F64(order) => write!(formatter, "{}f8", sign(order)),
            Self::Integer { signed, bytes, order } => {
                let order = if *bytes == 1 { '|' } else { sign(order) };
                write!(formatter, "{order}{}{bytes}", if *signed { 'i' } else { 'u' })
            }
            Self::Bool => formatter.write_str("|b1"),
            Self::Unicode(length, order) => write!(formatter, "{}U{length}", sign(order)),
            Self::Bytes(length) => write!(formatter, "|S{length}"),
        }
    }
}

/// How the elements lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The last index runs fastest.
    C,
    /// The first index runs fastest.
    Fortran,
}

/// A checked header: its sizes do not overflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) element: ElementType,
    pub(crate) layout: Layout,
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
        let text = bytes
            .get(start..offset)
            .ok_or(NpyError::TruncatedHeader { expected: offset, found: bytes.len() })?;
        let Dictionary { descr, layout, shape } = Parser { text, at: 0 }.dictionary()?;
        let element = ElementType::parse(&descr)?;
        if shape.len() > DIMENSIONS {
            return Err(NpyError::TooManyDimensions { found: shape.len() });
        }
        let data_length = checked_length(&shape, element)
            .filter(|length| length.checked_add(offset).is_some())
            .ok_or_else(|| NpyError::SizeOverflow { shape: shape.clone() })?;
        Ok(Self { element, layout, shape, offset, data_length })
    }

    /// Reads the header of a file from its start, and refuses one that promises another length than the
    /// file's: before anybody reads the rest, which may be more than the memory holds.
    pub(crate) fn of_file(file: &InputFile) -> Result<Self, ClipProblem> {
        let read = |length| -> Result<_, ClipProblem> {
            let mut prefix = vec![0; length];
            let read = file.read_at(&mut prefix, 0)?;
            Ok(Self::parse(&prefix[..read]))
        };
        let header = match read(USUAL_PREFIX)? {
            Err(NpyError::TruncatedHeader { .. }) => read(MAX_PREFIX)?,
            parsed => parsed,
        }?;
        if header.file_length() as u64 == file.length() {
            return Ok(header);
        }
        let found = usize::try_from(file.length()).unwrap_or(usize::MAX).saturating_sub(header.offset);
        Err(header.other_length(found).into())
    }

    /// What is wrong with an array that has this many bytes of data instead of those that the header promises.
    pub(crate) fn other_length(&self, found: usize) -> NpyError {
        NpyError::DataLength { shape: self.shape.clone(), expected: self.data_length, found }
    }

    /// What is wrong with an array of another shape than a table's.
    pub(crate) fn not_a_table(&self) -> NpyError {
        NpyError::Shape { shape: self.shape.clone(), expected: "two dimensions, rows x features" }
    }

    /// Length of the whole file, header included.
    pub(crate) fn file_length(&self) -> usize {
        // Checked by `parse`, the only constructor.
        self.offset + self.data_length
    }

    /// Which axes are frames and dimensions, and which are layers if one is asked for.
    pub(crate) fn axes(&self, layer: Option<Layer>) -> Result<Axes, NpyError> {
        if !self.element.is_number() {
            return Err(NpyError::ElementType { found: self.element.to_string(), expected: NUMBERS });
        }
        Axes::of(&self.shape, layer)
    }
}

/// Bytes of data, where also every partial product (ignoring zeros) fits, so that strides and reshapes do
/// too.
fn checked_length(shape: &[usize], element: ElementType) -> Option<usize> {
    let unit = element.size()?.max(1);
    let span = shape.iter().filter(|length| **length != 0).try_fold(unit, |size, &n| size.checked_mul(n));
    let span = span.filter(|span| isize::try_from(*span).is_ok())?;
    let empty = shape.contains(&0) || element.size() == Some(0);
    Some(if empty { 0 } else { span })
}

/// Where the text of the header begins and ends.
fn text_range(bytes: &[u8]) -> Result<(usize, usize), NpyError> {
    if !bytes.starts_with(&MAGIC[..MAGIC.len().min(bytes.len())]) || bytes.is_empty() {
        return Err(NpyError::NotNpy);
    }
    let truncated = |expected| NpyError::TruncatedHeader { expected, found: bytes.len() };
    let [major, minor] = bytes
        .get(MAGIC.len()..LENGTH_OFFSET)
        .and_then(|two| two.try_into().ok())
        .ok_or_else(|| truncated(LENGTH_OFFSET))?;
    let width = match (major, minor) {
        (1, 0) => 2,
        (2 | 3, 0) => 4,
        _ => return Err(NpyError::Version { major, minor }),
    };
    let start = LENGTH_OFFSET + width;
    let field = bytes.get(LENGTH_OFFSET..start).ok_or_else(|| truncated(start))?;
    let length = field.iter().rev().fold(0_u32, |value, &byte| value << 8 | u32::from(byte));
    match usize::try_from(length) {
        Ok(length) if length <= NPY_HEADER_BYTES => Ok((start, start + length)),
        other => Err(NpyError::HeaderTooLong { found: other.unwrap_or(usize::MAX) }),
    }
}

struct Dictionary {
    descr: String,
    layout: Layout,
    shape: Vec<usize>,
}

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, byte by byte.
struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn dictionary(mut self) -> Result<Dictionary, NpyError> {
        let (mut descr, mut layout, mut shape) = (None, None, None);
        self.expect(b'{')?;
        while !self.accept(b'}') {
            let at = self.at;
            let key = self.string()?;
            self.expect(b':')?;
            let repeated = match key.as_str() {
                "descr" => descr.replace(self.descr()?).is_some(),
                "fortran_order" => layout.replace(self.layout()?).is_some(),
                "shape" => shape.replace(self.shape()?).is_some(),
                _ => return Err(NpyError::Header { at, problem: format!("unknown key {key:?}") }),
            };
            if repeated {
                return Err(NpyError::Header { at, problem: format!("key {key:?} appears twice") });
            }
            if !self.accept(b',') {
                self.expect(b'}')?;
                break;
            }
        }
        if self.peek().is_some() {
            return Err(self.fault("something follows the dictionary"));
        }
        match (descr, layout, shape) {
            (Some(descr), Some(layout), Some(shape)) => Ok(Dictionary { descr, layout, shape }),
            _ => Err(self.fault("descr, fortran_order and shape are needed")),
        }
    }

    fn descr(&mut self) -> Result<String, NpyError> {
        if self.peek() == Some(b'[') {
            let found = "a structure of several fields".to_owned();
            return Err(NpyError::ElementType { found, expected: READABLE });
        }
        self.string()
    }

    fn layout(&mut self) -> Result<Layout, NpyError> {
        self.peek();
        for (word, layout) in [("True", Layout::Fortran), ("False", Layout::C)] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(layout);
            }
        }
        Err(self.fault("fortran_order is True or False"))
    }

    fn shape(&mut self) -> Result<Vec<usize>, NpyError> {
        let mut shape = Vec::new();
        self.expect(b'(')?;
        while !self.accept(b')') {
            shape.push(self.integer()?);
            if !self.accept(b',') {
                if shape.len() == 1 {
                    return Err(self.fault("a tuple of one needs its comma"));
                }
                self.expect(b')')?;
                break;
            }
        }
        Ok(shape)
    }

    fn integer(&mut self) -> Result<usize, NpyError> {
        self.peek();
        let length = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = String::from_utf8_lossy(&self.text[self.at..self.at + length]);
        let value =
            digits.parse().map_err(|_| self.fault("a length that this machine can hold is expected"))?;
        self.at += length;
        // Python 2 wrote long integers with this suffix.
        if self.text.get(self.at) == Some(&b'L') {
            self.at += 1;
        }
        Ok(value)
    }

    /// A quoted text without escapes: numpy's keys and types need none.
    fn string(&mut self) -> Result<String, NpyError> {
        let quote = match self.peek() {
            Some(quote @ (b'\'' | b'"')) => quote,
            _ => return Err(self.fault("a quoted text is expected")),
        };
        let rest = &self.text[self.at + 1..];
        let length = rest.iter().position(|byte| *byte == quote);
        let length = length.ok_or_else(|| self.fault("the quote is never closed"))?;
        let text = std::str::from_utf8(&rest[..length]).ok().filter(|text| !text.contains('\\'));
        let text = text.ok_or_else(|| self.fault("the text is not plain"))?.to_owned();
        self.at += length + 2;
        Ok(text)
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), NpyError> {
        if self.accept(byte) {
            Ok(())
        } else {
            Err(self.fault(&format!("{:?} is expected", char::from(byte))))
        }
    }

    fn fault(&self, problem: &str) -> NpyError {
        NpyError::Header { at: self.at, problem: problem.to_owned() }
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
