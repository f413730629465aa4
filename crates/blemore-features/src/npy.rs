//! Arrays as numpy writes them: one .npy file, or one member of an .npz archive.

mod error;
pub(crate) mod header;

use std::borrow::Cow;

use half::f16;
use half::slice::HalfFloatSliceExt;
use ndarray::{Array, Array2, ArrayView, ArrayView2, CowArray, Ix2, IxDyn, ShapeBuilder};

pub use error::NpyError;
pub(crate) use header::{ByteOrder, ElementType, Header};
use header::{FLOATS, Layout};

/// An array whose header has been checked against the bytes there are.
pub(crate) struct NpyArray<'a> {
    header: Header,
    data: &'a [u8],
}

/// Values of a table, in the precision in which they are stored (f2 widens to f4, exactly).
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Floats {
    F32(Array2<f32>),
    F64(Array2<f64>),
}

impl<'a> NpyArray<'a> {
    /// An array that takes all of `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, NpyError> {
        let header = Header::parse(bytes)?;
        let data = bytes.get(header.offset..).unwrap_or_default();
        if data.len() != header.data_length {
            let Header { shape, data_length: expected, .. } = header;
            return Err(NpyError::DataLength { shape, expected, found: data.len() });
        }
        Ok(Self { header, data })
    }

    /// The (T, D) frames of a clip; borrowed when the bytes are in this machine's own order and aligned.
    pub(crate) fn frames(&self) -> Result<CowArray<'a, f32, Ix2>, NpyError> {
        self.header.frames()?;
        match self.header.element {
            ElementType::F16(order) => self.arrange(Cow::Owned(decode_f16(self.data, order))),
            ElementType::F32(order) => self.arrange(decode_f32(self.data, order)),
            // Features are f32 from here on, as the models take them (and the published code makes them).
            ElementType::F64(order) => {
                #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is what is asked for")]
                let narrow = |bytes| f64_from(bytes, order) as f32;
                self.arrange(Cow::Owned(decode(self.data, narrow)))
            }
            other => Err(NpyError::ElementType { found: other.to_string(), expected: FLOATS }),
        }
    }

    /// The (N, D) values of a table.
    pub(crate) fn floats(&self) -> Result<Floats, NpyError> {
        if self.header.shape.len() != 2 {
            let shape = self.header.shape.clone();
            return Err(NpyError::Shape { shape, expected: "two dimensions, clips x features" });
        }
        let double = matches!(self.header.element, ElementType::F64(_));
        // A table of no clips is a table; a clip of no frames is none.
        if let [0, columns] = self.header.shape[..]
            && columns > 0
            && self.header.element.is_float()
        {
            let shape = (0, columns);
            return Ok(if double {
                Floats::F64(Array2::zeros(shape))
            } else {
                Floats::F32(Array2::zeros(shape))
            });
        }
        self.header.frames()?;
        if let ElementType::F64(order) = self.header.element {
            let values = decode(self.data, |bytes| f64_from(bytes, order));
            return Ok(Floats::F64(standard_layout(self.arrange(Cow::Owned(values))?)));
        }
        Ok(Floats::F32(standard_layout(self.frames()?)))
    }

    /// The texts of a one-dimensional array.
    pub(crate) fn texts(&self) -> Result<Vec<String>, NpyError> {
        let [count] = self.header.shape[..] else {
            let shape = self.header.shape.clone();
            return Err(NpyError::Shape { shape, expected: "one dimension, a name a clip" });
        };
        let element = self.header.element;
        let text = |bytes: &[u8]| match element {
            ElementType::Unicode(_, order) => unicode(bytes, order),
            _ => String::from_utf8(bytes.to_vec()).ok(),
        };
        if element.is_float() {
            return Err(NpyError::ElementType { found: element.to_string(), expected: "text (U or S)" });
        }
        let size = self.data.len().checked_div(count).unwrap_or(0);
        if size == 0 && count > 0 {
            return Err(NpyError::Empty { shape: self.header.shape.clone() });
        }
        (0..count)
            .map(|entry| {
                let bytes = &self.data[entry * size..(entry + 1) * size];
                let text = text(bytes).ok_or(NpyError::Text { entry })?;
                Ok(text.trim_end_matches('\0').to_owned())
            })
            .collect()
    }

    /// Brings values from the order in the file into (T, D).
    fn arrange<'v, T: Clone>(&self, values: Cow<'v, [T]>) -> Result<CowArray<'v, T, Ix2>, NpyError> {
        let overflow = |_| NpyError::SizeOverflow { shape: self.header.shape.clone() };
        let (frames, dimensions) = self.header.frames()?;
        let fortran = self.header.layout == Layout::Fortran && self.header.shape.len() > 1;
        if fortran && self.header.shape.len() > 2 {
            let shape = IxDyn(&self.header.shape).f();
            let view = ArrayView::from_shape(shape, &values).map_err(overflow)?;
            let rows = view.as_standard_layout().into_owned();
            let rows = rows.into_shape_with_order((frames, dimensions)).map_err(overflow)?;
            return Ok(rows.into());
        }
        let shape = (frames, dimensions).set_f(fortran);
        match values {
            Cow::Borrowed(values) => ArrayView2::from_shape(shape, values).map(Into::into),
            Cow::Owned(values) => Array::from_shape_vec(shape, values).map(Into::into),
        }
        .map_err(overflow)
    }
}

/// The same values with the last index running fastest; moved, not copied, where they lie so already.
pub(crate) fn standard_layout<T: Clone>(values: CowArray<'_, T, Ix2>) -> Array2<T> {
    if values.is_standard_layout() { values.into_owned() } else { values.as_standard_layout().into_owned() }
}

fn decode<const N: usize, T>(data: &[u8], element: impl Fn([u8; N]) -> T) -> Vec<T> {
    data.as_chunks().0.iter().map(|bytes| element(*bytes)).collect()
}

fn f64_from(bytes: [u8; 8], order: ByteOrder) -> f64 {
    match order {
        ByteOrder::Little => f64::from_le_bytes(bytes),
        ByteOrder::Big => f64::from_be_bytes(bytes),
    }
}

fn decode_f32(data: &[u8], order: ByteOrder) -> Cow<'_, [f32]> {
    if order == ByteOrder::NATIVE
        && let Ok(values) = bytemuck::try_cast_slice(data)
    {
        return Cow::Borrowed(values);
    }
    Cow::Owned(match order {
        ByteOrder::Little => decode(data, f32::from_le_bytes),
        ByteOrder::Big => decode(data, f32::from_be_bytes),
    })
}

fn decode_f16(data: &[u8], order: ByteOrder) -> Vec<f32> {
    let halves = match order {
        ByteOrder::Little => decode(data, f16::from_le_bytes),
        ByteOrder::Big => decode(data, f16::from_be_bytes),
    };
    halves.to_f32_vec()
}

/// Text of four-byte code points; `None` where one of them does not exist.
fn unicode(bytes: &[u8], order: ByteOrder) -> Option<String> {
    let points = bytes.as_chunks().0.iter().map(|bytes| match order {
        ByteOrder::Little => u32::from_le_bytes(*bytes),
        ByteOrder::Big => u32::from_be_bytes(*bytes),
    });
    points.map(char::from_u32).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Everything that can be done with bytes that call themselves an array; none of it may panic, hang or
    /// ask for more memory than a small multiple of the bytes.
    fn use_it(bytes: &[u8]) -> usize {
        let Ok(array) = NpyArray::parse(bytes) else { return 0 };
        let frames = array.frames().map_or(0, |frames| frames.len());
        let floats = array.floats().map_or(0, |floats| floats.dim().0 * floats.dim().1);
        let texts = array.texts().map_or(0, |texts| texts.len());
        frames.max(floats).max(texts)
    }

    fn file(version: u8, text: &str, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(text.len()).unwrap().to_le_bytes();
        let length = if version == 1 { length.to_vec() } else { [length, [0; 2]].concat() };
        [b"\x93NUMPY".as_slice(), &[version, 0], &length, text.as_bytes(), data].concat()
    }

    fn any_shape() -> impl Strategy<Value = Vec<u64>> {
        let length = prop_oneof![0_u64..6, Just(1 << 31), Just(1 << 60), Just(u64::MAX), any::<u64>()];
        prop::collection::vec(length, 0..5)
    }

    const DESCRS: [&str; 12] = [
        "<f4",
        ">f4",
        "<f8",
        ">f2",
        "=f2",
        "|S5",
        "<U3",
        ">U0",
        "|S0",
        "|O",
        "<i4",
        "<U18446744073709551615",
    ];

    proptest! {
        #[test]
        fn headers_of_any_claim_are_survived(
            version in 0_u8..5,
            descr in prop::sample::select(&DESCRS[..]),
            fortran in any::<bool>(),
            shape in any_shape(),
            data in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let lengths: Vec<String> = shape.iter().map(|length| format!("{length},")).collect();
            let fortran = if fortran { "True" } else { "False" };
            let shape = lengths.join(" ");
            let text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape})}}");
            prop_assert!(use_it(&file(version, &text, &data)) <= data.len());
        }

        #[test]
        fn changed_files_are_survived(
            changes in prop::collection::vec((0_usize..150, any::<u8>()), 1..8),
            length in 0_usize..160,
        ) {
            let mut bytes = header::write(ElementType::F32(ByteOrder::Little), &[3, 2]);
            bytes.extend([1; 24]);
            for (place, value) in changes {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = value;
                }
            }
            bytes.truncate(length);
            prop_assert!(use_it(&bytes) <= bytes.len());
        }

        #[test]
        fn texts_of_any_bytes_are_survived(data in prop::collection::vec(any::<u8>(), 24), text in "\\PC*") {
            let header = "{'descr': '<U3', 'fortran_order': False, 'shape': (2,)}";
            use_it(&file(1, header, &data));
            use_it(&file(1, &text.chars().take(500).filter(char::is_ascii).collect::<String>(), &data));
        }
    }
}
