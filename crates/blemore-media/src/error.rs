//! The one error type of the crate.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use blemore_base::Blame;

use crate::ffmpeg::OLDEST;

/// What can be wrong with a clip, with the `ffmpeg` program, or with a side file; each variant says where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No `ffmpeg` program that can be used.
    #[error(
        "no ffmpeg of version {OLDEST} or later: {}; install it, name one with --ffmpeg, or run `cargo xtask setup`",
        .tried.join("; ")
    )]
    NoFfmpeg {
        /// Where it was looked for, and what was found there.
        tried: Vec<String>,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The `ffmpeg` program does not start, or its output cannot be read.
    #[error("cannot run {}: {source}", .program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that ffmpeg cannot read: no video and no sound, or damaged from the start.
    #[error("{}: ffmpeg cannot read it: {message}", .path.display())]
    NotMedia {
        /// The file.
        path: PathBuf,
        /// What ffmpeg says.
        message: String,
    },
    /// A file without a video stream.
    #[error("{}: it has no picture", .path.display())]
    NoPicture {
        /// The file.
        path: PathBuf,
    },
    /// A file without a sound stream.
    #[error("{}: it has no sound", .path.display())]
    NoSound {
        /// The file.
        path: PathBuf,
    },
    /// A file with a stream of which nothing can be decoded.
    #[error("{}: nothing of its {stream} can be decoded{}", .path.display(), because(.message))]
    Empty {
        /// The file.
        path: PathBuf,
        /// `picture` or `sound`.
        stream: &'static str,
        /// What ffmpeg says, if anything.
        message: String,
    },
    /// A decoder that gave nothing for too long; it was ended.
    #[error(
        "{}: ffmpeg gave nothing for {} s (after {decoded} {unit}) and was ended",
        .path.display(), .limit.as_secs_f64()
    )]
    Stalled {
        /// The file.
        path: PathBuf,
        /// How long it may give nothing.
        limit: Duration,
        /// What it gave before.
        decoded: u64,
        /// `frames` or `samples`.
        unit: &'static str,
    },
    /// A decoder that failed in the middle of a file, or whose output makes no sense.
    #[error("{}: ffmpeg failed after {decoded} {unit}: {message}", .path.display())]
    Decoder {
        /// The file.
        path: PathBuf,
        /// What it gave before.
        decoded: u64,
        /// `frames` or `samples`.
        unit: &'static str,
        /// How it ended, and what it said.
        message: String,
    },
    /// No program of OpenFace 2 that can be used.
    #[error(
        "no OpenFace 2: {}; it is not part of this program: build its program FeatureExtraction from \
         https://github.com/TadasBaltrusaitis/OpenFace and fetch its models as described there (its licence allows academic \
         and other non-profit use only), then name it with --openface; CSV files that it has written are taken by \
         `blemore openface`",
        .tried.join("; ")
    )]
    NoOpenFace {
        /// Where it was looked for, and what was found there.
        tried: Vec<String>,
    },
    /// OpenFace failed on a clip.
    #[error("{}: OpenFace failed: {message}", .path.display())]
    OpenFace {
        /// The clip.
        path: PathBuf,
        /// How it ended, and what it said.
        message: String,
    },
    /// A clip without aligned faces.
    #[error(
        "{} has no aligned faces of {clip}: expected a folder {clip}_aligned or {clip} with pictures of one format, bmp, \
         png or jpg",
        .folder.display()
    )]
    NoFaces {
        /// The folder of all clips' faces.
        folder: PathBuf,
        /// The clip.
        clip: String,
    },
    /// Frames with more pixels than are held in memory.
    #[error("{}: frames of {width} x {height} pixels; at most {limit} pixels per frame are decoded", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The largest number of pixels.
        limit: usize,
    },
    /// Sound that is longer than the limit.
    #[error("{}: its sound is longer than {} s{}", .path.display(), .limit.as_secs_f64(), container(.seconds))]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: Duration,
        /// The length that the container says, in seconds.
        seconds: Option<f64>,
    },
    /// A picture whose bytes are not three per pixel, or that has no pixels.
    #[error("a picture of {width} x {height} pixels with {bytes} bytes")]
    Picture {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The number of bytes.
        bytes: usize,
    },
    /// Room for a prepared picture that has another size than the picture.
    #[error("a prepared picture has {expected} values; there is room for {found}")]
    OutputSize {
        /// 3 x size x size.
        expected: usize,
        /// The length of the slice.
        found: usize,
    },
    /// A side file that does not say what it should.
    #[error("{}: not a side file of `blemore encode`: {message}", .path.display())]
    SideFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A name that is none of those known.
    #[error("{name:?} is no {what}; known are {known}")]
    UnknownName {
        /// The name.
        name: String,
        /// What it should name.
        what: &'static str,
        /// The names, separated by commas.
        known: String,
    },
}

impl Blame for Error {
    fn is_bad_input(&self) -> bool {
        match self {
            Error::Read { source, .. } => blemore_base::is_given_wrong(source),
            Error::Write { .. } | Error::Program { .. } => false,
            _ => true,
        }
    }
}

impl Error {
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Error::Read { path, source }
    }
}

fn because(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

fn container(seconds: &Option<f64>) -> String {
    seconds.map_or_else(String::new, |seconds| format!(" ({seconds:.1} s, says the file)"))
}
