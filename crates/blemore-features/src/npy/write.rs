//! Arrays as `numpy.save` writes them: little-endian, in C order.

use std::io::{self, Write};

use ndarray::{ArrayView2, Axis};

use super::Floats;
use super::header::{self, ByteOrder, ElementType};

/// Bytes that are handed to the system at once: with many small pieces it takes twice as long.
const WRITTEN_AT_ONCE: usize = 1 << 20;

/// Writes a matrix in its own precision.
pub(crate) fn floats(out: &mut dyn Write, values: &Floats<'_>) -> io::Result<()> {
    match values {
        Floats::F32(values) => rows(out, values.view(), f32::to_le_bytes),
        Floats::F64(values) => rows(out, values.view(), f64::to_le_bytes),
    }
}

/// Writes texts, which are filled up with zeros to the length of the longest.
pub(crate) fn texts(out: &mut dyn Write, texts: &[&str]) -> io::Result<()> {
    let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
    let element = ElementType { kind: b'U', length: longest, order: ByteOrder::Little };
    out.write_all(&header::write(element, &[texts.len()]))?;
    for text in texts {
        let points = text.chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
        let bytes: Vec<u8> = points.flat_map(u32::to_le_bytes).collect();
        out.write_all(&bytes)?;
    }
    Ok(())
}

fn rows<const N: usize, T: Copy>(
    out: &mut dyn Write,
    values: ArrayView2<'_, T>,
    encode: impl Fn(T) -> [u8; N],
) -> io::Result<()> {
    out.write_all(&header::write(ElementType::float(N), values.shape()))?;
    let rows_at_once = (WRITTEN_AT_ONCE / (values.ncols() * N).max(1)).max(1);
    let mut bytes = Vec::new();
    values.axis_chunks_iter(Axis(0), rows_at_once).try_for_each(|rows| {
        bytes.resize(rows.len() * N, 0);
        bytes.as_chunks_mut().0.iter_mut().zip(rows).for_each(|(bytes, value)| *bytes = encode(*value));
        out.write_all(&bytes)
    })
}
