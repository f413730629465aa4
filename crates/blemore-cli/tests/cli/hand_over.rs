//! What `blemore` hands to `blemore-torch` beside it: commands that run a network, and nothing else.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::program::{blemore, blemore_json, stderr};

/// Command lines that run a network.
const HANDED_OVER: [&[&str]; 4] = [
    &["cross-validate", "--features", "a.npz", "--metadata", "b.csv", "-o", "c"],
    &["--json", "reproduce", "--epochs", "1"],
    &["sweep", "a.toml", "-o", "c"],
    &["predict", "--checkpoint", "a", "--features", "b", "-o", "c"],
];
/// The version with that of libtorch.
const DETAILS: &[&str] = &["--version", "-v"];
/// What this program answers itself: all help, wrong usage, a mistyped command, and the other commands.
const OWN: [&[&str]; 9] = [
    &["--version"],
    &["--help"],
    &["cross-validate", "--help"],
    &["cross-validate"],
    &["scroe"],
    &["score", "--help"],
    &["merge", "nowhere", "-o", "x"],
    &["completions", "bash"],
    &["-q", "aggregate", "nowhere", "-o", "x"],
];

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
    for words in HANDED_OVER.into_iter().chain([DETAILS]) {
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
    for words in HANDED_OVER {
        let output = run(folder.path(), words);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(
            said.ends_with("\ntry: cargo xtask setup && cargo install --path crates/blemore-torch\n"),
            "{said}"
        );
    }
    let details = run(folder.path(), DETAILS);
    let said = String::from_utf8_lossy(&details.stdout);
    for part in ["blemore-torch is not beside blemore", "ffmpeg", "Portable"] {
        assert!(details.status.success() && said.contains(part), "{said}");
    }
}

#[test]
fn the_help_lists_every_command_and_a_mistyped_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let help = String::from_utf8(run(folder.path(), &["--help"]).stdout).unwrap();
    for command in ["reproduce", "inspect", "cross-validate", "merge", "predict", "score", "completions"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}: {help}");
    }
    let mistyped = run(folder.path(), &["scroe"]);
    assert_eq!(mistyped.status.code(), Some(2));
    assert!(stderr(&mistyped).contains("'score'"), "{}", stderr(&mistyped));
}

#[test]
fn the_list_of_encoders_has_the_names_that_encode_takes() {
    for entry in blemore_json(["encode", "--list"]).as_array().unwrap() {
        let name = entry["encoder"].as_str().unwrap();
        assert!(blemore(["encode", "--list", "--encoder", name]).status.success(), "{name}");
    }
}
