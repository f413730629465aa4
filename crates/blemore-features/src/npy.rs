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
use axes::EMPTY;
pub use axes::Layer;
pub use error::NpyError;
pub(crate) use error::shown;
pub(crate) use header::Header;
use header::{ByteOrder, ElementType, TOO_LARGE};

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
        let frames = self.values(&axes, layer)?;
        Ok((axes, frames))
    }

    fn values(&self, axes: &Axes, layer: Option<Layer>) -> Result<Floats<'a>, NpyError> {
        Ok(match self.header.element.is_single() {
            true => Floats::F32(self.arrange(self.singles(), axes, layer)?),
            false => Floats::F64(self.arrange(self.doubles(), axes, layer)?),
        })
    }

    /// The (R, D) values of a table.
    pub(crate) fn table_values(&self) -> Result<Floats<'a>, NpyError> {
        let [frames, dimensions] = self.header.shape[..] else { return Err(self.header.not_a_table()) };
        self.header.require_numbers()?;
        // A table of no rows is a table; a clip of no frames is not one.
        match dimensions {
            0 => Err(NpyError::shape(&self.header.shape, EMPTY)),
            _ => self.values(&Axes { layers: None, frames, dimensions, dropped: None }, None),
        }
    }

    /// The texts of a one-dimensional array.
    pub(crate) fn texts(&self) -> Result<Vec<String>, NpyError> {
        let [count] = self.header.shape[..] else {
            return Err(NpyError::shape(
                &self.header.shape,
                "does not fit: save one dimension, one name per row",
            ));
        };
        let element = self.header.element;
        let text = |bytes: &[u8]| match element.kind {
            b'U' => unicode(bytes, element.order),
            _ => String::from_utf8(bytes.to_vec()).ok(),
        };
        if element.is_number() {
            return Err(NpyError::ElementType { found: element.to_string(), expected: "text (U or S)" });
        }
        let size = self.data.len().checked_div(count).unwrap_or(0);
        if size == 0 && count > 0 {
            return Err(NpyError::shape(&self.header.shape, EMPTY));
        }
        (0..count)
            .map(|entry| {
                let bytes = &self.data[entry * size..(entry + 1) * size];
                let text = text(bytes)
                    .ok_or_else(|| NpyError::Value(format!("entry {entry} (from 0) is not valid text")))?;
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
        let shape = (layers, frames, dimensions).set_f(self.header.fortran);
        let values: CowArray<'v, T, Ix3> = match values {
            Cow::Borrowed(values) => ArrayView3::from_shape(shape, values).map(Into::into),
            Cow::Owned(values) => Array3::from_shape_vec(shape, values).map(Into::into),
        }
        .map_err(|_| NpyError::shape(&self.header.shape, TOO_LARGE))?;
        Ok(match layer {
            Some(Layer::Mean) => mean_of_layers(&values).into(),
            Some(Layer::Index(layer)) => values.index_axis_move(Axis(0), layer),
            None => values.index_axis_move(Axis(0), 0),
        })
    }

    /// The values of f2 and f4.
    fn singles(&self) -> Cow<'a, [f32]> {
        let Header { element, .. } = self.header;
        match (element.length, element.order) {
            (2, ByteOrder::Little) => Cow::Owned(decode(self.data, f16::from_le_bytes).to_f32_vec()),
            (2, ByteOrder::Big) => Cow::Owned(decode(self.data, f16::from_be_bytes).to_f32_vec()),
            (_, order) => decode_floats(self.data, order, [f32::from_le_bytes, f32::from_be_bytes]),
        }
    }

    /// The values of any other type that holds numbers; a whole number beyond 2^53 becomes the nearest f64.
    fn doubles(&self) -> Cow<'a, [f64]> {
        let (data, ElementType { kind, length, order }) = (self.data, self.header.element);
        match kind {
            b'f' => decode_floats(data, order, [f64::from_le_bytes, f64::from_be_bytes]),
            b'b' => Cow::Owned(data.iter().map(|byte| f64::from(u8::from(*byte != 0))).collect()),
            _ => Cow::Owned(decode_integers(data, kind == b'i', length, order)),
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
    /// [`NpyError::Value`] for a finite value beyond f32.
    pub(crate) fn into_f32(self) -> Result<CowArray<'a, f32, Ix2>, NpyError> {
        let values = match self {
            Self::F32(values) => return Ok(values),
            Self::F64(values) => values,
        };
        let too_large = |(_, value): &(_, &f64)| value.is_finite() && !narrow(**value).is_finite();
        match values.indexed_iter().find(too_large) {
            Some(((frame, dimension), value)) => Err(NpyError::Value(format!(
                "frame {frame}, dimension {dimension} (both from 0) is {value:e}, which does not fit f32 (at most 3.4e38): \
                 scale the values down"
            ))),
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

/// Text of four-byte code points; `None` where one of them does not exist.
fn unicode(bytes: &[u8], order: ByteOrder) -> Option<String> {
    let points = bytes.as_chunks().0.iter().map(|bytes| match order {
        ByteOrder::Little => u32::from_le_bytes(*bytes),
        ByteOrder::Big => u32::from_be_bytes(*bytes),
    });
    points.map(char::from_u32).collect()
}
