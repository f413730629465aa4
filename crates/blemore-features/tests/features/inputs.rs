//! Files that are no files, and files that change while a folder is read.

use blemore_base::Blame;
use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use blemore_features::{Aggregator, ClipFault, Error, FeatureFolder};

use crate::arrays::{npy, npz, values, write_frames};

const CLIPS: usize = 20;

/// Aggregates on one thread, and changes the files once the first clip is done: no more than three others are read then.
fn faults_after(path: &Path, change: impl Fn() + Sync) -> Vec<ClipFault> {
    let is_changed = AtomicBool::new(false);
    let one = FeatureFolder::new(path).threads(NonZeroUsize::new(1));
    let result = one.aggregate(&Aggregator::default(), &|_| {
        if !is_changed.swap(true, Ordering::SeqCst) {
            change();
        }
    });
    let Err(Error::Folder { faults, .. }) = result else { panic!("{result:?}") };
    faults
}

fn set_old(path: &Path) {
    File::options().write(true).open(path).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
}

#[test]
fn files_that_vanish_or_are_cut_before_their_turn_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |clip: usize| folder.path().join(format!("test_{clip:04}.npy"));
    (0..CLIPS).for_each(|clip| write_frames(&path(clip), &values(3, 4)));
    let faults = faults_after(folder.path(), || {
        fs::remove_file(path(CLIPS - 1)).unwrap();
        File::options().write(true).open(path(CLIPS - 2)).unwrap().set_len(100).unwrap();
    });
    let [cut, vanished] = [&faults[0], &faults[1]].map(ToString::to_string);
    assert!(faults.len() == 2 && cut.starts_with("test_0018.npy: shape"), "{cut}");
    assert!(vanished.starts_with("test_0019.npy: cannot be read"), "{vanished}");
}

#[test]
fn an_archive_that_is_written_to_while_it_is_read_gives_no_mixture() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clips.npz");
    let names: Vec<String> = (0..CLIPS).map(|clip| format!("test_{clip:04}")).collect();
    let archive = |value: f32| {
        let array = npy("<f4", "False", "(1, 1)", &value.to_le_bytes());
        npz(&names.iter().map(|name| (name.as_str(), array.clone())).collect::<Vec<_>>())
    };
    for (name, written) in [("other values", archive(2.0)), ("cut", archive(1.0)[..500].to_vec())] {
        fs::write(&path, archive(1.0)).unwrap();
        set_old(&path);
        let faults = faults_after(&path, || fs::write(&path, &written).unwrap());
        assert!(faults.len() >= CLIPS - 4, "{name}");
        assert!(faults.iter().all(|fault| fault.to_string().contains("changed while it was read")), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn pipes_and_endless_files_are_refused_by_every_reader() {
    use blemore_features::openface::{SeveralFaces, convert_folder};
    use blemore_features::{ArrayShape, FeatureMatrix, FeatureTable, TableShape};

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["test_0001.npy", "test_0002.npz", "test_0003.csv"] {
        assert!(std::process::Command::new("mkfifo").arg(path(name)).status().unwrap().success());
    }
    std::os::unix::fs::symlink("/dev/zero", path("test_0004.npy")).unwrap();
    let (pipe, archive) = (path("test_0001.npy"), path("test_0002.npz"));
    for error in [
        FeatureMatrix::read(&pipe).unwrap_err(),
        FeatureMatrix::read(&archive).unwrap_err(),
        FeatureTable::read(&archive).unwrap_err(),
        ArrayShape::read(&pipe).unwrap_err(),
        TableShape::read(&archive).unwrap_err(),
    ] {
        assert!(error.is_bad_input() && error.to_string().contains("it is a pipe"), "{error}");
    }
    let folder = folder.path();
    let error = FeatureFolder::new(folder).aggregate(&Aggregator::default(), &|_| ()).unwrap_err();
    let message = error.to_string();
    let Error::Folder { faults, .. } = error else { panic!("{message}") };
    assert!(
        faults.len() == 3 && message.contains("test_0004.npy: cannot be read (it is a terminal or"),
        "{message}"
    );
    let error = convert_folder(folder, folder.join("out"), SeveralFaces::Keep, &|_| ()).unwrap_err();
    assert!(error.to_string().contains("test_0003.csv: cannot be read (it is a pipe"), "{error}");
}
