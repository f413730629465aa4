//! What the tests of several crates share: where the reference files are, a list of the tests that could not run, the
//! pages of the book, and the schemas of what programs write.
//!
//! A test that needs something that this machine has not got says so and returns:
//!
//! ```no_run
//! # fn a_test() {
//! let Some(path) = blemore_testing::shared("parity/scoring/expected.json") else { return };
//! # }
//! ```
//!
//! `cargo xtask test` sets [`NOT_RUN`] and ends with a line that names these tests.

#![forbid(unsafe_code)]
#![expect(clippy::print_stderr, reason = "cargo shows it beside the test")]

pub mod book;
mod checkpoint;
mod npy;
mod openface;
pub mod schemas;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, thread};

pub use checkpoint::{write_checkpoint, write_wide_checkpoint};
pub use npy::array;
pub use openface::OpenFaceStandIn;

/// The environment variable with the folder of the reference files; without it, `shared` beside the workspace.
const SHARED: &str = "BLEMORE_SHARED";
/// The environment variable with the file that takes the names of tests that did not run.
pub const NOT_RUN: &str = "BLEMORE_TESTS_NOT_RUN";

/// What a test can need that not every machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The dataset's labels, and outputs and numbers of the published code.
    ReferenceFiles,
    /// A graphics processor that libtorch can use.
    Gpu,
    /// A browser.
    Browser,
    /// The program ffmpeg, of version 5.1 or later.
    Ffmpeg,
    /// The weights of the face detector.
    FaceDetector,
    /// The program mdbook.
    MdBook,
}

impl Need {
    fn name(self) -> &'static str {
        match self {
            Need::ReferenceFiles => "reference files",
            Need::Gpu => "a GPU",
            Need::Browser => "a browser",
            Need::Ffmpeg => "ffmpeg",
            Need::FaceDetector => "the face detector",
            Need::MdBook => "mdbook",
        }
    }
}

/// The path of a reference file or folder. `None`, after [`not_run`], where there is no folder with reference files.
///
/// # Panics
/// Where the folder is there, or is named by `BLEMORE_SHARED`, and has no such file.
pub fn shared(file: &str) -> Option<PathBuf> {
    let given = env::var_os(SHARED).map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if given.is_none() && !beside.is_dir() {
        not_run(Need::ReferenceFiles);
        return None;
    }
    let path = given.unwrap_or(beside).join(file);
    assert!(path.exists(), "{} is not there: {SHARED} names the folder that has it", path.display());
    Some(path)
}

/// What browsers are called that draw a page without a window.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A browser on the search path. `None`, after [`not_run`], where there is none.
pub fn browser() -> Option<&'static str> {
    let is_there = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    let found = BROWSERS.into_iter().find(is_there);
    if found.is_none() {
        not_run(Need::Browser);
    }
    found
}

/// The path of an input as people have it: a file or folder of `wild`, beside this crate's code.
///
/// # Panics
/// Where there is no such file.
pub fn wild(file: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("wild").join(file);
    assert!(path.exists(), "{} is not there", path.display());
    path
}

/// Says that this test could not run, and of what it was in need.
///
/// # Panics
/// When the file that `BLEMORE_TESTS_NOT_RUN` names cannot be written.
pub fn not_run(need: Need) {
    let thread = thread::current();
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    let test = format!("{package} {}", thread.name().unwrap_or("a test"));
    eprintln!("not run: {test} needs: {}", need.name());
    if let Some(list) = env::var_os(NOT_RUN) {
        let line = format!("{}\t{test}\n", need.name());
        let appended = OpenOptions::new().create(true).append(true).open(&list);
        let written = appended.and_then(|mut file| file.write_all(line.as_bytes()));
        assert!(written.is_ok(), "{} cannot be written: {written:?}", Path::new(&list).display());
    }
}
