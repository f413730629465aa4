//! Every parser on its corpus, on stable Rust.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use blemore_fuzzing::{TARGETS, Target};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The files of a target's corpus, by name.
fn corpus(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(fuzz().join("corpus").join(target.name)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn every_parser_holds_on_its_corpus() {
    for target in TARGETS {
        let taken: Vec<bool> = corpus(&target).iter().map(|(_, bytes)| (target.run)(bytes)).collect();
        assert!(
            taken.contains(&true) && taken.contains(&false),
            "{}: some are good, some are not",
            target.name
        );
    }
}

/// A few changes of each file, always the same ones: what a minute of the fuzzer would find first.
#[test]
fn every_parser_holds_on_its_corpus_with_bytes_changed_and_cut_off() {
    const CHANGES: usize = 24;
    for target in TARGETS {
        for (_, bytes) in corpus(&target).iter().filter(|(_, bytes)| !bytes.is_empty()) {
            for change in 0..CHANGES {
                let place = change * 7_919 % bytes.len();
                let mut changed = bytes.clone();
                changed[place] = [0x00, 0xFF, b'"', b',', b'9', changed[place] ^ 1][change % 6];
                (target.run)(&changed);
                (target.run)(&bytes[..place]);
            }
        }
    }
}

/// Each target has a program, and the other way round.
#[test]
fn the_programs_of_the_fuzzer_are_those_of_the_targets() {
    let entries = fs::read_dir(fuzz().join("fuzz_targets")).unwrap();
    let mut programs: Vec<String> =
        entries.map(|entry| entry.unwrap().path().file_stem().unwrap().display().to_string()).collect();
    programs.sort();
    let mut names = TARGETS.map(|target| target.name);
    names.sort_unstable();
    assert_eq!(programs, names);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in names {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        let program = fs::read_to_string(fuzz().join("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(program.contains(&format!("blemore_fuzzing::{name}(bytes)")), "{name}");
    }
}
