//! Archives of arrays that lie, or were damaged.

use std::io::Write;

use blemore_features::{Error, FeatureTable, NpzError, TableShape};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use ndarray::array;
use proptest::prelude::*;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::arrays::{clips, npy, npz};

/// A table of two clips: the names stored, the values compressed, block after block.
fn deflated(shape: &str, blocks: usize, block: &[u8]) -> Vec<u8> {
    let mut zip = ZipArchiveWriter::new(Vec::new());
    let file = zip.new_file("filenames.npy").compression_method(CompressionMethod::STORE);
    let (mut entry, config) = file.start().unwrap();
    let mut writer = config.wrap(&mut entry);
    writer.write_all(&names()).unwrap();
    let (_, descriptor) = writer.finish().unwrap();
    entry.finish(descriptor).unwrap();
    let file = zip.new_file("X.npy").compression_method(CompressionMethod::DEFLATE);
    let (mut entry, config) = file.start().unwrap();
    let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
    writer.write_all(&npy("<f4", "False", shape, &[])).unwrap();
    (0..blocks).for_each(|_| writer.write_all(block).unwrap());
    let (encoder, descriptor) = writer.finish().unwrap();
    encoder.finish().unwrap();
    entry.finish(descriptor).unwrap();
    zip.finish().unwrap()
}

fn names() -> Vec<u8> {
    npy("|S9", "False", "(2,)", b"test_0000test_0001")
}

const DATA: [u8; 16] = [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64];

/// The same table, stored and compressed.
fn examples() -> [Vec<u8>; 2] {
    let values = npy("<f4", "False", "(2, 2)", &DATA);
    [npz(&[("X", values), ("filenames", names())]), deflated("(2, 2)", 1, &DATA)]
}

fn problem(bytes: &[u8]) -> NpzError {
    match FeatureTable::parse(bytes) {
        Err(Error::Npz { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let (blocks, block) = (200, vec![0; 1 << 20]);
    let bomb = deflated(&format!("(2, {})", blocks << 17), blocks, &block);
    assert!(bomb.len() < 1 << 20);
    let message = problem(&bomb).to_string();
    assert!(message.contains("to 209715277 bytes") && message.contains("zip bomb"), "{message}");
    // The header alone can be looked at.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.npz");
    std::fs::write(&path, bomb).unwrap();
    assert_eq!(TableShape::read(path).unwrap().width, blocks << 17);
}

#[test]
fn arrays_that_are_longer_or_shorter_than_their_headers_say_are_refused() {
    for (claimed, blocks) in [(4, 1), (4, 3), (1_u64 << 39, 1)] {
        let bytes = deflated(&format!("(2, {claimed})"), blocks, &[0; 16]);
        assert!(problem(&bytes).to_string().contains("bytes by its header"), "{claimed} {blocks}");
    }
}

#[test]
fn two_arrays_of_one_name_are_refused() {
    let bytes = npz(&[("X", names()), ("X", names())]);
    assert!(problem(&bytes).to_string().contains("\"X\" is in the archive twice"));
}

#[test]
fn an_archive_cut_at_any_byte_is_an_error() {
    let expected = FeatureTable::new(clips(2), array![[1.0, 2.0], [3.0, 4.0]]).unwrap();
    for bytes in examples() {
        assert_eq!(FeatureTable::parse(&bytes).unwrap(), expected);
        for length in 0..bytes.len() {
            assert!(FeatureTable::parse(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
        }
    }
}

proptest! {
    /// A damaged archive is refused, or read as what it was: checksums vouch for all data.
    #[test]
    fn changed_archives_are_survived(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        example in 0_usize..2,
    ) {
        let mut bytes = examples()[example].clone();
        let expected = FeatureTable::parse(&bytes).unwrap();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Ok(table) = FeatureTable::parse(&bytes) {
            prop_assert_eq!(table, expected);
        }
    }
}
