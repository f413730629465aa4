//! Arrays and archives that numpy wrote; `tests/fixtures/make_arrays.py` says how.

use std::fs;

use blemore_features::{
    Aggregator, Error, FeatureFolder, FeatureMatrix, FeatureTable, Layer, NpyError, NpzError,
};
use ndarray::{Array2, s};

use crate::arrays::{clip, clips, fixture, only, values, write_frames};

/// What the script calls `FRAMES`.
fn frames() -> Array2<f32> {
    Array2::from_shape_fn((4, 3), |(row, column)| ((row * 3 + column) as f32 - 5.0) / 4.0)
}

fn npy_error(name: &str) -> NpyError {
    match FeatureMatrix::read(fixture(name)) {
        Err(Error::Npy { source, path }) if path.ends_with(name) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_type_order_and_layout_gives_the_same_frames() {
    for order in ["little", "big"] {
        for kind in ["f2", "f4", "f8"] {
            for layout in ["C", "F"] {
                let name = format!("frames_{order}_{kind}_{layout}.npy");
                assert_eq!(FeatureMatrix::read(fixture(&name)).unwrap().frames(), frames(), "{name}");
            }
        }
    }
    for name in ["version_2.npy", "version_3.npy", "one_array_stored.npz", "one_array_deflated.npz"] {
        assert_eq!(FeatureMatrix::read(fixture(name)).unwrap().frames(), frames(), "{name}");
    }
}

#[test]
fn one_axis_is_one_frame_and_three_are_layers() {
    let one = FeatureMatrix::read(fixture("one_frame.npy")).unwrap();
    assert_eq!(one.frames(), frames().slice(s![..1, ..]));
    for layout in ["C", "F"] {
        let name = format!("three_dimensions_{layout}.npy");
        assert!(npy_error(&name).to_string().contains("--layer N (0 to 1)"));
        let last = FeatureMatrix::read_layer(fixture(&name), Layer::Index(1)).unwrap();
        assert_eq!(last.frames(), frames().slice(s![2.., ..]), "{name}");
        let mean = FeatureMatrix::read_layer(fixture(&name), Layer::Mean).unwrap();
        assert_eq!(
            mean.frames(),
            (&frames().slice(s![..2, ..]) + &frames().slice(s![2.., ..])) / 2.0,
            "{name}"
        );
    }
}

#[test]
fn what_holds_no_frames_is_refused_by_name() {
    assert_eq!(npy_error("objects.npy"), NpyError::Pickled);
    assert!(matches!(npy_error("scalar.npy"), NpyError::Shape { .. }));
    assert!(npy_error("no_frames.npy").to_string().contains("holds no values"));
    assert!(matches!(npy_error("fields.npy"), NpyError::ElementType { .. }));
}

#[test]
fn a_file_cut_at_any_byte_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["frames_little_f4_C.npy", "frames_big_f8_F.npy", "one_array_stored.npz", "one_array_deflated.npz"]
    {
        let bytes = fs::read(fixture(name)).unwrap();
        let path = folder.path().join(name);
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            FeatureMatrix::read(&path).unwrap_err();
        }
        fs::write(&path, [&bytes[..], &[0]].concat()).unwrap();
        let longer = FeatureMatrix::read(&path);
        assert!(longer.is_err() || name.ends_with("npz"), "{name} with a byte more");
    }
}

#[test]
fn a_header_that_promises_more_than_the_file_holds_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test_0001.npy");
    let huge = format!("({}, 1)", 1_u64 << 61);
    fs::write(&path, crate::arrays::npy("<f4", "False", &huge, &[0; 16])).unwrap();
    assert!(FeatureMatrix::read(&path).unwrap_err().to_string().contains("its size in bytes overflows"));
    let large = format!("({}, 1)", 1_u64 << 60);
    fs::write(&path, crate::arrays::npy("<f4", "False", &large, &[0; 16])).unwrap();
    let error = FeatureMatrix::read(&path).unwrap_err().to_string();
    assert!(error.contains("needs 4611686018427387904 bytes of data, 16 are there"), "{error}");
}

#[test]
fn tables_that_numpy_wrote_are_read_in_their_precision() {
    for name in ["table_stored.npz", "table_deflated.npz", "table_bytes.npz"] {
        let table = FeatureTable::read(fixture(name)).unwrap();
        assert_eq!((table.values(), table.is_f64()), (frames().into(), false), "{name}");
        assert_eq!(table.clips()[1], clip("A411_mix_ang_hap_30_70_ver1"));
    }
    let thirds = frames().mapv(|value| f64::from(value) / 3.0);
    for name in ["table_f8_stored.npz", "table_f8_deflated.npz"] {
        assert_eq!(FeatureTable::read(fixture(name)).unwrap().values_f64(), thirds, "{name}");
    }
    let table = FeatureTable::read(fixture("table_big_endian.npz")).unwrap();
    assert_eq!((table.values(), table.is_f64()), (frames().into(), true));
}

#[test]
fn tables_without_plain_names_are_refused() {
    let source = |name| match FeatureTable::read(fixture(name)) {
        Err(Error::Npz { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    assert!(matches!(source("table_objects.npz"), NpzError::Array { source: NpyError::Pickled, .. }));
    let missing = source("table_without_names.npz").to_string();
    assert!(
        missing.starts_with("array \"filenames\" is missing") && missing.ends_with("holds \"X\""),
        "{missing}"
    );
}

#[test]
fn an_archive_of_clips_is_aggregated_like_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["stored", "deflated"] {
        let path = fixture(&format!("clips_{name}.npz"));
        let members = FeatureFolder::new(&path).aggregate(&Aggregator::default(), &|_| ()).unwrap();
        assert_eq!(members.table.len(), 4);
        for (row, clip) in members.table.clips().iter().enumerate() {
            write_frames(
                &folder.path().join(format!("{clip}.npy")),
                &frames().slice(s![..=row, ..]).to_owned(),
            );
        }
        let files = FeatureFolder::new(folder.path()).aggregate(&Aggregator::default(), &|_| ()).unwrap();
        assert_eq!(members.table, files.table);
        let report = FeatureFolder::new(&path)
            .options(only("test"))
            .aggregate(&Aggregator::default(), &|_| ())
            .unwrap();
        assert_eq!((report.table.len(), report.filtered_out), (2, 2));
    }
}

#[test]
fn clips_may_be_archives_of_one_array_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::copy(fixture("one_array_deflated.npz"), path("test_0001.npz")).unwrap();
    fs::copy(fixture("one_array_stored.npz"), path("test_0002.npz")).unwrap();
    fs::copy(fixture("table_stored.npz"), path("table.npz")).unwrap();
    let report = FeatureFolder::new(folder.path()).aggregate(&Aggregator::default(), &|_| ()).unwrap();
    assert_eq!((report.table.len(), report.ignored), (2, vec![path("table.npz")]));
    assert_eq!(report.table.values().row(0), report.table.values().row(1));

    write_frames(&path("test_0002.npy"), &frames());
    fs::copy(fixture("clips_stored.npz"), path("test_0003.npz")).unwrap();
    let error =
        FeatureFolder::new(folder.path()).aggregate(&Aggregator::default(), &|_| ()).unwrap_err().to_string();
    assert!(
        error.contains("test_0002.npy is of the same clip") && error.contains("exactly one array"),
        "{error}"
    );
}

#[test]
fn subsampled_rows_keep_their_clips() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (number, name) in clips(4).into_iter().enumerate() {
        write_frames(&path(&format!("{name}.npy")), &(values(1 + number, 3) + number as f32));
    }
    let report = FeatureFolder::new(folder.path()).subsample(&|_| ()).unwrap();
    let table = report.table;
    assert_eq!(
        (table.clips(), table.index().clip_of_row()),
        (&clips(4)[..], &[0, 1, 1, 2, 2, 2, 3, 3, 3, 3][..])
    );
    assert_eq!(table.index().rows_of("test_0003"), [6, 7, 8, 9]);
    assert_eq!(table.values().slice(s![3..6, ..]), values(3, 3) + 2.0);
    table.write(path("rows/table.npz")).unwrap();
    assert_eq!(FeatureTable::read(path("rows/table.npz")).unwrap(), table);

    write_frames(&path("test_0001.npy"), &values(2, 5));
    write_frames(&path("test_0002.npy"), &Array2::from_elem((1, 3), f32::NAN));
    let error = FeatureFolder::new(folder.path()).subsample(&|_| ()).unwrap_err().to_string();
    assert!(
        error.contains("has 5 dimensions where 2 clips have 3") && error.contains("test_0002.npy: frame 0"),
        "{error}"
    );
    assert!(FeatureFolder::new(path("test_0001.npy")).subsample(&|_| ()).is_err());
}
