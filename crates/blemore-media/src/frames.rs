//! The frames of a video file, one after another.

use std::ffi::OsString;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::container;
use crate::error::Error;
use crate::ffmpeg::Ffmpeg;
use crate::ffmpeg::log::{Log, Stamp};
use crate::ffmpeg::process::{Process, input};
use crate::pixels::Picture;
use crate::thinning::{Thinner, Thinning};

/// Frames that may be decoded ahead, beside the one that is being read.
const AHEAD: usize = 2;
/// 8192 x 8192: with the frames decoded ahead, 800 MB.
const MAX_PIXELS: usize = 1 << 26;
/// How long a decoder may give nothing, unless said otherwise.
pub(crate) const STALL: Duration = Duration::from_secs(60);

/// What is done with a file that is recorded as turned, as phones do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// Frames as they are coded.
    Ignored,
    /// Frames upright.
    Applied,
}

/// Which matrix turns brightness and colour differences into red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Matrix {
    /// BT.601, whatever the file says.
    Bt601,
    /// The one that the file says; BT.601 without a word.
    Tagged,
}

/// How colour differences of half the size are interpolated. Makes a difference for odd widths and heights
/// alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Chroma {
    /// As OpenCV and the program ffmpeg do.
    Bicubic,
    /// As PyAV and decord do. Only ffmpeg 5.1 has the same bytes at odd sizes; later versions interpolate
    /// otherwise.
    Bilinear,
}

/// How frames are decoded, and which are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrameOptions {
    /// What is done with files recorded as turned.
    pub rotation: Rotation,
    /// The matrix of colours.
    pub matrix: Matrix,
    /// The interpolation of colours.
    pub chroma: Chroma,
    /// Which frames are kept.
    pub thinning: Thinning,
    /// How long ffmpeg may give nothing before it is ended.
    pub stall: Duration,
    /// Threads of the decoder; its own choice by default.
    pub threads: Option<NonZeroUsize>,
}

impl Default for FrameOptions {
    /// Every frame as a player shows it.
    fn default() -> Self {
        Self {
            rotation: Rotation::Applied,
            matrix: Matrix::Tagged,
            chroma: Chroma::Bicubic,
            thinning: Thinning::All,
            stall: STALL,
            threads: None,
        }
    }
}

/// A decoded frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Its number among all decoded frames, from 0.
    pub index: usize,
    /// Its time in seconds from the container's zero, where the file has times.
    pub time: Option<f64>,
    /// Its pixels.
    pub picture: Picture,
}

/// What is known about a file's picture, when it is decoded.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct VideoFacts {
    /// Columns of a frame.
    pub width: usize,
    /// Rows of a frame.
    pub height: usize,
    /// Frames decoded.
    pub decoded: usize,
    /// Frames kept.
    pub kept: usize,
    /// Frames that the container's tables list, where it has such tables. More than `decoded` in damaged and
    /// cut files.
    pub container_frames: Option<u64>,
    /// Seconds that the container says.
    pub container_seconds: Option<f64>,
    /// Frames per second that the container says.
    pub container_rate: Option<f64>,
    /// Seconds of the first decoded frame.
    pub first_time: Option<f64>,
    /// Seconds of the last decoded frame.
    pub last_time: Option<f64>,
    /// Whether frames are not at equal distances in time.
    pub is_irregular: bool,
    /// Whether frames change their size; all are scaled to the first one's.
    pub changes_size: bool,
    /// The turn that the file asks for, in degrees against the clock.
    pub rotation: f64,
    /// What was done about it.
    pub rotation_used: Option<Rotation>,
    /// The matrix that the file says, such as `bt709`.
    pub matrix: Option<String>,
    /// The matrix that was used: the file's own, or BT.601 all the same.
    pub matrix_used: Option<Matrix>,
    /// The range that the file says: `tv` (16 to 235) or `pc` (0 to 255).
    pub range: Option<String>,
    /// What ffmpeg complained about; each complaint once, at most 20.
    pub problems: Vec<String>,
}

impl VideoFacts {
    /// Takes over what ffmpeg has said by now. It names a frame before its colours.
    fn take(&mut self, log: &Log) {
        (self.container_seconds, self.container_rate, self.rotation) =
            (log.seconds, log.frame_rate, log.rotation);
        (self.matrix, self.range) = (log.matrix.clone(), log.range.clone());
        self.problems.clone_from(&log.problems);
    }

    /// What a user should know about the file, one sentence per point: frames missing, irregular times, turns
    /// and colours that were ignored, and the decoder's complaints.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match self.container_frames {
            Some(listed) if listed != self.decoded as u64 => {
                notes.push(format!("{} frames decoded; the file lists {listed}", self.decoded));
            }
            _ => {}
        }
        if self.is_irregular {
            notes.push("frames are not at equal distances in time".to_owned());
        }
        if self.changes_size {
            let size = format!("{} x {}", self.width, self.height);
            notes.push(format!("frames change their size; all are scaled to {size}"));
        }
        if self.rotation != 0.0 && self.rotation_used == Some(Rotation::Ignored) {
            notes.push(format!("it asks for a turn of {} degrees, which is ignored", self.rotation));
        }
        // Other names of BT.601, and of no matrix at all.
        let is_same = |matrix: &&String| ["bt470bg", "smpte170m", "gbr"].contains(&matrix.as_str());
        let other = self.matrix.as_ref().filter(|matrix| !is_same(matrix));
        if let (Some(matrix), Some(Matrix::Bt601)) = (other, self.matrix_used) {
            notes.push(format!("its colours are {matrix}, and are read as BT.601"));
        }
        notes.extend(self.problems.iter().map(|problem| format!("ffmpeg: {problem}")));
        notes
    }
}

/// The frames of a video file, in order, as an iterator. Decoding runs beside the caller, a few frames ahead;
/// a file of any length takes the same memory. After an error the iterator ends.
///
/// ```no_run
/// use blemore_media::{Ffmpeg, FrameOptions, Frames};
///
/// let mut frames = Frames::open(&Ffmpeg::find(None)?, "clip.mp4".as_ref(), &FrameOptions::default())?;
/// for frame in &mut frames {
///     let frame = frame?;
///     println!("{:?} s: {} x {}", frame.time, frame.picture.width(), frame.picture.height());
/// }
/// println!("{:?}", frames.facts().notes());
/// # Ok::<(), blemore_media::Error>(())
/// ```
#[derive(Debug)]
pub struct Frames {
    path: PathBuf,
    /// `None` after the end.
    running: Option<(Process, Receiver<Message>)>,
    stall: Duration,
    facts: VideoFacts,
    intervals: Intervals,
    is_cut: bool,
}

/// What the thread that reads frames says.
#[derive(Debug)]
enum Message {
    /// A frame, and its size in the file.
    Frame(Frame, Stamp),
    /// A frame that is not kept.
    Skipped(Stamp),
    /// The output ends within a frame.
    Cut,
    Failed(Failure),
}

#[derive(Debug)]
enum Failure {
    TooLarge(Stamp),
    /// Bytes that no frame explains, or too few.
    Garbage(String),
}

impl Frames {
    /// Starts to decode a file.
    ///
    /// # Errors
    /// A file that is not there, and a program that does not start. What is wrong with the video itself is
    /// the iterator's first item.
    pub fn open(ffmpeg: &Ffmpeg, path: &Path, options: &FrameOptions) -> Result<Self, Error> {
        let mut frames = Self::start(ffmpeg, path, input(path)?, &[], options)?;
        frames.facts.container_frames = container::frames(path);
        Ok(frames)
    }

    /// Starts to decode what ffmpeg calls `input`, in this format; messages name `path`.
    pub(crate) fn start(
        ffmpeg: &Ffmpeg,
        path: &Path,
        input: OsString,
        format: &[OsString],
        options: &FrameOptions,
    ) -> Result<Self, Error> {
        let (mut before, after) = arguments(options);
        before.extend_from_slice(format);
        let (process, stdout, stamps) = Process::start(ffmpeg.path(), &before, input, &after)?;
        let (sender, messages) = sync_channel(AHEAD);
        let thinner = Thinner::new(options.thinning);
        thread::spawn(move || read_frames(stdout, &stamps, thinner, &sender));
        let facts = VideoFacts {
            rotation_used: Some(options.rotation),
            matrix_used: Some(options.matrix),
            ..VideoFacts::default()
        };
        let running = Some((process, messages));
        let (path, intervals) = (path.to_owned(), Intervals::default());
        Ok(Self { path, running, stall: options.stall, facts, intervals, is_cut: false })
    }

    /// What is known of the file so far: the container's words (length, rate, turn) from the first frame on, all after the
    /// last.
    pub fn facts(&self) -> &VideoFacts {
        &self.facts
    }

    fn step(&mut self) -> Option<Result<Frame, Error>> {
        loop {
            let (process, messages) = self.running.as_mut()?;
            let message = match messages.recv_timeout(self.stall) {
                Ok(message) => message,
                Err(RecvTimeoutError::Disconnected) => return self.end().err().map(Err),
                Err(RecvTimeoutError::Timeout) => {
                    process.kill();
                    return Some(Err(Error::Stalled {
                        path: self.path.clone(),
                        limit: self.stall,
                        decoded: self.facts.decoded as u64,
                        unit: "frames",
                    }));
                }
            };
            if self.facts.decoded == 0 {
                self.facts.take(&process.log());
            }
            match message {
                Message::Frame(frame, stamp) => {
                    self.facts.kept += 1;
                    self.count(stamp);
                    return Some(Ok(frame));
                }
                Message::Skipped(stamp) => self.count(stamp),
                Message::Cut => self.is_cut = true,
                Message::Failed(failure) => {
                    process.kill();
                    return Some(Err(self.failure(failure)));
                }
            }
        }
    }

    fn count(&mut self, stamp: Stamp) {
        let facts = &mut self.facts;
        if facts.decoded == 0 {
            (facts.width, facts.height, facts.first_time) = (stamp.width, stamp.height, stamp.time);
        }
        facts.decoded += 1;
        facts.changes_size |= (facts.width, facts.height) != (stamp.width, stamp.height);
        self.intervals.add(facts.last_time, stamp.time);
        facts.last_time = stamp.time;
        facts.is_irregular = self.intervals.differ();
    }

    fn failure(&self, failure: Failure) -> Error {
        let path = self.path.clone();
        match failure {
            Failure::TooLarge(Stamp { width, height, .. }) => {
                Error::TooLarge { path, width, height, limit: MAX_PIXELS }
            }
            Failure::Garbage(message) => {
                Error::Decoder { path, decoded: self.facts.decoded as u64, unit: "frames", message }
            }
        }
    }

    /// All frames are there, or will never be.
    fn end(&mut self) -> Result<(), Error> {
        let Some((process, _)) = self.running.as_mut() else { return Ok(()) };
        let status = process.end();
        let log = process.log();
        self.facts.take(&log);
        let (path, message) = (self.path.clone(), log.problems.join("; "));
        let decoded = self.facts.decoded as u64;
        match status {
            _ if decoded == 0 && !log.is_open => Err(Error::NotMedia { path, message }),
            _ if !log.has_picture => Err(Error::NoPicture { path }),
            None => Err(Error::Stalled { path, limit: self.stall, decoded, unit: "frames" }),
            Some(status) if decoded == 0 && status.code().is_some() => {
                Err(Error::Empty { path, stream: "picture", message })
            }
            Some(status) if status.success() && !self.is_cut => Ok(()),
            Some(status) => {
                let message =
                    format!("{status}{}{message}", if self.is_cut { ", within a frame; " } else { "; " });
                Err(Error::Decoder { path, decoded, unit: "frames", message })
            }
        }
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.step();
        if !matches!(item, Some(Ok(_))) {
            self.running = None;
        }
        item
    }
}

/// The shortest and the longest time from frame to frame.
#[derive(Debug, Default)]
struct Intervals {
    bounds: Option<(f64, f64)>,
}

impl Intervals {
    fn add(&mut self, before: Option<f64>, now: Option<f64>) {
        if let (Some(before), Some(now)) = (before, now) {
            let interval = now - before;
            let (shortest, longest) = self.bounds.unwrap_or((interval, interval));
            self.bounds = Some((shortest.min(interval), longest.max(interval)));
        }
    }

    /// Containers round times to a millisecond at worst: two of those are no difference.
    fn differ(&self) -> bool {
        self.bounds.is_some_and(|(shortest, longest)| longest - shortest > 2.1e-3)
    }
}

/// Arguments before and after the file.
fn arguments(options: &FrameOptions) -> (Vec<OsString>, Vec<OsString>) {
    // Times stay those of the container.
    let mut before = vec!["-copyts".to_owned()];
    if options.rotation == Rotation::Ignored {
        before.push("-noautorotate".to_owned());
    }
    if let Some(threads) = options.threads {
        before.extend(["-threads".to_owned(), threads.to_string()]);
    }
    let mut scale = Vec::new();
    if options.matrix == Matrix::Bt601 {
        scale.push("in_color_matrix=bt601");
    }
    if options.chroma == Chroma::Bilinear {
        scale.push("flags=bilinear");
    }
    let filters = match scale.as_slice() {
        [] => "showinfo=checksum=0".to_owned(),
        scale => format!("showinfo=checksum=0,scale={}", scale.join(":")),
    };
    // `V` leaves out cover pictures. Without `passthrough` frames would be repeated or dropped to keep a
    // rate.
    let after = ["-map", "0:V:0", "-fps_mode", "passthrough", "-max_error_rate", "1", "-vf", &filters];
    let format = ["-f", "rawvideo", "-pix_fmt", "rgb24"];
    let owned = |words: &mut dyn Iterator<Item = &str>| words.map(OsString::from).collect();
    (owned(&mut before.iter().map(String::as_str)), owned(&mut after.into_iter().chain(format)))
}

/// Reads frame by frame and sends them, until there are none or nobody listens.
fn read_frames(
    mut from: ChildStdout,
    stamps: &Receiver<Stamp>,
    mut thinner: Thinner,
    to: &SyncSender<Message>,
) {
    let mut size = None;
    let mut unused: Vec<u8> = Vec::new();
    for index in 0.. {
        let Ok(stamp) = stamps.recv() else { break };
        // Frames of another size are scaled to the first one's by ffmpeg.
        let (width, height) = *size.get_or_insert((stamp.width, stamp.height));
        if width.checked_mul(height).is_none_or(|pixels| pixels > MAX_PIXELS) {
            let _ = to.send(Message::Failed(Failure::TooLarge(stamp)));
            return;
        }
        let length = width * height * 3;
        let mut bytes = std::mem::take(&mut unused);
        bytes.clear();
        bytes.reserve_exact(length);
        let message = match from.by_ref().take(length as u64).read_to_end(&mut bytes) {
            Ok(read) if read == length && thinner.keeps(index, stamp.time) => {
                match Picture::new(width, height, bytes) {
                    Ok(picture) => Message::Frame(Frame { index, time: stamp.time, picture }, stamp),
                    Err(error) => Message::Failed(Failure::Garbage(error.to_string())),
                }
            }
            Ok(read) if read == length => {
                unused = bytes;
                Message::Skipped(stamp)
            }
            // The decoder's exit status and log say why.
            Ok(_) => Message::Cut,
            Err(error) => Message::Failed(Failure::Garbage(error.to_string())),
        };
        let is_last = matches!(message, Message::Cut | Message::Failed(_));
        if to.send(message).is_err() || is_last {
            return;
        }
    }
    if let Ok(rest) = io::copy(&mut from, &mut io::sink())
        && rest > 0
    {
        let message = format!("{rest} bytes more than its frames have");
        let _ = to.send(Message::Failed(Failure::Garbage(message)));
    }
}
