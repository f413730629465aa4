//! Arrays made up in the tests.

use std::io::Write;
use std::path::{Path, PathBuf};

use blemore_features::{Error, FolderOptions};
use blemore_labels::ClipName;
use ndarray::Array2;
use rawzip::{CompressionMethod, ZipArchiveWriter};

pub(crate) fn clip(name: &str) -> ClipName {
    ClipName::parse(name).unwrap()
}

/// `test_0000`, `test_0001`, ...
pub(crate) fn clips(count: usize) -> Vec<ClipName> {
    (0..count).map(|number| clip(&format!("test_{number:04}"))).collect()
}

/// Smooth values of many sizes, different in every place.
pub(crate) fn values(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        let place = (row * columns + column) as f32;
        (place * 0.7).sin() * (1.0 + column as f32) + 100.0 * (column % 3) as f32
    })
}

/// The bytes of a `.npy` file with this type, layout and shape.
pub(crate) fn npy(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

/// The bytes of an archive of these arrays.
pub(crate) fn npz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipArchiveWriter::new(Vec::new());
    for (name, array) in members {
        let file = zip.new_file(format!("{name}.npy")).compression_method(CompressionMethod::STORE);
        let (mut entry, config) = file.start().unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(array).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    zip.finish().unwrap()
}

/// A file that a script in `tests/fixtures` made.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Writes f32 frames as numpy would.
pub(crate) fn write_frames(path: &Path, frames: &Array2<f32>) {
    let data: Vec<u8> = frames.iter().flat_map(|value| value.to_le_bytes()).collect();
    let shape = format!("({}, {})", frames.nrows(), frames.ncols());
    std::fs::write(path, npy("<f4", "False", &shape, &data)).unwrap();
}

/// Only files with this text in their names.
pub(crate) fn only(text: &str) -> FolderOptions {
    FolderOptions { filter: Some(text.to_owned()), ..FolderOptions::default() }
}

/// Refuses everything but this kind of refusal, with these words.
pub(crate) fn mismatch<T>(result: Result<T, Error>, words: &str) {
    match result {
        Err(Error::Mismatch(problem)) => assert!(problem.contains(words), "{problem}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted, not refused with {words:?}"),
    }
}
