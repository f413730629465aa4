//! Clips as HiCMAE is fine-tuned on them: windows of aligned faces with the sound of their time.

use std::path::{Path, PathBuf};

use blemore_media::{
    Augmentation, EncoderKind, Faces, Ffmpeg, FileMark, FileStamp, Picture, PixelSteps, Preset, PresetName,
    Recipe, WeightsOrigin,
};
use rand_core::SeedableRng;
use rand_pcg::Pcg64Mcg;
use tch::Tensor;

use crate::encoder::{piece, whole_sound};
use crate::error::all_or_faults;
use crate::networks::uniform;
use crate::{Error, log_mel};

/// Faces of a window.
const WINDOW: usize = 16;
/// Faces from one of a window to the next, about.
const EVERY: usize = 4;

/// Clips with their sound, and a folder with their aligned faces. A clip is decoded when a window of it is asked for, and is
/// an error if it is no longer what it was when this was made.
#[derive(Debug, Clone)]
pub struct FaceClips {
    preset: Preset,
    ffmpeg: Ffmpeg,
    faces: PathBuf,
    has_built_in_faces: bool,
    clips: Vec<SeenClip>,
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
    /// `augmentation` says; a test has so many `views` of each clip. Every file is read once, for its hash.
    ///
    /// # Errors
    /// [`Error::Clips`] with every clip that has no faces or cannot be read.
    pub fn new(
        clips: Vec<PathBuf>,
        faces: impl Into<PathBuf>,
        augmentation: Augmentation,
        views: usize,
        ffmpeg: &Ffmpeg,
    ) -> Result<Self, Error> {
        let preset = Preset::of(EncoderKind::HiCmae, PresetName::Published);
        let (faces, ffmpeg) = (faces.into(), ffmpeg.clone());
        let clips = all_or_faults(clips.into_iter().map(|clip| SeenClip::of(clip, &faces)))?;
        Ok(Self { preset, ffmpeg, faces, has_built_in_faces: false, clips, augmentation, views })
    }

    /// The same clips with faces of the built-in detector ([`keep_faces`](crate::keep_faces)), and not OpenFace's.
    #[must_use]
    pub fn with_built_in_faces(self) -> Self {
        Self { has_built_in_faces: true, ..self }
    }

    /// Number of clips.
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// Whether there is no clip.
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// Length and hash of a clip's file, and of its faces.
    pub fn stamps(&self, clip: usize) -> &[FileStamp; 2] {
        &self.clips[clip].stamps
    }

    /// What determines the outputs of a network that is fine-tuned on these clips from this checkpoint, beside the recipe of
    /// training.
    ///
    /// # Errors
    /// [`Error::Media`] for a checkpoint that cannot be read.
    pub fn recipe(&self, checkpoint: &Path) -> Result<Recipe, Error> {
        let FileStamp { name: file, sha256, .. } = FileStamp::of(checkpoint)?;
        let faces = if self.has_built_in_faces { Recipe::BUILT_IN_FACES } else { "aligned before" };
        let settings = [("faces", faces), ("training", "fine-tuned")];
        Ok(Recipe {
            encoder: EncoderKind::HiCmae,
            preset: PresetName::Published,
            weights: WeightsOrigin::Checkpoint { file, sha256 },
            settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        })
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

    fn decode(&self, clip: &SeenClip) -> Result<Decoded, Error> {
        let (sound, _) = whole_sound(&self.preset, &self.ffmpeg, &clip.path, None)?;
        let found = faces_of(&self.faces, &clip.path)?;
        let frames = found.frames(&self.ffmpeg, &self.preset.frame_options())?;
        let faces = frames.map(|frame| Ok(frame?.picture)).collect::<Result<Vec<_>, Error>>()?;
        if faces.len() != found.len() {
            let (folder, files, decoded) = (found.folder().to_owned(), found.len(), faces.len());
            return Err(Error::DamagedFaces { folder, files, decoded });
        }
        // Afterwards, so that what was read is what the stamps are of.
        clip.check_unchanged(&found)?;
        Ok(Decoded { faces, sound })
    }
}

/// A clip as it was when it was first seen.
#[derive(Debug, Clone)]
struct SeenClip {
    path: PathBuf,
    /// Of its file, and of its faces.
    stamps: [FileStamp; 2],
    /// Of its file, and of each of its faces.
    marks: Vec<FileMark>,
}

impl SeenClip {
    fn of(path: PathBuf, faces: &Path) -> Result<Self, Error> {
        let faces = faces_of(faces, &path)?;
        // First: a file that changes while it is read has another mark later.
        let marks = marks(&path, &faces)?;
        Ok(Self { stamps: [FileStamp::of(&path)?, faces.stamp()?], marks, path })
    }

    /// Looks at lengths and times alone, and at what the files hold only where these differ.
    fn check_unchanged(&self, faces: &Faces) -> Result<(), Error> {
        if marks(&self.path, faces)? == self.marks {
            return Ok(());
        }
        let [clip, pictures] = &self.stamps;
        match clip.fits(&self.path)? && faces.stamp()? == *pictures {
            true => Ok(()),
            false => Err(Error::OtherClip { path: self.path.clone() }),
        }
    }
}

fn faces_of(folder: &Path, clip: &Path) -> Result<Faces, Error> {
    let name = clip.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Faces::find(folder, &name)?)
}

fn marks(clip: &Path, faces: &Faces) -> Result<Vec<FileMark>, Error> {
    let mut marks = vec![FileMark::of(clip)?];
    marks.extend(faces.marks()?);
    Ok(marks)
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
