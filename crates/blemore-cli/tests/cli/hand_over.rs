//! What `blemore` hands to `blemore-torch` beside it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::program::stderr;

/// Commands of the other program, and command lines without a command.
const HANDED_OVER: [&[&str]; 4] =
    [&["cross-validate", "--help"], &["--json", "reproduce", "--epochs", "1"], &["--help"], &["scroe"]];
/// What this program answers itself.
const OWN: [&[&str]; 4] =
    [&["--version"], &["score", "--help"], &["score"], &["-q", "aggregate", "nowhere", "-o", "x"]];

/// A copy of the program in a folder of its own.
fn program_in(folder: &Path) -> Command {
    let copy = folder.join("blemore");
    if !copy.exists() {
        fs::hard_link(crate::PROGRAM, &copy).or_else(|_| fs::copy(crate::PROGRAM, &copy).map(drop)).unwrap();
    }
    Command::new(copy)
}

fn run(folder: &Path, words: &[&str]) -> Output {
    program_in(folder).args(words).output().unwrap()
}

#[cfg(unix)]
#[test]
fn the_other_program_gets_every_word_and_decides_the_exit_code() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("blemore-torch");
    fs::write(&other, "#!/bin/sh\necho \"other program: $*\"; exit 7\n").unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o755)).unwrap();
    for words in HANDED_OVER {
        let output = run(folder.path(), words);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!((output.status.code(), said), (Some(7), format!("other program: {}\n", words.join(" "))));
    }
    for words in OWN {
        let output = run(folder.path(), words);
        assert_ne!(output.status.code(), Some(7), "{words:?}");
    }
}

#[test]
fn the_program_is_not_linked_to_libtorch() {
    let program = fs::read(crate::PROGRAM).unwrap();
    let name = b"libtorch_cpu";
    assert!(!program.windows(name.len()).any(|bytes| bytes == name));
}

#[test]
fn without_the_other_program_it_says_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    for words in [HANDED_OVER[0], HANDED_OVER[1], HANDED_OVER[3]] {
        let output = run(folder.path(), words);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("--path crates/blemore-torch"), "{}", stderr(&output));
    }
    let help = run(folder.path(), &["--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(
        help.status.success() && text.contains("score") && text.contains("crates/blemore-torch` installs"),
        "{text}"
    );
}
