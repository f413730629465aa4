//! The sound of a file: one channel at 16 kHz, as the sound encoders take it.

mod normalize;
mod resample;

use std::ffi::OsString;
use std::io::{BufReader, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use normalize::normalize;
pub use resample::{Resampler, resample};

use crate::error::Error;
use crate::ffmpeg::Ffmpeg;
use crate::ffmpeg::process::{Process, input};
use crate::frames::STALL;

/// Samples per second that the sound encoders take.
pub const RATE: u32 = 16_000;
/// Frames of samples that are read at once.
const BLOCK: usize = 8_192;
/// Blocks that may be decoded ahead.
const AHEAD: usize = 4;
/// Most channels and samples per second of a file.
const MAX_CHANNELS: u32 = 64;
const MAX_RATE: u32 = 1_000_000;

/// How sound comes to one channel at [`RATE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resampling {
    /// As `ffmpeg -ac 1 -ar 16000` writes it to a WAV file of 16-bit numbers.
    Ffmpeg,
    /// The mean of the channels, and torchaudio's `functional.resample`.
    Torchaudio,
}

/// How sound is decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoundOptions {
    /// How it comes to one channel at 16 kHz.
    pub resampling: Resampling,
    /// The longest sound that is read.
    pub limit: Option<Duration>,
    /// How long ffmpeg may give nothing before it is ended.
    pub stall: Duration,
    /// Threads of the decoder; its own choice by default.
    pub threads: Option<NonZeroUsize>,
}

impl Default for SoundOptions {
    /// Resampled by ffmpeg, of any length.
    fn default() -> Self {
        Self { resampling: Resampling::Ffmpeg, limit: None, stall: STALL, threads: None }
    }
}

/// What is known about a file's sound, when it is decoded.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SoundFacts {
    /// Samples per second in the file.
    pub sample_rate: Option<u32>,
    /// Samples at 16 kHz.
    pub samples: u64,
    /// How the sound came to one channel at 16 kHz.
    pub resampling: Option<Resampling>,
    /// Seconds that the container says.
    pub container_seconds: Option<f64>,
    /// What ffmpeg complained about; each complaint once, at most 20.
    pub problems: Vec<String>,
}

impl SoundFacts {
    /// What a user should know about the file, one sentence per point.
    pub fn notes(&self) -> Vec<String> {
        self.problems.iter().map(|problem| format!("ffmpeg: {problem}")).collect()
    }
}

/// The sound of a whole file.
///
/// ```no_run
/// use blemore_media::{Ffmpeg, Sound, SoundOptions};
///
/// let mut sound = Sound::read(&Ffmpeg::find(None)?, "clip.mp4".as_ref(), &SoundOptions::default())?;
/// blemore_media::sound::normalize(&mut sound.samples);
/// # Ok::<(), blemore_media::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// One channel at 16 kHz, between -1 and 1.
    pub samples: Vec<f32>,
    /// What is known about it.
    pub facts: SoundFacts,
}

impl Sound {
    /// Reads the first sound stream of a file.
    ///
    /// # Errors
    /// [`Error::NoSound`], [`Error::TooLong`] (before more memory is taken than the limit needs), and
    /// whatever else is wrong with the file.
    pub fn read(ffmpeg: &Ffmpeg, path: &Path, options: &SoundOptions) -> Result<Self, Error> {
        let mut blocks = SoundBlocks::open(ffmpeg, path, options)?;
        let mut samples = Vec::new();
        for block in &mut blocks {
            samples.extend_from_slice(&block?);
        }
        Ok(Self { samples, facts: blocks.facts })
    }
}

/// The sound of a file of any length, block by block: one channel at 16 kHz, between -1 and 1.
///
/// Blocks follow each other without a gap and have no particular length. After an error the iterator ends.
#[derive(Debug)]
pub struct SoundBlocks {
    path: PathBuf,
    /// `None` after the end.
    running: Option<(Process, Receiver<Result<Block, String>>)>,
    options: SoundOptions,
    resampler: Option<Resampler>,
    facts: SoundFacts,
}

/// Samples of one channel, at a rate.
#[derive(Debug)]
struct Block {
    rate: u32,
    samples: Vec<f32>,
}

impl SoundBlocks {
    /// Starts to decode the first sound stream of a file.
    ///
    /// # Errors
    /// A file that is not there, and a program that does not start. What is wrong with the sound itself is
    /// the iterator's first item.
    pub fn open(ffmpeg: &Ffmpeg, path: &Path, options: &SoundOptions) -> Result<Self, Error> {
        let mut before = Vec::new();
        if let Some(threads) = options.threads {
            before.extend([OsString::from("-threads"), threads.to_string().into()]);
        }
        // The AU format has rate and channels in its header, and any length.
        let after: &[&str] = match options.resampling {
            Resampling::Ffmpeg => &["-ac", "1", "-ar", "16000", "-c:a", "pcm_s16be"],
            Resampling::Torchaudio => &["-c:a", "pcm_f32be"],
        };
        let map = ["-map", "0:a:0", "-max_error_rate", "1", "-f", "au"];
        let after: Vec<OsString> = map.iter().chain(after).map(OsString::from).collect();
        let (process, stdout, _) = Process::start(ffmpeg.path(), &before, input(path)?, &after)?;
        let (sender, blocks) = sync_channel(AHEAD);
        thread::spawn(move || read_blocks(stdout, &sender));
        let facts = SoundFacts { resampling: Some(options.resampling), ..SoundFacts::default() };
        let running = Some((process, blocks));
        Ok(Self { path: path.to_owned(), running, options: *options, resampler: None, facts })
    }

    /// What is known of the sound so far; all after the last block.
    pub fn facts(&self) -> &SoundFacts {
        &self.facts
    }

    fn step(&mut self) -> Option<Result<Vec<f32>, Error>> {
        loop {
            let (process, blocks) = self.running.as_mut()?;
            let samples = match blocks.recv_timeout(self.options.stall) {
                Ok(Ok(block)) => {
                    if self.facts.samples == 0 {
                        let log = process.log();
                        self.facts.sample_rate = log.sample_rate.or(Some(block.rate));
                    }
                    // What ffmpeg says comes beside the sound, and may be late.
                    if self.facts.container_seconds.is_none() {
                        self.facts.container_seconds = process.log().seconds;
                    }
                    let resampler = self.resampler.get_or_insert_with(|| Resampler::new(block.rate, RATE));
                    resampler.push(&block.samples)
                }
                Ok(Err(message)) => {
                    process.kill();
                    return Some(Err(self.failed(message)));
                }
                Err(RecvTimeoutError::Timeout) => {
                    process.kill();
                    return Some(Err(Error::Stalled {
                        path: self.path.clone(),
                        limit: self.options.stall,
                        decoded: self.facts.samples,
                        unit: "samples",
                    }));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let rest = self.resampler.take().map(Resampler::finish).unwrap_or_default();
                    self.facts.samples += rest.len() as u64;
                    if let Err(error) = self.end() {
                        return Some(Err(error));
                    }
                    self.running = None;
                    return (!rest.is_empty()).then_some(Ok(rest));
                }
            };
            self.facts.samples += samples.len() as u64;
            let seconds = Duration::from_secs_f64(self.facts.samples as f64 / f64::from(RATE));
            if let Some(limit) = self.options.limit.filter(|limit| seconds > *limit) {
                process.kill();
                let seconds = self.facts.container_seconds;
                return Some(Err(Error::TooLong { path: self.path.clone(), limit, seconds }));
            }
            if !samples.is_empty() {
                return Some(Ok(samples));
            }
        }
    }

    fn failed(&self, message: String) -> Error {
        Error::Decoder { path: self.path.clone(), decoded: self.facts.samples, unit: "samples", message }
    }

    fn end(&mut self) -> Result<(), Error> {
        let Some((process, _)) = self.running.as_mut() else { return Ok(()) };
        let status = process.end();
        let log = process.log();
        self.facts.problems = log.problems.clone();
        let (path, message, decoded) = (self.path.clone(), log.problems.join("; "), self.facts.samples);
        match status {
            _ if decoded == 0 && !log.is_open => Err(Error::NotMedia { path, message }),
            _ if !log.has_sound => Err(Error::NoSound { path }),
            None => Err(Error::Stalled { path, limit: self.options.stall, decoded, unit: "samples" }),
            Some(status) if decoded == 0 && status.code().is_some() => {
                Err(Error::Empty { path, stream: "sound", message })
            }
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(self.failed(format!("{status}; {message}"))),
        }
    }
}

impl Iterator for SoundBlocks {
    type Item = Result<Vec<f32>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.step();
        if !matches!(item, Some(Ok(_))) {
            self.running = None;
        }
        item
    }
}

/// How the samples of an AU file are written, big endian.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    Integers,
    Floats,
}

impl Encoding {
    fn width(self) -> usize {
        match self {
            Encoding::Integers => 2,
            Encoding::Floats => 4,
        }
    }
}

/// Reads the output of ffmpeg and sends it on, until there is none or nobody listens.
fn read_blocks(from: ChildStdout, to: &SyncSender<Result<Block, String>>) {
    let mut from = BufReader::new(from);
    let Some(header) = read_header(&mut from) else { return };
    let (encoding, rate, channels) = match header {
        Ok(header) => header,
        Err(problem) => {
            let _ = to.send(Err(problem));
            return;
        }
    };
    let frame = encoding.width() * channels;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let read = from.by_ref().take((frame * BLOCK) as u64).read_to_end(&mut bytes);
        let block = match read {
            Ok(0) => return,
            Ok(_) => Ok(Block {
                rate,
                samples: bytes.chunks_exact(frame).map(|frame| mean(frame, encoding)).collect(),
            }),
            Err(error) => Err(error.to_string()),
        };
        if to.send(block).is_err() {
            return;
        }
    }
}

/// The mean of the channels of one moment.
fn mean(frame: &[u8], encoding: Encoding) -> f32 {
    let channels = frame.chunks_exact(encoding.width());
    let count = channels.len();
    let sum: f32 = channels
        .map(|bytes| match (bytes, encoding) {
            (&[a, b], _) => f32::from(i16::from_be_bytes([a, b])) / 32_768.0,
            (&[a, b, c, d], _) => f32::from_be_bytes([a, b, c, d]),
            _ => 0.0,
        })
        .sum();
    if count == 1 { sum } else { sum / count as f32 }
}

/// Encoding, rate and channels of an AU file; `None` if there is nothing at all.
fn read_header(from: &mut impl Read) -> Option<Result<(Encoding, u32, usize), String>> {
    let mut header = Vec::new();
    let read = from.by_ref().take(24).read_to_end(&mut header);
    if matches!(read, Ok(0)) {
        return None;
    }
    let field = |number: usize| {
        let bytes = header.get(number * 4..number * 4 + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let parse = || {
        let is_au = header.starts_with(b".snd");
        let (start, encoding, rate, channels) = (field(1)?, field(3)?, field(4)?, field(5)?);
        let encoding = match encoding {
            3 => Encoding::Integers,
            6 => Encoding::Floats,
            _ => return None,
        };
        let is_sane = is_au
            && (1..=MAX_CHANNELS).contains(&channels)
            && (1..=MAX_RATE).contains(&rate)
            && (24..4_096).contains(&start);
        is_sane.then_some((u64::from(start) - 24, encoding, rate, channels as usize))
    };
    let Some((rest, encoding, rate, channels)) = parse() else {
        return Some(Err("its output is no sound".to_owned()));
    };
    match std::io::copy(&mut from.by_ref().take(rest), &mut std::io::sink()) {
        Ok(_) => Some(Ok((encoding, rate, channels))),
        Err(error) => Some(Err(error.to_string())),
    }
}
