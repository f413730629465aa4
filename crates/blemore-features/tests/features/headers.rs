//! Headers of `.npy` arrays: any that numpy writes, and none that lies.

use blemore_features::{FeatureMatrix, FeatureTable, Layer, NpyError};
use proptest::prelude::*;

use crate::arrays::{npy, npz, values};

/// The bytes of a file with this header and these values, in version 1.0.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn error(header: &str) -> NpyError {
    FeatureMatrix::parse(&file(header, &[])).unwrap_err()
}

#[test]
fn any_order_quotes_and_blanks() {
    let header = "{ \"shape\" :( 2L,3L ) ,'fortran_order':True,'descr':'>f8'}\n";
    let data: Vec<u8> = values(2, 3).t().iter().flat_map(|value| f64::from(*value).to_be_bytes()).collect();
    assert_eq!(FeatureMatrix::parse(&file(header, &data)).unwrap().frames(), values(2, 3));
}

#[test]
fn whole_numbers_of_every_width_sign_and_order() {
    let check = |descr: &str, data: &[u8], expected: &[f32]| {
        let bytes = npy(descr, "False", &format!("({},)", expected.len()), data);
        assert_eq!(FeatureMatrix::parse(&bytes).unwrap().frames().row(0).to_vec(), expected, "{descr}");
    };
    check("|i1", &[0x80, 0xff, 5], &[-128.0, -1.0, 5.0]);
    check("|u1", &[0x80, 0xff, 5], &[128.0, 255.0, 5.0]);
    check("|b1", &[0, 1, 1], &[0.0, 1.0, 1.0]);
    check("<i2", &[0xfe, 0xff], &[-2.0]);
    check(">i2", &[0xff, 0xfe], &[-2.0]);
    check("<u2", &[0xfe, 0xff], &[65_534.0]);
    check(">i4", &(-70_000_i32).to_be_bytes(), &[-70_000.0]);
    check("<u4", &u32::MAX.to_le_bytes(), &[u32::MAX as f32]);
    check("<i8", &i64::MIN.to_le_bytes(), &[i64::MIN as f32]);
    check(">u8", &u64::MAX.to_be_bytes(), &[u64::MAX as f32]);
}

#[test]
fn sizes_that_overflow_are_refused() {
    let huge = 1_u64 << 60;
    let overflows = |header: &str| {
        let error = error(header);
        matches!(error, NpyError::Shape { .. }) && error.to_string().contains("its size in bytes overflows")
    };
    for shape in [format!("({huge}, 64)"), format!("({huge}, {huge}, 0)"), format!("({huge}, 2)")] {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}");
        assert!(overflows(&header), "{shape}");
    }
    let header = format!("{{'descr': '<U{}', 'fortran_order': False, 'shape': (1,)}}", u64::MAX);
    assert!(overflows(&header));
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,)}";
    assert!(matches!(error(header), NpyError::Header(_)));
}

#[test]
fn pickles_and_structures_are_refused() {
    let of = |descr: &str| error(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,)}}"));
    assert_eq!(of("'|O'"), NpyError::Pickled);
    assert!(matches!(of("[('a', '<f4')]"), NpyError::ElementType { .. }));
    for descr in ["'<i3'", "'|b2'", "'<c8'", "'<M8[ns]'", "'<f16'", "'<V4'", "'<U'", "''", "'<'"] {
        assert!(matches!(of(descr), NpyError::ElementType { .. }), "{descr}");
    }
}

#[test]
fn broken_dictionaries_say_where() {
    for header in [
        "",
        "{}",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} {}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<f4",
        "{'descr' '<f4'}",
    ] {
        assert!(
            error(header).to_string().starts_with("the header is not what numpy writes, at its byte"),
            "{header}"
        );
    }
}

#[test]
fn long_headers_and_other_files_are_refused_before_anything_is_read() {
    let bytes = [b"\x93NUMPY", &[2, 0][..], &u32::MAX.to_le_bytes()].concat();
    for (bytes, expected) in [
        (&bytes[..], "the header claims 4294967295 bytes"),
        (b"\x93NUMPY\x04\x00", "version [4, 0] of the .npy format is unknown"),
        (b"\x93NUMPY\x01\x00\x20", "the file ends inside its header: 10 bytes were expected, 9 are there"),
        (b"PK\x03\x04", "this is not a .npy array"),
        (b"", "this is not a .npy array"),
    ] {
        let error = FeatureMatrix::parse(bytes).unwrap_err();
        assert!(matches!(error, NpyError::Header(_)) && error.to_string().contains(expected), "{error}");
    }
}

/// Frames and dimensions of an array of this shape; of one layer if it is asked for.
fn axes(shape: &[usize], layer: Option<Layer>) -> Result<(usize, usize), NpyError> {
    let text: String = shape.iter().map(|length| format!("{length}, ")).collect();
    let bytes = npy("|u1", "False", &format!("({text})"), &vec![0; shape.iter().product()]);
    let matrix = match layer {
        None => FeatureMatrix::parse(&bytes),
        Some(layer) => {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("array.npy");
            std::fs::write(&path, bytes).unwrap();
            FeatureMatrix::read_layer(path, layer).map_err(|error| match error {
                blemore_features::Error::Npy { source, .. } => source,
                other => panic!("{other}"),
            })
        }
    };
    matrix.map(|matrix| (matrix.len(), matrix.width()))
}

fn refused(shape: &[usize], layer: Option<Layer>, expected: &str) {
    let error = axes(shape, layer).unwrap_err();
    assert!(matches!(&error, NpyError::Shape { shape: found, .. } if found == shape), "{error:?}");
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn axes_of_length_one_are_dropped_where_more_than_two_are_there() {
    for shape in [&[12, 8][..], &[1, 12, 8], &[12, 1, 8], &[12, 8, 1], &[1, 12, 1, 8, 1]] {
        assert_eq!(axes(shape, None), Ok((12, 8)), "{shape:?}");
    }
    for shape in [&[8][..], &[1, 8], &[1, 1, 8], &[1, 1, 1, 8]] {
        assert_eq!(axes(shape, None), Ok((1, 8)), "{shape:?}");
    }
    assert_eq!((axes(&[8, 1], None), axes(&[1, 1, 1], None)), (Ok((8, 1)), Ok((1, 1))));
    for shape in [&[1, 8, 1][..], &[8, 1, 1]] {
        refused(shape, None, "may be many frames of one value");
    }
}

#[test]
fn more_than_two_long_axes_need_a_layer() {
    let mean = Some(Layer::Mean);
    for shape in [&[3, 12, 8][..], &[1, 3, 12, 8], &[3, 1, 12, 8]] {
        refused(shape, None, "--layer N (0 to 2)");
        assert_eq!(axes(shape, mean), Ok((12, 8)), "{shape:?}");
    }
    refused(&[2, 3, 4, 5], None, "save frames x dimensions");
    refused(&[2, 3, 4, 5], mean, "save layers x frames x dimensions");
    refused(&[], None, "save frames x dimensions");
}

#[test]
fn a_clip_of_one_frame_keeps_its_layers() {
    for shape in [&[3, 1, 8][..], &[1, 3, 1, 8], &[3, 1, 1, 8], &[1, 12, 8]] {
        let frames = if shape.contains(&12) { 12 } else { 1 };
        assert_eq!(axes(shape, Some(Layer::Mean)), Ok((frames, 8)), "{shape:?}");
    }
    refused(&[3, 8], Some(Layer::Mean), "has no axis of layers");
    refused(&[1, 3, 12, 8], Some(Layer::Index(3)), "has 3 layers, counted from 0: there is no layer 3");
}

/// Everything that can be done with bytes that call themselves an array; none of it may panic, hang or ask for more
/// memory than a small multiple of the bytes.
fn use_it(bytes: &[u8]) -> usize {
    let size = |matrix: FeatureMatrix| matrix.len() * matrix.width();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("array.npy");
    std::fs::write(&path, bytes).unwrap();
    let layers =
        [Layer::Index(0), Layer::Mean].map(|layer| FeatureMatrix::read_layer(&path, layer).map_or(0, size));
    let frames = FeatureMatrix::parse(bytes).map_or(0, size);
    let names = FeatureTable::parse(&npz(&[("X", bytes.to_vec()), ("filenames", bytes.to_vec())]));
    let table = names.map_or(0, |table| table.len() * table.width());
    layers.into_iter().chain([frames, table]).max().unwrap_or(0)
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
        let mut bytes = file(&format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape})}}"), &data);
        bytes[6] = version;
        if version != 1 {
            bytes.splice(10..10, [0; 2]);
        }
        prop_assert!(use_it(&bytes) <= data.len());
    }

    #[test]
    fn texts_of_any_bytes_are_survived(data in prop::collection::vec(any::<u8>(), 24), text in "\\PC*") {
        let header = "{'descr': '<U3', 'fortran_order': False, 'shape': (2,)}";
        use_it(&file(header, &data));
        use_it(&file(&text.chars().take(500).filter(char::is_ascii).collect::<String>(), &data));
    }

    #[test]
    fn changed_files_are_survived(
        changes in prop::collection::vec((0_usize..150, any::<u8>()), 1..8),
        length in 0_usize..160,
    ) {
        let mut bytes = npy("<f4", "False", "(3, 2)", &[1; 24]);
        for (place, value) in changes {
            if let Some(byte) = bytes.get_mut(place) {
                *byte = value;
            }
        }
        bytes.truncate(length);
        let values = FeatureMatrix::parse(&bytes).map_or(0, |matrix| matrix.len() * matrix.width());
        prop_assert!(values <= bytes.len());
    }
}
