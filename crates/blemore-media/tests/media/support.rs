//! Fixtures, and files that ffmpeg makes for a test.

use std::path::{Path, PathBuf};
use std::process::Command;

use blemore_hash::Hash;
use blemore_media::{Error, Ffmpeg, Frame, FrameOptions, Frames, VideoFacts};
use blemore_testing::Need;

/// The program; `None`, after it is said, where there is none.
pub(crate) fn ffmpeg() -> Option<Ffmpeg> {
    let found = Ffmpeg::find(None);
    if found.is_err() {
        blemore_testing::not_run(Need::Ffmpeg);
    }
    found.ok()
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A file that ffmpeg makes; `arguments` are its inputs and options, separated by blanks.
pub(crate) fn made(ffmpeg: &Ffmpeg, file: &Path, arguments: &str) {
    let output = Command::new(ffmpeg.path())
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .arg(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// All frames of a file and what is known about it, or the error.
pub(crate) fn decode(
    ffmpeg: &Ffmpeg,
    file: &Path,
    options: &FrameOptions,
) -> Result<(Vec<Frame>, VideoFacts), Error> {
    let mut frames = Frames::open(ffmpeg, file, options)?;
    let decoded = frames.by_ref().collect::<Result<Vec<_>, _>>()?;
    assert!(frames.next().is_none(), "it stays ended");
    Ok((decoded, frames.facts().clone()))
}

/// The first digits of the SHA-256 of each frame's bytes, as in the list of expected frames.
pub(crate) fn hashes(frames: &[Frame]) -> Vec<String> {
    frames.iter().map(|frame| Hash::of_bytes(frame.picture.bytes()).to_string()[..16].to_owned()).collect()
}

/// Shape and values of an array in numpy's format, little endian and in C order.
pub(crate) fn array<const WIDTH: usize, T>(
    file: &Path,
    value: impl Fn([u8; WIDTH]) -> T,
) -> (Vec<usize>, Vec<T>) {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..start]).into_owned();
    let shape = header.split_once('(').unwrap().1.split_once(')').unwrap().0;
    let shape = shape.split(',').filter_map(|side| side.trim().parse().ok()).collect();
    let values = bytes[start..].as_chunks::<WIDTH>().0.iter().map(|bytes| value(*bytes)).collect();
    (shape, values)
}
