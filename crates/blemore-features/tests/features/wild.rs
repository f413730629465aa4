//! Arrays as people have them: one test per line of what has been reported, and the same faults in other
//! readers.

use std::fs;
use std::path::Path;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use blemore_features::{
    Aggregator, Error, FeatureFolder, FeatureMatrix, FeatureTable, FolderOptions, FolderReport, Layer,
    NonFinite, NpyError, TableShape,
};
use blemore_testing::wild;
use ndarray::{Array2, Array3, array, s};

use crate::arrays::{clips, npy, npz, values, write_frames};

fn aggregate(folder: &Path, options: FolderOptions) -> Result<FolderReport, Error> {
    FeatureFolder::new(folder).options(options).aggregate(&Aggregator::default(), &|_| ())
}

fn subsample(folder: &Path, options: FolderOptions) -> Result<FolderReport, Error> {
    FeatureFolder::new(folder).options(options).subsample(&|_| ())
}

fn with_policy(folder: &Path, policy: NonFinite) -> Result<FolderReport, Error> {
    FeatureFolder::new(folder).non_finite(policy).aggregate(&Aggregator::default(), &|_| ())
}

fn plain(folder: &str) -> FolderReport {
    aggregate(&wild(folder), FolderOptions::default()).unwrap()
}

fn layer(layer: Layer) -> FolderOptions {
    FolderOptions { layer: Some(layer), ..FolderOptions::default() }
}

fn refusal(folder: &Path, options: FolderOptions) -> String {
    aggregate(folder, options).unwrap_err().to_string()
}

/// The seven descriptors of one dimension of the first clip.
fn descriptors(report: &FolderReport, dimension: usize) -> Vec<f32> {
    let width = report.table.width() / 7;
    report.table.values().row(0).iter().skip(dimension).step_by(width).copied().collect()
}

fn assert_close(found: &[f32], expected: [f64; 7], tolerance: f64) {
    for (found, expected) in found.iter().zip(expected) {
        assert_abs_diff_eq!(f64::from(*found), expected, epsilon = tolerance);
    }
}

/// Writes an array of any shape.
fn write_array(path: &Path, shape: &str, values: impl IntoIterator<Item = f32>) {
    let data: Vec<u8> = values.into_iter().flat_map(f32::to_le_bytes).collect();
    fs::write(path, npy("<f4", "False", shape, &data)).unwrap();
}

/// Exact figures in decimal arithmetic.
#[test]
fn a_batch_axis_is_dropped_and_said() {
    let report = plain("arrays/1xTxD-same-T");
    assert_eq!((report.table.len(), report.table.width()), (3, 7 * 8));
    let expected = [
        -0.6043348014354706,
        0.9971282658074099,
        -1.9061744213104248,
        -1.197463184595108,
        -0.8986169397830963,
        0.26795727014541626,
        0.5468599379062653,
    ];
    assert_close(&descriptors(&report, 0), expected, 1e-6);
    assert_eq!(
        report.dropped_axes.unwrap().to_string(),
        "axes of length 1 are dropped in 3 clips: X102_ang_int1_ver1 of shape (1, 10, 8) is 10 frames of 8 \
         values"
    );
    for (folder, clips) in [("arrays/1xTxD", 3), ("arrays/mixed-1xTxD-and-TxD", 1)] {
        let report = plain(folder);
        assert_eq!((report.table.len(), report.table.width()), (3, 7 * 8), "{folder}");
        assert_eq!(report.dropped_axes.unwrap().clips, clips);
    }
}

#[test]
fn every_place_of_an_axis_of_length_one_gives_the_same_frames() {
    let folder = tempfile::tempdir().unwrap();
    let frames = values(6, 4);
    write_frames(&folder.path().join("test_0000.npy"), &frames);
    let columns: Vec<f32> = frames.t().iter().copied().collect();
    for (number, shape) in ["(1, 6, 4)", "(6, 1, 4)", "(6, 4, 1)", "(1, 6, 1, 4)"].into_iter().enumerate() {
        write_array(&folder.path().join(format!("test_{:04}.npy", 2 * number + 1)), shape, frames.clone());
        let data: Vec<u8> = columns.iter().flat_map(|value| value.to_le_bytes()).collect();
        let path = folder.path().join(format!("test_{:04}.npy", 2 * number + 2));
        fs::write(path, npy("<f4", "True", shape, &data)).unwrap();
    }
    let report = aggregate(folder.path(), FolderOptions::default()).unwrap();
    let table = report.table.values();
    assert!((1..9).all(|row| table.row(row) == table.row(0)));
    let rows = subsample(folder.path(), FolderOptions::default()).unwrap();
    assert_eq!((rows.table.len(), rows.dropped_axes.unwrap().clips), (9 * 6, 8));
    assert_eq!(rows.table.values().slice(s![6 * 8.., ..]), frames);
    let one = FeatureMatrix::read(folder.path().join("test_0003.npy")).unwrap();
    assert_eq!(one.frames(), frames);

    write_array(&folder.path().join("test_0009.npy"), "(1, 6, 1)", (0..6).map(|value| value as f32));
    let said = refusal(folder.path(), FolderOptions::default());
    assert!(said.contains("(1, 6, 1) may be many frames of one value"), "{said}");
}

#[test]
fn an_archive_of_clips_is_read_and_found() {
    let archive = wild("arrays/clips-of-one-npz/clips.npz");
    let report = aggregate(&archive, FolderOptions::default()).unwrap();
    assert_eq!((report.table.len(), report.table.width()), (6, 7 * 8));
    assert_eq!(report.dropped_axes.unwrap().clips, 6);
    let said = refusal(&wild("arrays/clips-of-one-npz"), FolderOptions::default());
    assert!(said.contains("clips.npz is an archive of clips: give it in place of the folder"), "{said}");
    let rows = subsample(&archive, FolderOptions::default()).unwrap();
    assert_eq!((rows.table.clips().len(), rows.table.len(), rows.table.width()), (6, 30, 8));
}

#[test]
fn all_layers_need_a_choice_that_then_works() {
    for folder in ["arrays/layersxTxD", "arrays/1xlayersxTxD-same"] {
        let folder = wild(folder);
        let said = refusal(&folder, FolderOptions::default());
        let what = "choose a layer: --layer N (0 to 2), or --layer mean";
        assert!(said.contains("shape (") && said.contains(what), "{said}");
        let error = subsample(&folder, FolderOptions::default()).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        let file = folder.join("X102_hap_int2_ver1.npy");
        assert!(FeatureMatrix::read(&file).unwrap_err().to_string().contains(what));
        for chosen in [Layer::Index(0), Layer::Index(2), Layer::Mean] {
            let report = aggregate(&folder, layer(chosen)).unwrap();
            assert_eq!((report.table.len(), report.table.width()), (3, 7 * 8));
            let rows = subsample(&folder, layer(chosen)).unwrap();
            assert_eq!((rows.table.clips().len(), rows.table.width()), (3, 8));
            assert_eq!(FeatureMatrix::read_layer(&file, chosen).unwrap().width(), 8);
        }
        let said = refusal(&folder, layer(Layer::Index(3)));
        assert!(said.contains("has 3 layers, counted from 0: there is no layer 3"), "{said}");
    }
}

#[test]
fn a_layer_is_that_layer_even_of_one_frame() {
    let folder = tempfile::tempdir().unwrap();
    let network = Array3::from_shape_fn((3, 5, 2), |(layer, frame, dimension)| {
        (100 * layer * layer + 10 * dimension + frame) as f32
    });
    write_array(&folder.path().join("test_0000.npy"), "(3, 5, 2)", network.clone());
    let one_frame = network.slice(s![.., ..1, ..]).to_owned();
    write_array(&folder.path().join("test_0001.npy"), "(1, 3, 1, 2)", one_frame.clone());
    write_array(&folder.path().join("test_0002.npy"), "(3, 1, 2)", one_frame);
    let data: Vec<u8> = network.t().iter().flat_map(|value| value.to_le_bytes()).collect();
    fs::write(folder.path().join("test_0003.npy"), npy("<f4", "True", "(3, 5, 2)", &data)).unwrap();
    for (chosen, first) in [(Layer::Index(0), 0.0), (Layer::Index(2), 400.0), (Layer::Mean, 500.0 / 3.0)] {
        let rows = subsample(folder.path(), layer(chosen)).unwrap().table;
        assert_eq!(rows.index().clip_of_row(), [0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3]);
        for (row, frame) in [(0, 0), (4, 4), (5, 0), (6, 0), (7, 0), (11, 4)] {
            let expected = [first + frame as f32, first + 10.0 + frame as f32];
            for (found, expected) in rows.values().row(row).iter().zip(expected) {
                assert_abs_diff_eq!(*found, expected, epsilon = 1e-4);
            }
        }
    }
    // Frames first, layers second: no layer is the same one in all clips.
    write_array(&folder.path().join("test_0004.npy"), "(4, 3, 2)", (0..24).map(|value| value as f32));
    write_frames(&folder.path().join("test_0005.npy"), &values(5, 2));
    let said = refusal(folder.path(), layer(Layer::Index(0)));
    assert!(said.contains("test_0004.npy: has 4 layers where 4 clips have 3"), "{said}");
    assert!(said.contains("test_0005.npy: shape (5, 2) has no axis of layers"), "{said}");

    let short = tempfile::tempdir().unwrap();
    write_array(&short.path().join("test_0000.npy"), "(3, 1, 2)", (0..6).map(|value| value as f32));
    let said = aggregate(short.path(), FolderOptions::default()).unwrap().dropped_axes.unwrap().to_string();
    assert!(said.contains("if its first axis counts layers, choose one with --layer"), "{said}");
}

#[test]
fn whole_numbers_are_taken() {
    let report = plain("arrays/integers");
    let expected = [
        [3.9, 2.487971060924946, 0.9, 2.0, 4.0, 6.0, 7.1],
        [3.6, 2.6907248094147422, 0.0, 1.0, 3.5, 6.0, 7.1],
        [4.0, 2.6457513110645907, 0.0, 1.75, 4.5, 6.25, 7.1],
        [3.4, 1.8547236990991407, 0.0, 3.0, 3.0, 5.0, 5.1],
    ];
    for (dimension, expected) in expected.into_iter().enumerate() {
        assert_close(&descriptors(&report, dimension), expected, 1e-6);
    }
}

#[test]
fn whole_numbers_of_every_width_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test_0000.npy");
    let read = |descr: &str, data: &[u8]| {
        fs::write(&path, npy(descr, "False", "(2, 1)", data)).unwrap();
        let mean_and_deviation = plain_row(folder.path());
        (mean_and_deviation[0], mean_and_deviation[1])
    };
    assert_eq!(read("|i1", &[0xff, 1]), (0.0, 1.0));
    assert_eq!(read("|u1", &[255, 1]), (128.0, 127.0));
    assert_eq!(read("<i2", &[0xff, 0xff, 3, 0]), (1.0, 2.0));
    assert_eq!(read(">u2", &[1, 0, 0, 0]), (128.0, 128.0));
    assert_eq!(read("<u4", &[0, 0, 0, 0x80, 0, 0, 0, 0]), (1_073_741_824.0, 1_073_741_824.0));
    assert_eq!(read("|b1", &[1, 0]), (0.5, 0.5));
    // 2^24 + 1 is no f32: from there on f32 would have lost the deviation.
    let pair = [(1_i64 << 24) + 1, (1 << 24) + 2];
    let little: Vec<u8> = pair.iter().flat_map(|value| value.to_le_bytes()).collect();
    let big: Vec<u8> = pair.iter().flat_map(|value| value.to_be_bytes()).collect();
    assert_eq!((read("<i8", &little).1, read(">u8", &big).1), (0.5, 0.5));
    fs::write(&path, npy("<c8", "False", "(2, 1)", &[0; 16])).unwrap();
    assert!(refusal(folder.path(), FolderOptions::default()).contains("type \"<c8\""));
}

fn plain_row(folder: &Path) -> Vec<f32> {
    aggregate(folder, FolderOptions::default()).unwrap().table.values().row(0).to_vec()
}

#[test]
fn statistics_of_f64_are_taken_in_f64() {
    let report = plain("arrays/large-offset");
    let deviations = [0.009503837276647076, 0.009693667811750543, 0.009654469921346553, 0.010691525807573743];
    for (dimension, expected) in deviations.into_iter().enumerate() {
        let found = descriptors(&report, dimension);
        assert_relative_eq!(f64::from(found[1]), expected, max_relative = 1e-6);
        assert_abs_diff_eq!(found[0], 1e6, epsilon = 0.07);
    }
}

#[test]
fn f64_follows_the_policies_as_f32_does() {
    let folder = tempfile::tempdir().unwrap();
    let frames = [f64::NAN, 1.0, f64::INFINITY, 4.0, f64::NAN];
    let data: Vec<u8> = frames.iter().flat_map(|value| value.to_le_bytes()).collect();
    fs::write(folder.path().join("test_0000.npy"), npy("<f8", "False", "(5, 1)", &data)).unwrap();
    let run = |policy| with_policy(folder.path(), policy);
    assert!(run(NonFinite::Refuse).unwrap_err().to_string().contains("frame 0, dimension 0"));
    assert_eq!(run(NonFinite::DropFrames).unwrap().table.values()[[0, 0]], 2.5);
    assert_eq!(run(NonFinite::Interpolate).unwrap().table.values()[[0, 0]], 2.5);
    let rows = |policy| {
        FeatureFolder::new(folder.path()).non_finite(policy).subsample(&|_| ()).map(|rows| rows.table)
    };
    assert!(rows(NonFinite::Refuse).unwrap_err().to_string().contains("frame 0, dimension 0"));
    assert_eq!(rows(NonFinite::DropFrames).unwrap().values(), array![[1.0], [4.0]]);
    assert_eq!(rows(NonFinite::Interpolate).unwrap().values(), array![[1.0], [1.0], [2.5], [4.0], [4.0]]);
}

#[test]
fn a_finite_value_beyond_f32_is_named_and_is_no_infinity() {
    let folder = wild("arrays/finite-but-large");
    for policy in [NonFinite::Refuse, NonFinite::DropFrames, NonFinite::Interpolate] {
        let error = with_policy(&folder, policy).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("X102_ang_int1_ver1.npy") && said.contains("is 1e39"), "{said}");
        assert!(said.contains("does not fit f32") && !said.contains("inf"), "{said}");
    }
    let error = subsample(&folder, FolderOptions::default()).unwrap_err();
    assert!(error.to_string().contains("frame 0, dimension 0 (both from 0) is 1e39, which does not fit f32"));
    let error = FeatureMatrix::read(folder.join("X102_ang_int1_ver1.npy")).unwrap_err();
    assert!(
        matches!(&error, Error::Npy { source: NpyError::Value(problem), .. } if problem.contains("is 1e39")),
        "{error}"
    );

    let large = Array2::from_elem((2, 3), 1e39);
    let error = FeatureTable::from_f64(clips(2), large).unwrap_err().to_string();
    assert!(error.contains("row 1, clip test_0001: 1e39 in column 0 does not fit f32"), "{error}");
}

#[test]
fn rows_whose_differences_f32_does_not_hold_are_refused() {
    let folder = wild("arrays/large-offset");
    let error = subsample(&folder, FolderOptions::default()).unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, Error::Shape { .. }) && said.contains("subtract their mean"), "{said}");
    assert!(said.contains("large-offset: column 0"), "{said}");

    let place = tempfile::tempdir().unwrap();
    let steps = Array2::from_shape_fn((9, 1), |(row, _)| row as f64);
    let write = |values: &Array2<f64>| {
        let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        fs::write(place.path().join("test_0001.npy"), npy("<f8", "False", "(9, 1)", &data)).unwrap();
    };
    write(&(&steps * 0.01 + 1e6));
    assert!(matches!(subsample(place.path(), FolderOptions::default()), Err(Error::Shape { .. })));
    for fine in [&steps * 0.01 + 10.0, &steps * 0.0 + 0.1, &steps / 3.0] {
        write(&fine);
        assert_eq!(subsample(place.path(), FolderOptions::default()).unwrap().table.len(), 9);
    }
}

#[test]
fn tables_of_whole_numbers_are_read_as_f64() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("table.npz");
    let value = (1_i64 << 40) + 1;
    let names = npy("|S9", "False", "(1,)", b"test_0001");
    let values = npy("<i8", "False", "(1, 1)", &value.to_le_bytes());
    fs::write(&path, npz(&[("X", values), ("filenames", names)])).unwrap();
    assert_eq!(FeatureTable::read(&path).unwrap().values_f64()[[0, 0]], value as f64);
    assert_eq!(TableShape::read(&path).unwrap().element, "<i8");
}

/// A folder per clip, a file per frame; the frames in an order that names as text do not have.
fn folders_of_frames() -> (tempfile::TempDir, Array2<f32>) {
    let folder = tempfile::tempdir().unwrap();
    let frames = values(12, 4);
    for clip in ["X102_ang_int1_ver1", "X411_mix_ang_hap_30_70_ver1"] {
        let clip = folder.path().join(clip);
        fs::create_dir(&clip).unwrap();
        for (number, frame) in frames.rows().into_iter().enumerate() {
            let shape = ["(4,)", "(1, 4)"][number % 2];
            write_array(&clip.join(format!("frame_{number}.npy")), shape, frame.iter().copied());
        }
        fs::write(clip.join("frame_0.jpg"), "").unwrap();
    }
    (folder, frames)
}

#[test]
fn folders_of_frames_are_named_and_stacked_in_natural_order() {
    let (folder, frames) = folders_of_frames();
    let said = refusal(folder.path(), FolderOptions::default());
    let what = "these are folders of frames, such as X102_ang_int1_ver1/frame_0.npy: give --frames";
    assert!(said.contains(what), "{said}");

    let stacked = FolderOptions { frames: true, ..FolderOptions::default() };
    let rows = subsample(folder.path(), stacked.clone()).unwrap().table;
    assert_eq!((rows.clips().len(), rows.values().slice(s![12.., ..])), (2, frames.view()));
    let whole = tempfile::tempdir().unwrap();
    write_frames(&whole.path().join("X102_ang_int1_ver1.npy"), &frames);
    let expected = aggregate(whole.path(), FolderOptions::default()).unwrap().table;
    let report = aggregate(folder.path(), stacked.clone()).unwrap();
    assert_eq!(report.table.values().row(1), expected.values().row(0));
    assert_eq!(report.dropped_axes, None);

    let said = refusal(whole.path(), stacked);
    assert!(said.contains("no folder of frames: leave --frames out"), "{said}");
}

#[test]
fn frames_that_do_not_fit_are_named() {
    let (folder, frames) = folders_of_frames();
    let clip = folder.path().join("X102_ang_int1_ver1");
    let stacked = FolderOptions { frames: true, ..FolderOptions::default() };
    let problem = || match aggregate(folder.path(), stacked.clone()) {
        Err(Error::Folder { faults, .. }) => faults[0].problem.clone(),
        other => panic!("{other:?}"),
    };
    write_frames(&clip.join("frame_3.npy"), &frames);
    assert!(problem().to_string().contains("holds 12 frames of 4 values where one frame of 4"));
    write_array(&clip.join("frame_3.npy"), "(5,)", [0.0; 5]);
    assert!(problem().to_string().contains("holds 1 frame of 5 values where one frame of 4"));
    fs::write(clip.join("frame_3.npy"), "").unwrap();
    assert!(problem().to_string().starts_with("frame_3.npy: "), "{}", problem());
    fs::remove_dir_all(&clip).unwrap();
    fs::create_dir(&clip).unwrap();
    assert!(problem().to_string().contains("holds no .npy file of a frame"));
    // One frame in f64 makes all of them so.
    let double: Vec<u8> = (0..4).flat_map(|value| (1e6 + 0.01 * f64::from(value)).to_le_bytes()).collect();
    write_array(&clip.join("1.npy"), "(4,)", [1e6; 4]);
    fs::write(clip.join("2.npy"), npy("<f8", "False", "(4,)", &double)).unwrap();
    let deviation = aggregate(folder.path(), stacked).unwrap().table.values()[[0, 4 + 3]];
    assert_abs_diff_eq!(deviation, 0.015, epsilon = 1e-6);
}

#[test]
fn frames_are_in_the_order_of_the_numbers_in_their_names() {
    let ordered = [
        "1",
        "02",
        "02x",
        "2y",
        "10",
        "a",
        "a1b2",
        "a1b10",
        "a2",
        "a10",
        "a010b",
        "b",
        "frame_9",
        "frame_10",
        "x99999999999999999999999",
        "x100000000000000000000000",
    ];
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("test_0001");
    fs::create_dir(&clip).unwrap();
    for (place, name) in (0_u8..).zip(ordered) {
        write_array(&clip.join(format!("{name}.npy")), "(1,)", [f32::from(place)]);
    }
    let options = FolderOptions { frames: true, ..FolderOptions::default() };
    let table = subsample(folder.path(), options).unwrap().table;
    assert!(table.values().iter().copied().eq((0_u8..16).map(f32::from)), "{}", table.values());
}
