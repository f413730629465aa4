//! Decoding and preparing clips, beside the network.

mod faces;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use blemore_media::sound::normalize;
use blemore_media::{
    EncoderKind, FaceFacts, Ffmpeg, Frames, Grouper, Picture, PixelSteps, Preset, Slot, SoundBlocks,
    SoundFacts, VideoFacts,
};

pub(crate) use faces::{piece, whole_sound};

use super::face_source::FaceSource;
use super::options::{EncoderOptions, samples};
use crate::{Error, SpeechConfig};

/// Batches that may be ready ahead of the network.
const AHEAD: usize = 2;

/// What the thread that prepares clips says.
#[derive(Debug)]
pub(super) enum Message {
    /// Pictures, one after the other, or a piece of sound, or a window of faces and then its sound.
    Input(Vec<f32>),
    /// The same row once more.
    Again,
    /// The end of a clip.
    End(Result<Box<Facts>, Error>),
}

/// What was found out about a clip.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) video: Option<VideoFacts>,
    pub(super) faces: Option<FaceFacts>,
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
        faces: Option<FaceSource>,
        clips: Vec<PathBuf>,
    ) -> Self {
        let (sender, messages) = sync_channel(AHEAD);
        let worker = Worker { preset, ffmpeg: ffmpeg.clone(), options: *options, faces, sender };
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
    /// Where aligned faces come from.
    faces: Option<FaceSource>,
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
        match (&self.faces, self.preset.encoder.sees()) {
            (Some(faces), _) => self.faces(clip, faces),
            (None, true) if self.preset.encoder == EncoderKind::HiCmae => {
                let what =
                    "it takes faces: say where from with `with_faces` or another method like it".to_owned();
                Err(Error::Unsupported { encoder: self.preset.encoder, what }.into())
            }
            (None, true) => self.frames(clip),
            (None, false) => self.sound(clip),
        }
    }

    fn send(&self, input: Vec<f32>) -> Result<(), Stop> {
        self.sender.send(Message::Input(input)).map_err(|_| Stop::Gone)
    }

    fn frames(&self, clip: &Path) -> Result<Facts, Stop> {
        let mut options = self.preset.frame_options();
        options.thinning = self.options.thinning;
        options.stall = self.options.stall.unwrap_or(options.stall);
        let (Some(pixels), Some(windows)) = (self.preset.pixels, self.preset.windows) else {
            return Ok(Facts::default());
        };
        let mut frames = Frames::open(&self.ffmpeg, clip, &options)?;
        let mut groups = Groups {
            worker: self,
            pixels,
            capacity: (self.options.batch.get() / windows.length()).max(1) * windows.length(),
            batch: Vec::new(),
            has_black: false,
            count: 0,
        };
        let mut grouper = None;
        while let Some(frame) = frames.next() {
            let mut values = vec![0.0; pixels.values()];
            pixels.apply(&frame?.picture, &mut values)?;
            // The container's rate is known from the first frame on.
            let rate = || options.thinning.rate(frames.facts().container_rate.unwrap_or(0.0));
            let grouper = grouper.get_or_insert_with(|| Grouper::new(windows, rate()));
            if let Some(group) = grouper.push(Arc::new(values)) {
                groups.take(group)?;
            }
        }
        for group in grouper.into_iter().flat_map(Grouper::end) {
            groups.take(group)?;
        }
        groups.send()?;
        let facts = frames.facts();
        if groups.count == 0 {
            let (path, frames, needed) = (clip.to_owned(), facts.kept, windows.length());
            return Err(Error::TooFewFrames { path, frames, needed }.into());
        }
        Ok(Facts { video: Some(facts.clone()), ..Facts::default() })
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

/// Puts the groups of a clip together to inputs.
struct Groups<'a> {
    worker: &'a Worker,
    pixels: PixelSteps,
    /// Frames that are sent together: whole groups.
    capacity: usize,
    batch: Vec<f32>,
    /// Whether a group of black pictures has been sent, which only such groups follow.
    has_black: bool,
    count: usize,
}

impl Groups<'_> {
    fn take(&mut self, group: Vec<Slot<Arc<Vec<f32>>>>) -> Result<(), Stop> {
        self.count += 1;
        // A row of black pictures alone is computed once, by itself: another batch may have other last digits.
        let is_black = group.iter().all(|slot| matches!(slot, Slot::Black));
        if is_black {
            self.send()?;
            if std::mem::replace(&mut self.has_black, true) {
                return self.worker.sender.send(Message::Again).map_err(|_| Stop::Gone);
            }
        }
        let values = self.pixels.values();
        for slot in group {
            let start = self.batch.len();
            match slot {
                Slot::Frame(picture) => self.batch.extend_from_slice(&picture),
                Slot::Zeros => self.batch.resize(start + values, 0.0),
                Slot::Black => {
                    self.batch.resize(start + values, 0.0);
                    self.pixels.apply(&Picture::filled(1, 1, [0; 3])?, &mut self.batch[start..])?;
                }
            }
        }
        if is_black || self.batch.len() >= self.capacity * values { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), Stop> {
        if self.batch.is_empty() { Ok(()) } else { self.worker.send(std::mem::take(&mut self.batch)) }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use blemore_media::PresetName;
    use blemore_testing::{Need, not_run};

    use super::*;

    #[test]
    fn windows_of_black_pictures_are_computed_once_per_clip() {
        let Ok(ffmpeg) = Ffmpeg::find(None) else { return not_run(Need::Ffmpeg) };
        let folder = tempfile::tempdir().unwrap();
        let clip = folder.path().join("clip.mkv");
        let mut command = Command::new(ffmpeg.path());
        command.args([
            "-nostdin",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=64x48:rate=25:duration=3",
        ]);
        assert!(command.arg(&clip).status().unwrap().success());
        let preset = Preset::of(EncoderKind::VideoSwin, PresetName::Published);
        let options = EncoderOptions::default();
        let mut preparation = Preparation::start(preset, &ffmpeg, &options, None, vec![clip.clone(), clip]);
        for _ in 0..2 {
            let (mut computed, mut again) = (0, 0);
            loop {
                match preparation.next().unwrap() {
                    Message::Input(input) => {
                        assert_eq!((input.len(), again), (32 * 3 * 224 * 224, 0));
                        computed += 1;
                    }
                    Message::Again => again += 1,
                    Message::End(end) => break drop(end.unwrap()),
                }
            }
            // Of 14 windows nine are black.
            assert_eq!((computed, again), (6, 8));
        }
    }
}
