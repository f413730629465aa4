//! Tables in memory and on disk.

use blemore_features::{Error, FeatureMatrix, FeatureTable, NpzError};
use ndarray::{Array2, ShapeBuilder, array};

use crate::arrays::{clip, clips, npy, npz, values};

#[test]
fn all_faults_of_a_table_come_at_once() {
    let mut features = values(4, 3);
    features[[0, 2]] = f32::NAN;
    features[[3, 0]] = f32::INFINITY;
    features[[3, 1]] = f32::NEG_INFINITY;
    let Err(Error::Table { faults, path: None }) = FeatureTable::new(clips(4), features) else { panic!() };
    assert_eq!(faults.iter().map(|fault| fault.row).collect::<Vec<_>>(), [0, 3]);
    assert!(faults[1].problem.starts_with("2 values are not finite, the first is inf in column 0"));
}

#[test]
fn a_table_that_needs_one_row_per_clip_names_every_other_row_and_the_file() {
    let (folder, names) = (tempfile::tempdir().unwrap(), [&clips(3)[..], &clips(2)].concat());
    let path = folder.path().join("rows.npz");
    FeatureTable::new(names, values(5, 2)).unwrap().write(&path).unwrap();
    let table = FeatureTable::read(&path).unwrap();
    assert_eq!((table.clips(), table.len()), (&clips(3)[..], 5));
    let error = table.require_one_row_per_clip().unwrap_err();
    assert!(error.to_string().contains("rows.npz"), "{error}");
    let Error::Table { faults, .. } = error else { panic!("{error}") };
    let found: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let repeated = |row, name, first| {
        format!("row {row}, clip {name}: the clip is in row {first} already; keep one of them")
    };
    assert_eq!(found, [repeated(3, "test_0000", 0), repeated(4, "test_0001", 1)]);
    FeatureTable::new(clips(3), values(3, 2)).unwrap().require_one_row_per_clip().unwrap();
}

#[test]
fn rows_come_one_by_one_with_their_clips() {
    let table = FeatureTable::from_f64(clips(2), array![[0.1, 2.0], [3.0, 4.0]]).unwrap();
    let rows: Vec<_> = table.iter().map(|(clip, row)| (clip.as_str(), row.to_vec())).collect();
    assert_eq!(rows, [("test_0000", vec![0.1_f32, 2.0]), ("test_0001", vec![3.0, 4.0])]);
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    assert!(matches!(
        FeatureTable::new(clips(3), values(2, 2)),
        Err(Error::Shape { problem, .. }) if problem.starts_with("3 clip names for 2 rows")
    ));
    let error = FeatureTable::new(clips(2), Array2::zeros((2, 0))).unwrap_err();
    assert!(matches!(&error, Error::Shape { problem, .. } if problem.contains("no values")), "{error}");
}

#[test]
fn what_is_written_is_read_in_either_precision_and_any_layout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.npz");
    let mut fortran = Array2::zeros((5, 3).f());
    fortran.assign(&values(5, 3));
    let single = FeatureTable::new(clips(5), fortran).unwrap();
    let double = FeatureTable::from_f64(clips(5), values(5, 3).mapv(|value| f64::from(value) / 3.0)).unwrap();
    let empty = FeatureTable::new([], Array2::zeros((0, 3))).unwrap();
    for table in [single, double, empty] {
        table.write(&path).unwrap();
        assert_eq!(FeatureTable::read(&path).unwrap(), table);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files are gone");
}

#[cfg(unix)]
#[test]
fn files_get_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    let (table, other) = (folder.path().join("table.npz"), folder.path().join("other"));
    FeatureTable::new(clips(1), array![[1.0]]).unwrap().write(&table).unwrap();
    std::fs::write(&other, "").unwrap();
    assert_eq!(mode(&table), mode(&other));
}

/// `numpy.save` of `numpy.float32([[1.0, -2.5]])`.
#[test]
fn the_bytes_of_a_matrix_are_those_of_numpy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test_0001.npy");
    FeatureMatrix::new(array![[1.0, -2.5]]).unwrap().write(&path).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let header = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
    assert!(bytes.len() == 128 + 8 && bytes.starts_with(header));
    assert!(bytes[header.len()..127].iter().all(|byte| *byte == b' '));
    assert_eq!(bytes[127..], [b'\n', 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]);
}

#[test]
fn files_that_are_no_tables_say_so_with_their_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.npz");
    let message = |error: Error| {
        assert!(error.to_string().contains("table.npz"), "{error}");
        error
    };
    assert!(matches!(message(FeatureTable::read(&path).unwrap_err()), Error::Read { .. }));
    std::fs::write(&path, "filename,x\n").unwrap();
    let error = message(FeatureTable::read(&path).unwrap_err());
    assert!(matches!(error, Error::Npz { source: NpzError::Archive(_), .. }));
}

#[test]
fn a_table_cut_at_any_byte_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.npz");
    FeatureTable::new(clips(2), values(2, 2)).unwrap().write(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for length in 0..bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(matches!(FeatureTable::read(&path), Err(Error::Npz { .. })), "{length} of {}", bytes.len());
    }
}

#[test]
fn folders_before_names_come_off_and_are_said_once() {
    let names = ["data/train/X1_ang_int1_ver1.npy", "data/train/X1_hap_int1_ver1"]
        .map(|name| format!("{name:\0<31}"));
    let points =
        names.iter().flat_map(|name| name.chars().flat_map(|letter| u32::from(letter).to_le_bytes()));
    let names = npy("<U31", "False", "(2,)", &points.collect::<Vec<u8>>());
    let values = npy("<f4", "False", "(2, 1)", &[0; 8]);
    let table = FeatureTable::parse(&npz(&[("X", values), ("filenames", names)])).unwrap();
    assert_eq!(table.clips(), [clip("X1_ang_int1_ver1"), clip("X1_hap_int1_ver1")]);
    let [note] = table.notes() else { panic!("{:?}", table.notes()) };
    assert!(note.contains("\"data/train/X1_ang_int1_ver1.npy\" is read as X1_ang_int1_ver1"), "{note}");
}
