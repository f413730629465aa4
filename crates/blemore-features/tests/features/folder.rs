//! A folder of arrays to a table.

use std::fs;

use std::num::NonZeroUsize;
use std::sync::Mutex;

use blemore_features::{
    Aggregator, ClipProblem, Error, FeatureFolder, FolderReport, NonFinite, Progress, Statistic,
};
use ndarray::{Array2, array, s};

use crate::arrays::{npy, only, values, write_frames};

fn folder_of(clips: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..clips {
        let frames = values(3 + number % 5, 4) + number as f32;
        write_frames(&folder.path().join(format!("test_{number:04}.npy")), &frames);
    }
    folder
}

/// The paper's seven statistics.
fn aggregate(folder: &FeatureFolder) -> Result<FolderReport, Error> {
    folder.aggregate(&Aggregator::default(), &|_| ())
}

#[test]
fn tables_are_the_same_whatever_the_number_of_threads() {
    let folder = folder_of(40);
    let [one, all] =
        [NonZeroUsize::new(1), None].map(|threads| FeatureFolder::new(folder.path()).threads(threads));
    let (aggregated, rows) = (aggregate(&one).unwrap(), one.subsample(&|_| ()).unwrap());
    assert!(aggregated.table.clips().is_sorted());
    assert_eq!(rows.table.clips(), aggregated.table.clips());
    assert!(rows.table.index().clip_of_row().is_sorted() && rows.table.len() == 8 * (3 + 4 + 5 + 6 + 7));
    for threads in [2, 7, 100].map(NonZeroUsize::new) {
        let many = all.clone().threads(threads);
        assert_eq!(aggregate(&many).unwrap(), aggregated, "{threads:?} threads");
        assert_eq!(many.subsample(&|_| ()).unwrap(), rows, "{threads:?} threads");
    }
    assert_eq!((aggregate(&all).unwrap(), all.subsample(&|_| ()).unwrap()), (aggregated, rows));
}

#[test]
fn long_clips_have_the_rows_of_their_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let frames = values(4100, 1030);
    let big_endian_columns: Vec<u8> = frames.t().iter().flat_map(|value| value.to_be_bytes()).collect();
    let shape = format!("({}, {})", frames.nrows(), frames.ncols());
    fs::write(folder.path().join("test_0001.npy"), npy(">f4", "True", &shape, &big_endian_columns)).unwrap();
    write_frames(&folder.path().join("test_0002.npy"), &frames);
    write_frames(&folder.path().join("test_0003.npy"), &values(3, 1030));
    let expected = Aggregator::default().aggregate(frames.view()).unwrap();
    // With more threads than clips, several threads share the columns of a long clip.
    for threads in [1, 7, 40] {
        let folder = FeatureFolder::new(folder.path()).threads(NonZeroUsize::new(threads));
        let whole = aggregate(&folder).unwrap();
        for clip in [0, 1] {
            assert!(whole.table.values().row(clip).iter().eq(&expected), "clip {clip}, {threads} threads");
        }
    }
    // A cut one is refused by its header.
    let cut = folder.path().join("test_0002.npy");
    fs::OpenOptions::new().write(true).open(&cut).unwrap().set_len(16 << 20).unwrap();
    let error = aggregate(&FeatureFolder::new(folder.path())).unwrap_err().to_string();
    assert!(error.contains("test_0002.npy"), "{error}");
}

#[test]
fn progress_counts_every_clip_once() {
    let folder = folder_of(10);
    let seen = Mutex::new(Vec::new());
    let note = |progress: Progress<'_>| {
        let Progress::Step { done, total, what, .. } = progress else { panic!("{progress}") };
        seen.lock().unwrap().push((done, total, what.to_owned()));
    };
    let three = FeatureFolder::new(folder.path()).threads(NonZeroUsize::new(3));
    three.aggregate(&Aggregator::default(), &note).unwrap();
    let mut seen = seen.into_inner().unwrap();
    assert!(seen.iter().enumerate().all(|(index, (done, total, _))| (*done, *total) == (index + 1, 10)));
    seen.sort_by(|one, other| one.2.cmp(&other.2));
    seen.dedup_by(|one, other| one.2 == other.2);
    assert_eq!(seen.len(), 10);
}

#[test]
fn nothing_is_left_out_in_silence() {
    let folder = folder_of(5);
    fs::write(folder.path().join("README.md"), "").unwrap();
    fs::write(folder.path().join("._test_0001.npy"), "").unwrap();
    fs::create_dir(folder.path().join("nested.npy")).unwrap();
    let report = aggregate(&FeatureFolder::new(folder.path()).options(only("_0003"))).unwrap();
    assert_eq!((report.table.len(), report.filtered_out), (1, 4));
    let names: Vec<_> =
        report.ignored.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["._test_0001.npy", "README.md", "nested.npy"]);
}

#[test]
fn every_fault_of_every_file_comes_at_once() {
    let folder = folder_of(6);
    let path = |name: &str| folder.path().join(name);
    fs::write(path("test_0000.npy"), "no array").unwrap();
    fs::write(path("test_0001.npy"), npy("|O", "False", "(1,)", b"pickle")).unwrap();
    write_frames(&path("test_0002.npy"), &array![[0.0, 0.0, f32::NAN, 0.0]]);
    write_frames(&path("test_0004.npy"), &values(2, 9));
    fs::copy(path("test_0005.npy"), path("test_0005.NPY")).unwrap();
    write_frames(&path("A1_joy_int1_ver1.npy"), &values(1, 4));
    let error = aggregate(&FeatureFolder::new(folder.path())).unwrap_err();
    let message = error.to_string();
    let Error::Folder { faults, .. } = error else { panic!() };
    assert_eq!(faults.len(), 6, "{message}");
    assert!(matches!(faults[0].problem, ClipProblem::Name(_)));
    assert!(matches!(faults[1].problem, ClipProblem::Npy(_)));
    assert!(matches!(faults[2].problem, ClipProblem::Npy(blemore_features::NpyError::Pickled)));
    assert!(matches!(faults[3].problem, ClipProblem::Aggregation(_)));
    assert!(matches!(faults[4].problem, ClipProblem::Frames(_)));
    assert!(matches!(faults[5].problem, ClipProblem::Name(_)));
    for part in [
        "A1_joy",
        "test_0000.npy: this is not",
        "pickle",
        "frame 0, dimension 2",
        "has 9 dimensions where 2 clips have 4",
        "same clip",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

/// Two files of one clip are refused; names that differ in case are two clips, where the file system has
/// both.
#[test]
fn a_clip_has_one_file() {
    let folder = folder_of(2);
    fs::write(folder.path().join("test_0001.csv"), "").unwrap();
    let report = aggregate(&FeatureFolder::new(folder.path())).unwrap();
    assert!(report.table.len() == 2 && report.ignored[0].ends_with("test_0001.csv"), "{report:?}");
    write_frames(&folder.path().join("X1_hap_int1_ver1.npy"), &values(3, 4));
    write_frames(&folder.path().join("x1_hap_int1_ver1.npy"), &values(5, 4));
    let files = fs::read_dir(folder.path()).unwrap().filter(|entry| {
        entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|extension| extension == "npy"))
    });
    let files = files.count();
    assert_eq!(aggregate(&FeatureFolder::new(folder.path())).unwrap().table.len(), files);
    fs::write(folder.path().join("test_0001.npz"), "").unwrap();
    let error = aggregate(&FeatureFolder::new(folder.path())).unwrap_err().to_string();
    assert!(error.contains("test_0001.npz") && error.contains("same clip"), "{error}");
}

#[test]
fn folders_without_arrays_are_errors_that_say_what_is_there() {
    let folder = folder_of(0);
    let message = |folder: FeatureFolder| aggregate(&folder).unwrap_err().to_string();
    assert!(message(FeatureFolder::new(folder.path())).contains("is empty"));
    fs::write(folder.path().join("features.npz"), "").unwrap();
    assert!(message(FeatureFolder::new(folder.path())).contains("features.npz"));
    write_frames(&folder.path().join("test_0001.npy"), &values(1, 1));
    assert!(
        message(FeatureFolder::new(folder.path()).options(only("mix")))
            .contains("holds 1 file, and none has")
    );
    assert!(message(FeatureFolder::new(folder.path().join("absent"))).contains("absent"));
}

#[test]
fn frames_that_are_not_finite_follow_the_policy() {
    let folder = folder_of(2);
    let holed = array![[f32::NAN, 1.0], [1.0, 2.0], [f32::INFINITY, 3.0], [4.0, 7.0], [f32::NAN, f32::NAN]];
    let path = folder.path().join("test_0000.npy");
    write_frames(&path, &holed);
    write_frames(&folder.path().join("test_0001.npy"), &values(2, 2));
    let aggregator = Aggregator::new([Statistic::Mean, Statistic::Minimum]).unwrap();
    let run = |policy| FeatureFolder::new(folder.path()).non_finite(policy).aggregate(&aggregator, &|_| ());
    assert!(matches!(run(NonFinite::Refuse), Err(Error::Folder { .. })));

    let dropped = run(NonFinite::DropFrames).unwrap();
    assert_eq!(dropped.table.values().slice(s![0, ..]), array![2.5, 4.5, 1.0, 2.0]);
    assert_eq!((dropped.fixed.len(), dropped.fixed[0].1.frames_dropped), (1, 3));

    let filled = run(NonFinite::Interpolate).unwrap();
    assert_eq!(filled.table.values().slice(s![0, ..]), array![12.5 / 5.0, 4.0, 1.0, 1.0]);
    assert_eq!(filled.fixed[0].1.values_interpolated, 4);

    write_frames(&path, &Array2::from_elem((2, 2), f32::NAN));
    for policy in [NonFinite::Refuse, NonFinite::DropFrames, NonFinite::Interpolate] {
        assert!(run(policy).unwrap_err().to_string().contains("test_0000.npy"));
    }
}

#[test]
fn statistics_that_overflow_name_their_clip() {
    let folder = folder_of(2);
    write_frames(
        &folder.path().join("test_0001.npy"),
        &array![[0.0, 0.0, 3e38, 0.0], [0.0, 0.0, -3e38, 0.0]],
    );
    let aggregator = Aggregator::new([Statistic::Mean, Statistic::Variance]).unwrap();
    let error = FeatureFolder::new(folder.path()).aggregate(&aggregator, &|_| ()).unwrap_err().to_string();
    assert!(error.contains("test_0001.npy: var of dimension 2"), "{error}");
}
