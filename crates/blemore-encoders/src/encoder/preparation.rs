//! Decoding and preparing clips, beside the network.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use blemore_media::sound::normalize;
use blemore_media::{Ffmpeg, Frames, Preset, SoundBlocks, SoundFacts, VideoFacts};

use super::options::{EncoderOptions, samples};
use crate::{Error, SpeechConfig};

/// Batches that may be ready ahead of the network.
const AHEAD: usize = 2;

/// What the thread that prepares clips says.
#[derive(Debug)]
pub(super) enum Message {
    /// Pictures, one after the other, or a piece of sound.
    Input(Vec<f32>),
    /// The end of a clip.
    End(Result<Box<Facts>, Error>),
}

/// What was found out about a clip.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) video: Option<VideoFacts>,
    pub(super) sound: Option<SoundFacts>,
    pub(super) notes: Vec<String>,
}

/// A thread that decodes and prepares clip after clip.
#[derive(Debug)]
pub(super) struct Preparation {
    messages: Receiver<Message>,
}

impl Preparation {
    pub(super) fn start(
        preset: Preset,
        ffmpeg: &Ffmpeg,
        options: &EncoderOptions,
        clips: Vec<PathBuf>,
    ) -> Self {
        let (sender, messages) = sync_channel(AHEAD);
        let worker = Worker { preset, ffmpeg: ffmpeg.clone(), options: *options, sender };
        // It ends with its receiver, or after the last clip.
        thread::spawn(move || {
            for clip in clips {
                let end = worker.prepare(&clip);
                if matches!(end, Err(Stop::Gone)) {
                    return;
                }
                let end = end.map_err(|stop| match stop {
                    Stop::Failed(error) => *error,
                    Stop::Gone => Error::Interrupted { path: clip },
                });
                if worker.sender.send(Message::End(end.map(Box::new))).is_err() {
                    return;
                }
            }
        });
        Self { messages }
    }

    /// The next message; `None` if the thread has ended.
    pub(super) fn next(&mut self) -> Option<Message> {
        self.messages.recv().ok()
    }
}

struct Worker {
    preset: Preset,
    ffmpeg: Ffmpeg,
    options: EncoderOptions,
    sender: SyncSender<Message>,
}

/// Why a clip is not prepared to its end.
enum Stop {
    Failed(Box<Error>),
    /// Nobody waits for it any more.
    Gone,
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(Box::new(error.into()))
    }
}

impl Worker {
    fn prepare(&self, clip: &Path) -> Result<Facts, Stop> {
        if self.preset.encoder.sees() { self.frames(clip) } else { self.sound(clip) }
    }

    fn send(&self, input: Vec<f32>) -> Result<(), Stop> {
        self.sender.send(Message::Input(input)).map_err(|_| Stop::Gone)
    }

    fn frames(&self, clip: &Path) -> Result<Facts, Stop> {
        let mut options = self.preset.frame_options();
        options.thinning = self.options.thinning;
        options.stall = self.options.stall.unwrap_or(options.stall);
        let Some(pixels) = self.preset.pixels else { return Ok(Facts::default()) };
        let values = pixels.values();
        let mut frames = Frames::open(&self.ffmpeg, clip, &options)?;
        let mut batch = Vec::new();
        for frame in &mut frames {
            let picture = frame?.picture;
            let start = batch.len();
            batch.resize(start + values, 0.0);
            pixels.apply(&picture, &mut batch[start..])?;
            if batch.len() == values * self.options.batch.get() {
                self.send(std::mem::take(&mut batch))?;
            }
        }
        if !batch.is_empty() {
            self.send(batch)?;
        }
        Ok(Facts { video: Some(frames.facts().clone()), ..Facts::default() })
    }

    fn sound(&self, clip: &Path) -> Result<Facts, Stop> {
        let mut options = self.preset.sound_options(clip);
        options.stall = self.options.stall.unwrap_or(options.stall);
        let length = samples(self.options.longest_sound());
        let mut blocks = SoundBlocks::open(&self.ffmpeg, clip, &options)?;
        let mut sound: Vec<f32> = Vec::new();
        let mut pieces = 0;
        for block in &mut blocks {
            sound.extend(block?);
            while sound.len() > length {
                if self.options.chunk.is_none() {
                    let seconds = blocks.facts().container_seconds;
                    return Err(Error::sound_too_long(clip, self.options.longest_sound(), seconds).into());
                }
                let rest = sound.split_off(length);
                self.piece(std::mem::replace(&mut sound, rest))?;
                pieces += 1;
            }
        }
        let mut notes = Vec::new();
        if SpeechConfig::rows(sound.len()) > 0 {
            self.piece(sound)?;
            pieces += 1;
        } else if pieces == 0 {
            return Err(Error::TooShort { path: clip.to_owned(), samples: sound.len() }.into());
        }
        if pieces > 1 {
            notes.push(format!(
                "its sound went through in {pieces} chunks: the values are not the published ones"
            ));
        }
        Ok(Facts { sound: Some(blocks.facts().clone()), notes, ..Facts::default() })
    }

    fn piece(&self, mut sound: Vec<f32>) -> Result<(), Stop> {
        if self.preset.normalizes_sound {
            normalize(&mut sound);
        }
        self.send(sound)
    }
}
