//! Windows of aligned faces, each with the sound of its time: what HiCMAE takes.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use blemore_media::{Ffmpeg, Grouper, Preset, Slot, SoundBlocks, SoundFacts, Thinning};

use super::{Facts, Message, Stop, Worker};
use crate::Error;
use crate::encoder::face_source::FaceSource;
use crate::encoder::options::samples;

/// The longest sound that is kept: 76 MB. A clip takes seconds.
const LONGEST: Duration = Duration::from_secs(1200);
/// Samples that the sound of a window has at least; what is missing is silence.
const SHORTEST_PIECE: usize = 1025;

impl Worker {
    /// Sends the pictures of each window, and after them its sound.
    pub(super) fn faces(&self, clip: &Path, source: &FaceSource) -> Result<Facts, Stop> {
        // First: a clip without sound needs no search for faces.
        let (sound, sound_facts) = whole_sound(&self.preset, &self.ffmpeg, clip, self.options.stall)?;
        let faces = source.of(clip)?;
        let (Some(pixels), Some(windows)) = (self.preset.pixels, self.preset.windows) else {
            return Ok(Facts::default());
        };
        let mut options = self.preset.frame_options();
        options.stall = self.options.stall.unwrap_or(options.stall);
        let every = self.preset.every;
        options.thinning = NonZeroUsize::new(every).map_or(Thinning::All, Thinning::Every);
        let mut frames = faces.frames(&self.ffmpeg, &options)?;
        let mut grouper = Grouper::new(windows, 0.0);
        let mut window = 0;
        let mut send = |group: Vec<Slot<Arc<Vec<f32>>>>| -> Result<(), Stop> {
            let mut input = Vec::with_capacity(windows.length() * pixels.values() + SHORTEST_PIECE);
            let mut places = 0;
            for slot in group {
                match slot {
                    Slot::Frame(picture) => {
                        input.extend_from_slice(&picture);
                        places += 1;
                    }
                    _ => input.resize(input.len() + pixels.values(), 0.0),
                }
            }
            let first = window * windows.length();
            // Where the last picture is repeated, its own number counts.
            let last = (first + places - 1).min((faces.len() - 1) / every);
            input.extend(piece(&sound, [first * every, last * every], faces.len()));
            window += 1;
            self.sender.send(Message::Input(input)).map_err(|_| Stop::Gone)
        };
        for frame in frames.by_ref() {
            let Some(face) = faces.face(frame?)? else { break };
            let mut values = vec![0.0; pixels.values()];
            pixels.apply(&face, &mut values)?;
            if let Some(group) = grouper.push(Arc::new(values)) {
                send(group)?;
            }
        }
        for group in grouper.end() {
            send(group)?;
        }
        let video = frames.facts().clone();
        faces.check(video.decoded)?;
        let is_alone = faces.len() == 1;
        let note = is_alone.then(|| "one face has no place in time: its sound is silence".to_owned());
        Ok(Facts {
            video: Some(video),
            faces: faces.facts,
            sound: Some(sound_facts),
            notes: note.into_iter().collect(),
        })
    }
}

/// All of a clip's sound.
pub(crate) fn whole_sound(
    preset: &Preset,
    ffmpeg: &Ffmpeg,
    clip: &Path,
    stall: Option<Duration>,
) -> Result<(Vec<f32>, SoundFacts), Error> {
    let mut options = preset.sound_options(clip);
    options.stall = stall.unwrap_or(options.stall);
    let mut blocks = SoundBlocks::open(ffmpeg, clip, &options)?;
    let mut sound: Vec<f32> = Vec::new();
    for block in &mut blocks {
        sound.extend(block?);
        if sound.len() > samples(LONGEST) {
            return Err(Error::sound_too_long(clip, LONGEST, blocks.facts().container_seconds));
        }
    }
    Ok((sound, blocks.facts().clone()))
}

/// The sound from the first picture of a window to four after the last, by their places among all pictures.
pub(crate) fn piece(sound: &[f32], [first, last]: [usize; 2], pictures: usize) -> Vec<f32> {
    let place = |picture: usize| match pictures {
        0 | 1 => 0,
        _ => (picture.min(pictures - 1) as f64 / (pictures - 1) as f64 * sound.len() as f64) as usize,
    };
    let mut piece = sound[place(first)..place(last + 4)].to_vec();
    piece.resize(piece.len().max(SHORTEST_PIECE), 0.0);
    piece
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_the_sound_of_its_pictures() {
        let sound: Vec<f32> = (0..100_000).map(|sample| sample as f32).collect();
        // 101 pictures: one per 1,000 samples.
        let ends = |places| {
            let piece = piece(&sound, places, 101);
            (piece[0], piece.len())
        };
        assert_eq!(ends([0, 60]), (0.0, 64_000));
        assert_eq!(ends([64, 100]), (64_000.0, 36_000));
        assert_eq!(ends([96, 96]), (96_000.0, 4_000));
        // A short piece is filled up with silence, and so is that of a single picture.
        assert_eq!(piece(&sound[..10_000], [0, 0], 101).len(), SHORTEST_PIECE);
        assert_eq!(piece(&sound, [0, 0], 1), vec![0.0; SHORTEST_PIECE]);
    }
}
