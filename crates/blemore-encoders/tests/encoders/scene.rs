//! What several tests need.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The path of a file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    assert!(path.exists(), "{} is not there", path.display());
    path
}

/// The contents of a JSON file of `tests/fixtures`.
pub(crate) fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&std::fs::read(fixture(name)).unwrap()).unwrap()
}

/// Shape and values of a `.npy` file of `tests/fixtures`, in C order and little-endian, as f32.
pub(crate) fn array(name: &str) -> (Vec<i64>, Vec<f32>) {
    let bytes = std::fs::read(fixture(name)).unwrap();
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
