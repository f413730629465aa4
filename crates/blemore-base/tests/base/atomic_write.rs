//! Files and folders that are there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use blemore_base::*;

fn names(folder: &Path) -> Vec<OsString> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn a_failure_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made").join("file");
    atomic_write(&path, |writer| writer.write_all(b"old")).unwrap();
    let failed = atomic_write(&path, |writer| {
        writer.write_all(b"new")?;
        Err(io::Error::other("disk full"))
    });
    assert!(failed.unwrap_err().to_string().contains("disk full"));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    atomic_write(&path, |writer| writer.write_all(b"new")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(path.parent().unwrap()), ["file"]);
}

#[test]
fn a_folder_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cell");
    let failed = atomic_folder(
        &path,
        |draft| {
            fs::write(draft.join("one"), "1")?;
            Err(io::Error::other("no second file"))
        },
        |error| error,
    );
    assert!(failed.is_err() && names(folder.path()).is_empty());
    atomic_folder(&path, |draft| fs::write(draft.join("one"), "1"), |error| error).unwrap();
    let again = atomic_folder(&path, |draft| fs::write(draft.join("one"), "2"), |error| error);
    assert!(again.is_err() && fs::read(path.join("one")).unwrap() == b"1");
    assert_eq!(names(folder.path()), ["cell"]);
}

#[test]
fn several_threads_may_write_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    // Drafts that are made and taken away at the same moment meet only now and then.
    for _ in 0..200 {
        std::thread::scope(|scope| {
            for letter in *b"abcdefgh" {
                let path = &path;
                scope.spawn(move || atomic_write(path, |out| out.write_all(&[letter; 100_000])).unwrap());
            }
        });
    }
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.len() == 100_000 && bytes.iter().all(|byte| *byte == bytes[0]));
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn what_a_killed_process_left_goes_and_what_a_living_one_writes_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(folder.path().join(".file.0.tmp"), "left over").unwrap();
    let living = File::create(folder.path().join(".file.1.tmp")).unwrap();
    living.lock().unwrap();
    atomic_write(&path, |outer| {
        // A second writer of the same file meanwhile.
        atomic_write(&path, |inner| inner.write_all(b"inner"))?;
        outer.write_all(b"outer")
    })
    .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"outer");
    let mut left = names(folder.path());
    left.sort();
    assert_eq!(left, [".file.1.tmp", "file"]);
    let cell = folder.path().join("cell");
    fs::create_dir_all(folder.path().join(".cell.0.tmp/half")).unwrap();
    atomic_folder(&cell, |draft| fs::write(draft.join("one"), "1"), |error| error).unwrap();
    assert!(!folder.path().join(".cell.0.tmp").exists() && cell.join("one").is_file());
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_replaced() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let write = |path: &Path| atomic_write(path, |out| out.write_all(b"new"));
    fs::create_dir(place("folder")).unwrap();
    fs::write(place("target"), "old").unwrap();
    symlink(place("target"), place("link")).unwrap();
    symlink(place("nothing"), place("dangling")).unwrap();
    symlink(place("loop"), place("loop")).unwrap();
    write(&place("link")).unwrap();
    assert_eq!(fs::read(place("target")).unwrap(), b"new");
    assert!(place("link").is_symlink());
    for refused in ["folder", "dangling", "loop"] {
        assert!(write(&place(refused)).is_err(), "{refused}");
    }
    assert!(write(Path::new("/dev/null")).unwrap_err().to_string().contains("regular file"));
    assert_eq!(names(folder.path()).len(), 5);
}

#[test]
fn a_path_without_a_name_is_an_error() {
    assert!(atomic_write(Path::new("/"), |_| Ok(())).is_err());
    assert!(atomic_write(Path::new(""), |_| Ok(())).is_err());
}
