//! Headers of `.npy` arrays: any that numpy writes, and none that lies.

use blemore_features::{FeatureMatrix, Layer, NpyError};
use proptest::prelude::*;

use crate::arrays::{npy, values};

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
    for shape in [format!("({huge}, 64)"), format!("({huge}, {huge}, 0)"), format!("({huge}, 2)")] {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}");
        assert!(matches!(error(&header), NpyError::SizeOverflow { .. }), "{shape}");
    }
    let header = format!("{{'descr': '<U{}', 'fortran_order': False, 'shape': (1,)}}", u64::MAX);
    assert!(matches!(error(&header), NpyError::SizeOverflow { .. }));
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,)}";
    assert!(matches!(error(header), NpyError::Header { .. }));
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
        assert!(matches!(error(header), NpyError::Header { .. }), "{header}");
    }
}

#[test]
fn long_headers_and_other_files_are_refused_before_anything_is_read() {
    let bytes = [b"\x93NUMPY", &[2, 0][..], &u32::MAX.to_le_bytes()].concat();
    assert_eq!(FeatureMatrix::parse(&bytes), Err(NpyError::HeaderTooLong { found: u32::MAX as usize }));
    let version = FeatureMatrix::parse(b"\x93NUMPY\x04\x00");
    assert_eq!(version, Err(NpyError::Version { major: 4, minor: 0 }));
    assert_eq!(FeatureMatrix::parse(b"PK\x03\x04"), Err(NpyError::NotNpy));
    assert_eq!(FeatureMatrix::parse(b""), Err(NpyError::NotNpy));
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
        assert_eq!(axes(shape, None), Err(NpyError::AmbiguousShape { shape: shape.to_vec() }));
    }
}

#[test]
fn more_than_two_long_axes_need_a_layer() {
    let mean = Some(Layer::Mean);
    for shape in [&[3, 12, 8][..], &[1, 3, 12, 8], &[3, 1, 12, 8]] {
        assert!(matches!(axes(shape, None), Err(NpyError::Layers { layers: 3, .. })), "{shape:?}");
        assert_eq!(axes(shape, mean), Ok((12, 8)), "{shape:?}");
    }
    assert!(matches!(axes(&[2, 3, 4, 5], None), Err(NpyError::Shape { .. })));
    assert!(matches!(axes(&[2, 3, 4, 5], mean), Err(NpyError::Shape { .. })));
    assert!(matches!(axes(&[], None), Err(NpyError::Shape { .. })));
}

#[test]
fn a_clip_of_one_frame_keeps_its_layers() {
    for shape in [&[3, 1, 8][..], &[1, 3, 1, 8], &[3, 1, 1, 8], &[1, 12, 8]] {
        let frames = if shape.contains(&12) { 12 } else { 1 };
        assert_eq!(axes(shape, Some(Layer::Mean)), Ok((frames, 8)), "{shape:?}");
    }
    assert!(matches!(axes(&[3, 8], Some(Layer::Mean)), Err(NpyError::NoLayers { .. })));
    let asked = axes(&[1, 3, 12, 8], Some(Layer::Index(3)));
    assert!(matches!(asked, Err(NpyError::NoSuchLayer { asked: 3, layers: 3, .. })));
}

proptest! {
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
