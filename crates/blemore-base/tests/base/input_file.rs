use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::time::SystemTime;

use blemore_base::{InputFile, is_given_wrong, read_input, read_input_text};

/// A file that was last written long ago.
fn old(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    let overwrite = || fs::write(&path, b"other").unwrap();
    let shorten = || OpenOptions::new().write(true).open(&path).unwrap().set_len(2).unwrap();
    let lengthen = || fs::write(&path, b"longer than it was").unwrap();
    for change in [&overwrite as &dyn Fn(), &shorten, &lengthen] {
        old(&path, b"bytes");
        let (before, during) = (InputFile::open(&path).unwrap(), InputFile::open(&path).unwrap());
        let mut two = [0; 2];
        assert_eq!(during.read_at(&mut two, 0).unwrap(), 2);
        change();
        for error in [before.read_all(&mut [0; 5]).unwrap_err(), during.check_unchanged().unwrap_err()] {
            assert!(error.to_string().contains("was changed while it was read"), "{error}");
            assert!(is_given_wrong(&error));
        }
    }
}

/// Its name may vanish, or be given to another file: what was opened is read to its end.
#[cfg(unix)]
#[test]
fn a_file_that_is_open_is_read_whatever_becomes_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let [path, other] = ["input", "other"].map(|name| folder.path().join(name));
    old(&path, b"bytes");
    let (replaced, mut bytes) = (InputFile::open(&path).unwrap(), [0; 5]);
    fs::write(&other, b"other").unwrap();
    fs::rename(&other, &path).unwrap();
    replaced.read_all(&mut bytes).unwrap();
    assert_eq!((&bytes[..], &read_input(&path).unwrap()[..]), (&b"bytes"[..], &b"other"[..]));
    fs::remove_file(&path).unwrap();
    assert_eq!(read_input(&path).unwrap_err().kind(), ErrorKind::NotFound);
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_at_once_by_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let [pipe, socket, link] = ["pipe", "socket", "link"].map(|name| folder.path().join(name));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    for (path, what) in [(&pipe, "a pipe"), (&socket, "a socket"), (&link, "a terminal or another device")] {
        let error = read_input(path).unwrap_err();
        assert!(error.to_string().contains(&format!("it is {what}, not a regular file")), "{error}");
        assert!(is_given_wrong(&error));
    }
    assert_eq!(read_input(folder.path()).unwrap_err().kind(), ErrorKind::IsADirectory);
}

#[test]
fn what_is_too_large_or_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    fs::write(&path, b"\xff").unwrap();
    assert!(read_input_text(&path).unwrap_err().to_string().contains("UTF-8"));
    // As long as it says, without taking room on the disk.
    File::create(&path).unwrap().set_len(blemore_base::limits::TEXT_BYTES + 1).unwrap();
    assert!(read_input(&path).unwrap_err().to_string().contains("1073741825 bytes"));
}
