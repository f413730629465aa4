//! Values of tensors: their types, and reading them by position.

use half::{bf16, f16};
use rawzip::{FileReader, ReaderAt};

use super::{Region, Stored, WeightFileProblem, dense_strides};

/// Bytes that are read at a time, a multiple of every element's size.
const CHUNK: usize = 1 << 18;

/// How a tensor's values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are those of Rust's types")]
pub enum ElementType {
    F64,
    F32,
    F16,
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}

impl ElementType {
    /// Bytes per value.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Whether weights can be stored so.
    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::Bf16)
    }

    /// Appends the values of little-endian bytes.
    fn decode(self, bytes: &[u8], values: &mut Vec<f32>) {
        fn each<const N: usize>(bytes: &[u8], values: &mut Vec<f32>, value: impl Fn([u8; N]) -> f32) {
            values.extend(bytes.as_chunks::<N>().0.iter().map(|bytes| value(*bytes)));
        }
        match self {
            Self::F64 => each(bytes, values, |bytes| f64::from_le_bytes(bytes) as f32),
            Self::F32 => each(bytes, values, f32::from_le_bytes),
            Self::F16 => each(bytes, values, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Self::Bf16 => each(bytes, values, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Self::I64 => each(bytes, values, |bytes| i64::from_le_bytes(bytes) as f32),
            Self::I32 => each(bytes, values, |bytes| i32::from_le_bytes(bytes) as f32),
            Self::I16 => each(bytes, values, |bytes| f32::from(i16::from_le_bytes(bytes))),
            Self::I8 => each(bytes, values, |bytes| f32::from(i8::from_le_bytes(bytes))),
            Self::U8 => each(bytes, values, |[byte]| f32::from(byte)),
            Self::Bool => each(bytes, values, |[byte]| f32::from(u8::from(byte != 0))),
        }
    }
}

/// Reads a tensor that was checked to be in its region, and verifies the region's checksum the first time.
pub(super) fn read(
    file: &FileReader,
    stored: &Stored,
    region: &mut Region,
) -> Result<Vec<f32>, WeightFileProblem> {
    if stored.shape.contains(&0) {
        return Ok(Vec::new());
    }
    let size = stored.element.bytes() as u64;
    let steps = stored.shape.iter().zip(&stored.strides);
    let reach = 1 + steps.map(|(size, stride)| (size - 1) * stride).sum::<usize>();
    let wanted = stored.first as u64 * size..(stored.first + reach) as u64 * size;
    let span = match region.crc {
        Some(_) => 0..region.bytes,
        None => wanted.clone(),
    };
    let mut values = Vec::with_capacity(reach);
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; CHUNK.min((span.end - span.start) as usize)];
    let mut at = span.start;
    while at < span.end {
        let length = buffer.len().min((span.end - at) as usize);
        let chunk = &mut buffer[..length];
        file.read_exact_at(chunk, region.start + at)?;
        if region.crc.is_some() {
            hasher.update(chunk);
        }
        let from = wanted.start.clamp(at, at + length as u64) - at;
        let to = wanted.end.clamp(at, at + length as u64) - at;
        if from < to {
            stored.element.decode(&chunk[from as usize..to as usize], &mut values);
        }
        at += length as u64;
    }
    if region.crc.is_some_and(|crc| crc != hasher.finalize()) {
        return Err(WeightFileProblem::Checksum { name: String::new() });
    }
    region.crc = None;
    Ok(if stored.strides == dense_strides(&stored.shape) {
        values
    } else {
        gather(&values, &stored.shape, &stored.strides)
    })
}

/// The values of a strided tensor in C order.
fn gather(values: &[f32], shape: &[usize], strides: &[usize]) -> Vec<f32> {
    let mut offsets = vec![0];
    for (size, stride) in shape.iter().zip(strides) {
        offsets =
            offsets.iter().flat_map(|offset| (0..*size).map(move |index| offset + index * stride)).collect();
    }
    offsets.into_iter().map(|offset| values[offset]).collect()
}
