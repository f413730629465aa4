//! Arrays as numpy writes them: one .npy file, or one member of an .npz archive.

mod axes;
mod error;
pub(crate) mod header;
pub(crate) mod write;

use std::borrow::Cow;

use bytemuck::AnyBitPattern;
use half::f16;
use half::slice::HalfFloatSliceExt;
use ndarray::{Array2, Array3, ArrayView3, Axis, CowArray, Ix2, Ix3, ShapeBuilder};

pub(crate) use axes::Axes;
pub use axes::Layer;
pub use error::NpyError;
pub(crate) use error::shown;
use header::Layout;
pub(crate) use header::{ByteOrder, ElementType, Header};

/// An array whose header has been checked against the bytes there are.
pub(crate) struct NpyArray<'a> {
    header: Header,
    data: &'a [u8],
}

/// A matrix of numbers. What f32 may not hold exactly (f8, whole numbers) is f64, as numpy has it; f2 widens to
/// f32, exactly.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Floats<'a> {
    F32(CowArray<'a, f32, Ix2>),
    F64(CowArray<'a, f64, Ix2>),
}

/// A number of frames.
pub(crate) trait Value: Copy + Into<f64> {
    /// The nearest one.
    fn nearest(value: f64) -> Self;
}

impl Value for f32 {
    fn nearest(value: f64) -> Self {
        narrow(value)
    }
}

impl Value for f64 {
    fn nearest(value: f64) -> Self {
        value
    }
}

/// The f32 nearest to an f64.
#[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is what is asked for")]
pub(crate) fn narrow(value: f64) -> f32 {
    value as f32
}

impl<'a> NpyArray<'a> {
    /// An array that takes all of `bytes`, which begin with this header.
    pub(crate) fn new(header: Header, bytes: &'a [u8]) -> Result<Self, NpyError> {
        let data = bytes.get(header.offset..).unwrap_or_default();
        if data.len() == header.data_length {
            Ok(Self { header, data })
        } else {
            Err(header.other_length(data.len()))
        }
    }

    /// Axes and (T, D) frames of a clip, of one layer if it is asked for. Values are borrowed when the bytes are
    /// in this machine's own order and aligned.
    pub(crate) fn frames(&self, layer: Option<Layer>) -> Result<(Axes, Floats<'a>), NpyError> {
        let axes = self.header.axes(layer)?;
        let frames = match self.header.element {
            ElementType::F16(order) => {
                self.arrange(Cow::Owned(decode_f16(self.data, order)), &axes, layer).map(Floats::F32)
            }
            ElementType::F32(order) => {
                self.arrange(decode_f32(self.data, order), &axes, layer).map(Floats::F32)
            }
            _ => self.arrange(self.doubles(), &axes, layer).map(Floats::F64),
        };
        Ok((axes, frames?))
    }

    /// The (R, D) values of a table.
    pub(crate) fn table_values(&self) -> Result<Floats<'a>, NpyError> {
        let Header { shape, element, .. } = &self.header;
        match shape[..] {
            // A table of no rows is a table; a clip of no frames is not one.
            [0, columns] if columns > 0 && element.is_number() => Ok(if element.is_single() {
                Floats::F32(Array2::zeros((0, columns)).into())
            } else {
                Floats::F64(Array2::zeros((0, columns)).into())
            }),
            [_, _] => self.frames(None).map(|(_, values)| values),
            _ => Err(self.header.not_a_table()),
        }
    }

    /// The texts of a one-dimensional array.
    pub(crate) fn texts(&self) -> Result<Vec<String>, NpyError> {
        let [count] = self.header.shape[..] else {
            let shape = self.header.shape.clone();
            return Err(NpyError::Shape { shape, expected: "one dimension, one name per row" });
        };
        let element = self.header.element;
        let text = |bytes: &[u8]| match element {
            ElementType::Unicode(_, order) => unicode(bytes, order),
            _ => String::from_utf8(bytes.to_vec()).ok(),
        };
        if element.is_number() {
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

    /// Brings values from the order in the file into (T, D). Axes of length 1 make no difference to the
    /// order.
    fn arrange<'v, T: Value>(
        &self,
        values: Cow<'v, [T]>,
        axes: &Axes,
        layer: Option<Layer>,
    ) -> Result<CowArray<'v, T, Ix2>, NpyError> {
        let Axes { layers, frames, dimensions, .. } = *axes;
        let layers = layers.unwrap_or(1);
        let shape = (layers, frames, dimensions).set_f(self.header.layout == Layout::Fortran);
        let values: CowArray<'v, T, Ix3> = match values {
            Cow::Borrowed(values) => ArrayView3::from_shape(shape, values).map(Into::into),
            Cow::Owned(values) => Array3::from_shape_vec(shape, values).map(Into::into),
        }
        .map_err(|_| NpyError::SizeOverflow { shape: self.header.shape.clone() })?;
        Ok(match layer {
            Some(Layer::Mean) => mean_of_layers(&values).into(),
            Some(Layer::Index(layer)) => values.index_axis_move(Axis(0), layer),
            None => values.index_axis_move(Axis(0), 0),
        })
    }

    /// The values of any type that holds numbers; a whole number beyond 2^53 becomes the nearest f64.
    fn doubles(&self) -> Cow<'a, [f64]> {
        let data = self.data;
        match self.header.element {
            ElementType::F16(order) => {
                Cow::Owned(decode_f16(data, order).into_iter().map(f64::from).collect())
            }
            ElementType::F32(order) => {
                Cow::Owned(decode_f32(data, order).iter().map(|value| f64::from(*value)).collect())
            }
            ElementType::F64(order) => decode_floats(data, order, [f64::from_le_bytes, f64::from_be_bytes]),
            ElementType::Integer { signed, bytes, order } => {
                Cow::Owned(decode_integers(data, signed, bytes, order))
            }
            ElementType::Bool => {
                Cow::Owned(data.iter().map(|byte| f64::from(u8::from(*byte != 0))).collect())
            }
            ElementType::Unicode(..) | ElementType::Bytes(_) => Cow::Owned(Vec::new()),
        }
    }
}

impl<'a> Floats<'a> {
    pub(crate) fn dim(&self) -> (usize, usize) {
        match self {
            Self::F32(values) => values.dim(),
            Self::F64(values) => values.dim(),
        }
    }

    /// With the values of a row side by side in memory, as everything that works on rows expects.
    pub(crate) fn into_standard_layout(self) -> Floats<'static> {
        match self {
            Self::F32(values) => Floats::F32(standard_layout(values).into()),
            Self::F64(values) => Floats::F64(standard_layout(values).into()),
        }
    }

    /// The same rounded to f32.
    ///
    /// # Errors
    /// [`NpyError::TooLarge`] for a finite value beyond f32.
    pub(crate) fn into_f32(self) -> Result<CowArray<'a, f32, Ix2>, NpyError> {
        let values = match self {
            Self::F32(values) => return Ok(values),
            Self::F64(values) => values,
        };
        let too_large = |(_, value): &(_, &f64)| value.is_finite() && !narrow(**value).is_finite();
        match values.indexed_iter().find(too_large) {
            Some(((frame, dimension), &value)) => Err(NpyError::TooLarge { frame, dimension, value }),
            None => Ok(values.mapv(narrow).into()),
        }
    }
}

/// The mean over the first axis, taken in f64.
fn mean_of_layers<T: Value>(values: &CowArray<'_, T, Ix3>) -> Array2<T> {
    let (layers, frames, dimensions) = values.dim();
    #[expect(clippy::cast_precision_loss, reason = "an array has far fewer than 2^53 layers")]
    let count = layers as f64;
    Array2::from_shape_fn((frames, dimensions), |(frame, dimension)| {
        let sum: f64 = (0..layers).map(|layer| values[[layer, frame, dimension]].into()).sum();
        T::nearest(sum / count)
    })
}

/// The same values with the last index running fastest; moved, not copied, where they lie so already.
pub(crate) fn standard_layout<T: Clone>(values: CowArray<'_, T, Ix2>) -> Array2<T> {
    if values.is_standard_layout() { values.into_owned() } else { values.as_standard_layout().into_owned() }
}

fn decode<const N: usize, T>(data: &[u8], element: impl Fn([u8; N]) -> T) -> Vec<T> {
    data.as_chunks().0.iter().map(|bytes| element(*bytes)).collect()
}

/// Borrowed where the bytes are in this machine's own order and aligned.
fn decode_floats<const N: usize, T: AnyBitPattern>(
    data: &[u8],
    order: ByteOrder,
    [little, big]: [fn([u8; N]) -> T; 2],
) -> Cow<'_, [T]> {
    if order == ByteOrder::NATIVE
        && let Ok(values) = bytemuck::try_cast_slice(data)
    {
        return Cow::Borrowed(values);
    }
    Cow::Owned(match order {
        ByteOrder::Little => decode(data, little),
        ByteOrder::Big => decode(data, big),
    })
}

fn decode_f32(data: &[u8], order: ByteOrder) -> Cow<'_, [f32]> {
    decode_floats(data, order, [f32::from_le_bytes, f32::from_be_bytes])
}

/// Whole numbers of so many bytes; beyond 2^53 the nearest f64.
#[expect(clippy::cast_precision_loss, reason = "the nearest f64 is what numpy takes")]
fn decode_integers(data: &[u8], signed: bool, size: usize, order: ByteOrder) -> Vec<f64> {
    let add = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    let unused = u64::BITS - 8 * size as u32;
    let values = data.chunks_exact(size).map(|bytes| match order {
        ByteOrder::Little => bytes.iter().rev().fold(0, add),
        ByteOrder::Big => bytes.iter().fold(0, add),
    });
    // The sign is the first bit of the bytes that there are.
    let with_sign = |value: u64| ((value << unused) as i64 >> unused) as f64;
    values.map(|value| if signed { with_sign(value) } else { value as f64 }).collect()
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
        let Ok(header) = Header::parse(bytes) else { return 0 };
        let Ok(array) = NpyArray::new(header, bytes) else { return 0 };
        let layers = [None, Some(Layer::Index(0)), Some(Layer::Mean)];
        let frames = layers.map(|layer| {
            array.frames(layer).and_then(|(_, frames)| frames.into_f32()).map_or(0, |frames| frames.len())
        });
        let frames = frames.into_iter().max().unwrap_or(0);
        let floats = array.table_values().map_or(0, |floats| floats.dim().0 * floats.dim().1);
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

    const DESCRS: [&str; 15] = [
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
        ">u8",
        "|i1",
        "|b1",
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
        fn texts_of_any_bytes_are_survived(data in prop::collection::vec(any::<u8>(), 24), text in "\\PC*") {
            let header = "{'descr': '<U3', 'fortran_order': False, 'shape': (2,)}";
            use_it(&file(1, header, &data));
            use_it(&file(1, &text.chars().take(500).filter(char::is_ascii).collect::<String>(), &data));
        }
    }
}
