//! Clips as HiCMAE is fine-tuned on them: windows of aligned faces with the sound of their time.

use std::path::{Path, PathBuf};

use blemore_media::{
    Augmentation, EncoderKind, Faces, Ffmpeg, FileStamp, Picture, PixelSteps, Preset, PresetName,
};
use rand_core::SeedableRng;
use rand_pcg::Pcg64Mcg;
use tch::Tensor;

use crate::encoder::{piece, whole_sound};
use crate::networks::uniform;
use crate::{Error, log_mel};

/// Faces of a window.
const WINDOW: usize = 16;
/// Faces from one of a window to the next, about.
const EVERY: usize = 4;

/// Clips with their sound, and a folder with their aligned faces. A clip is decoded when a window of it is asked for.
#[derive(Debug, Clone)]
pub struct FaceClips {
    preset: Preset,
    ffmpeg: Ffmpeg,
    faces: PathBuf,
    clips: Vec<PathBuf>,
    augmentation: Augmentation,
    views: usize,
}

/// All faces of a clip and all of its sound.
struct Decoded {
    faces: Vec<Picture>,
    sound: Vec<f32>,
}

impl FaceClips {
    /// These clips, with aligned faces as [`Faces::find`] looks for them. Windows of training are changed as
    /// `augmentation` says; a test has so many `views` of each clip.
    ///
    /// # Errors
    /// [`Error::Media`] for a clip without faces.
    pub fn new(
        clips: Vec<PathBuf>,
        faces: impl Into<PathBuf>,
        augmentation: Augmentation,
        views: usize,
        ffmpeg: &Ffmpeg,
    ) -> Result<Self, Error> {
        let preset = Preset::of(EncoderKind::HiCmae, PresetName::Published);
        let found = Self { preset, ffmpeg: ffmpeg.clone(), faces: faces.into(), clips, augmentation, views };
        found.clips.iter().try_for_each(|clip| found.faces_of(clip).map(drop))?;
        Ok(found)
    }

    /// Length and hash of a clip's file, and of its faces.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn stamps(&self, clip: usize) -> Result<[FileStamp; 2], Error> {
        let clip = &self.clips[clip];
        Ok([FileStamp::of(clip)?, self.faces_of(clip)?.stamp()?])
    }

    /// A window of training: faces `(3, 16, 160, 160)` and a log-mel picture `(1, 256, 128)`. Its place and how its faces
    /// are changed are drawn with this seed.
    ///
    /// # Errors
    /// Everything that can be wrong with the clip.
    pub fn example(&self, clip: usize, seed: u64) -> Result<[Tensor; 2], Error> {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let mut uniform = || uniform(&mut random);
        let pixels = self.pixels()?;
        let decoded = self.decode(&self.clips[clip])?;
        let places = training_window(decoded.faces.len(), uniform());
        let changes = self.augmentation.draw(pixels.size(), &mut uniform);
        // The sound ends where 64 faces end, whatever faces there are.
        let last = places[0] + (WINDOW - 1) * EVERY;
        window(&decoded, &pixels, &places, [places[0], last], |face, values| {
            changes.apply(&pixels, face, &mut uniform, values)
        })
    }

    /// The windows of a test, spread over the clip, as [`example`](Self::example) gives them.
    ///
    /// # Errors
    /// Everything that can be wrong with the clip.
    pub fn views(&self, clip: usize) -> Result<Vec<[Tensor; 2]>, Error> {
        let pixels = self.pixels()?;
        let decoded = self.decode(&self.clips[clip])?;
        let of = |places: &[usize; WINDOW]| {
            let ends = [places[0], places[WINDOW - 1]];
            window(&decoded, &pixels, places, ends, |face, values| pixels.apply(face, values))
        };
        test_windows(decoded.faces.len(), self.views).iter().map(of).collect()
    }

    fn pixels(&self) -> Result<PixelSteps, Error> {
        self.preset.pixels.ok_or_else(|| Error::Interrupted { path: self.faces.clone() })
    }

    fn faces_of(&self, clip: &Path) -> Result<Faces, Error> {
        let name = clip.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Faces::find(&self.faces, &name)?)
    }

    fn decode(&self, clip: &Path) -> Result<Decoded, Error> {
        let (sound, _) = whole_sound(&self.preset, &self.ffmpeg, clip, None)?;
        let found = self.faces_of(clip)?;
        let frames = found.frames(&self.ffmpeg, &self.preset.frame_options())?;
        let faces = frames.map(|frame| Ok(frame?.picture)).collect::<Result<Vec<_>, Error>>()?;
        if faces.len() != found.len() {
            let (folder, files, decoded) = (found.folder().to_owned(), found.len(), faces.len());
            return Err(Error::DamagedFaces { folder, files, decoded });
        }
        Ok(Decoded { faces, sound })
    }
}

/// Prepared faces of these places, and the sound from the first to the last of `ends`.
fn window(
    decoded: &Decoded,
    pixels: &PixelSteps,
    places: &[usize; WINDOW],
    ends: [usize; 2],
    mut prepare: impl FnMut(&Picture, &mut [f32]) -> Result<(), blemore_media::Error>,
) -> Result<[Tensor; 2], Error> {
    let mut values = vec![0.0; WINDOW * pixels.values()];
    for (place, values) in places.iter().zip(values.chunks_exact_mut(pixels.values())) {
        prepare(&decoded.faces[*place], values)?;
    }
    let side = pixels.size() as i64;
    let faces = Tensor::f_from_slice(&values)?.f_view([WINDOW as i64, 3, side, side])?;
    let sound = piece(&decoded.sound, ends, decoded.faces.len());
    Ok([faces.f_transpose(0, 1)?.f_contiguous()?, log_mel(&sound)?])
}

/// The faces of a window of training of so many faces, as the authors' code draws them: 16 over 64 faces, or over a shorter
/// clip every fourth, and then the last.
fn training_window(faces: usize, place: f64) -> [usize; WINDOW] {
    let spread = |start: usize, end: usize, count: usize, index: usize| {
        let step = (end - start) as f64 / count.saturating_sub(1).max(1) as f64;
        (start as f64 + index as f64 * step) as usize
    };
    let length = WINDOW * EVERY;
    std::array::from_fn(|index| {
        if faces <= length {
            let count = faces / EVERY;
            let place = if index < count { spread(0, faces, count, index) } else { faces };
            return place.min(faces.saturating_sub(1));
        }
        let start = ((faces - length) as f64 * place) as usize;
        spread(start, start + length, WINDOW, index).min(start + length - 1)
    })
}

/// The faces of each window of a test: every fourth face, the last repeated in a clip of fewer than 16 of them.
fn test_windows(faces: usize, views: usize) -> Vec<[usize; WINDOW]> {
    let kept: Vec<usize> = (0..faces).step_by(EVERY).collect();
    let spare = kept.len().saturating_sub(WINDOW);
    let step = spare as f64 / views.saturating_sub(1).max(1) as f64;
    let window = |view: usize| {
        let start = (view as f64 * step) as usize;
        std::array::from_fn(|index| kept[(start + index).min(kept.len() - 1)])
    };
    (0..views).map(window).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_training_are_those_of_the_authors() {
        // numpy: linspace(36, 100, 16) to whole numbers.
        let expected = [36, 40, 44, 48, 53, 57, 61, 65, 70, 74, 78, 82, 87, 91, 95, 99];
        assert_eq!(training_window(137, 36.5 / 73.0), expected);
        assert_eq!(training_window(137, 0.999_999)[0], 72);
        assert_eq!(training_window(65, 0.9)[15], 63);
        // numpy: linspace(0, 18, 4), then 18, within 0 to 17.
        let mut expected = [17; WINDOW];
        expected[..4].copy_from_slice(&[0, 6, 12, 17]);
        assert_eq!(training_window(18, 0.5), expected);
        assert_eq!(training_window(3, 0.5), [2; WINDOW]);
        assert_eq!(training_window(1, 0.0), [0; WINDOW]);
    }

    #[test]
    fn windows_of_a_test_are_the_first_and_the_last() {
        let windows = test_windows(137, 2);
        assert_eq!((windows[0][0], windows[0][15]), (0, 60));
        assert_eq!((windows[1][0], windows[1][15]), (76, 136));
        // 10 of every fourth: both windows are the same.
        let short = test_windows(40, 2);
        assert_eq!((short[0], short[0][9], short[0][15]), (short[1], 36, 36));
        assert_eq!(test_windows(137, 1).len(), 1);
    }
}
