//! Arrays of numpy, as the reference implementations write them.

#![expect(clippy::unwrap_used, reason = "a helper of tests may fail like a test")]

use std::path::Path;

/// Shape and values of a `.npy` file in C order and little-endian, as f32.
///
/// # Panics
/// For a file that is not there, and for anything else.
pub fn array(path: impl AsRef<Path>) -> (Vec<i64>, Vec<f32>) {
    let name = path.as_ref().display();
    let bytes = std::fs::read(path.as_ref()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00", "{name}");
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..end]).unwrap();
    let (kind, rest) = header.split_once("'descr': '").unwrap().1.split_once('\'').unwrap();
    let shape = rest.split_once('(').unwrap().1.split_once(')').unwrap().0;
    let shape =
        shape.split(',').map(str::trim).filter(|size| !size.is_empty()).map(|size| size.parse().unwrap());
    let shape: Vec<i64> = shape.collect();
    fn each<const N: usize>(data: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        data.as_chunks::<N>().0.iter().map(|bytes| value(*bytes)).collect()
    }
    let data = &bytes[end..];
    let values = match kind {
        "<f4" => each(data, f32::from_le_bytes),
        "<f8" => each(data, |bytes| f64::from_le_bytes(bytes) as f32),
        "<i8" => each(data, |bytes| i64::from_le_bytes(bytes) as f32),
        "<i4" => each(data, |bytes| i32::from_le_bytes(bytes) as f32),
        "<i2" => each(data, |bytes| f32::from(i16::from_le_bytes(bytes))),
        "|i1" => each(data, |bytes| f32::from(i8::from_le_bytes(bytes))),
        "|u1" | "|b1" => each(data, |[byte]| f32::from(byte)),
        other => panic!("{name} holds {other}"),
    };
    assert_eq!(values.len() as i64, shape.iter().product::<i64>(), "{name}");
    (shape, values)
}
