//! OpenFace as an encoder: its program is run, its CSV file converted by the rules of `blemore_features::openface`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use blemore_base::{Unfinished, read_input};
use blemore_features::openface::{self, Recording, SeveralFaces};
use blemore_media::{
    EncoderKind, Faces, Ffmpeg, FrameOptions, Frames, OpenFace, OpenFaceOutput, PresetName, Recipe,
    VideoFacts,
};
use tempfile::TempDir;

use crate::faces::kept_faces;
use crate::{Encoding, Error};

/// OpenFace 2, run on clips: 31 numbers per frame.
///
/// Rows are compared with the frames that can be decoded.
///
/// ```no_run
/// use blemore_encoders::OpenFaceEncoder;
/// use blemore_media::{Ffmpeg, OpenFace, PresetName};
///
/// let program = OpenFace::find(Some("OpenFace/build/bin/FeatureExtraction".as_ref()))?;
/// let encoder = OpenFaceEncoder::new(program, PresetName::Published, &Ffmpeg::find(None)?, None);
/// assert_eq!(encoder.encode("A102_ang_int1_ver1.mp4")?.features.width(), 31);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct OpenFaceEncoder {
    run: OpenFaceRun,
    recipe: Recipe,
}

impl OpenFaceEncoder {
    /// Frames are counted with ffmpeg. `stall` is how long OpenFace may write nothing before it is ended; a minute by
    /// default.
    pub fn new(program: OpenFace, preset: PresetName, ffmpeg: &Ffmpeg, stall: Option<Duration>) -> Self {
        let recipe = Recipe {
            encoder: EncoderKind::OpenFace,
            preset,
            weights: program.origin(),
            settings: Default::default(),
        };
        Self { run: OpenFaceRun { program, ffmpeg: ffmpeg.clone(), stall, kept: None }, recipe }
    }

    /// The same encoder, which keeps the aligned face of each frame in `FOLDER/CLIP_aligned`, where HiCMAE finds them.
    /// Those that are there are not made again.
    pub fn keeping_faces(mut self, folder: impl Into<PathBuf>) -> Self {
        self.run.kept = Some(folder.into());
        self
    }

    /// What determines its numbers, beside the clip.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The `ffmpeg` program that it counts frames with.
    pub fn ffmpeg(&self) -> &Ffmpeg {
        &self.run.ffmpeg
    }

    /// The features of one video file.
    ///
    /// # Errors
    /// [`Error::Media`] for a program that fails, hangs, or ends without a file, and for what is wrong with the clip;
    /// [`Error::OpenFaceFrames`] for another number of rows than frames; [`Error::OpenFaceFile`] for rows that are none of
    /// OpenFace.
    pub fn encode(&self, clip: impl AsRef<Path>) -> Result<Encoding, Error> {
        let (clip, start) = (clip.as_ref(), Instant::now());
        let name = clip.file_stem().unwrap_or_default().to_string_lossy();
        let kept = self.run.kept.as_deref();
        let makes_faces = kept.is_some() && kept_faces(kept, &name)?.is_none();
        let output = if makes_faces { OpenFaceOutput::Both } else { OpenFaceOutput::Features };
        let made = self.run.on(clip, output)?;
        let Some(Recording { matrix, quality, mut notes }) = made.recording else {
            return Err(Error::Interrupted { path: clip.to_owned() });
        };
        if !quality.is_good() {
            notes.push(quality.to_string());
        }
        notes.extend(made.video.notes());
        Ok(Encoding {
            features: matrix,
            video: Some(made.video),
            faces: None,
            sound: None,
            computing: start.elapsed(),
            notes,
        })
    }
}

/// OpenFace, run on one clip at a time.
#[derive(Debug, Clone)]
pub(crate) struct OpenFaceRun {
    pub(crate) program: OpenFace,
    pub(crate) ffmpeg: Ffmpeg,
    pub(crate) stall: Option<Duration>,
    /// Where aligned faces are kept.
    pub(crate) kept: Option<PathBuf>,
}

/// What OpenFace made of a clip. What is not kept goes with it.
pub(crate) struct Made {
    _folder: TempDir,
    _unfinished: Unfinished,
    recording: Option<Recording>,
    pub(crate) faces: Option<Faces>,
    video: VideoFacts,
}

impl OpenFaceRun {
    /// Runs it, and checks what it has written.
    pub(crate) fn on(&self, clip: &Path, output: OpenFaceOutput) -> Result<Made, Error> {
        let folder = self.folder()?;
        let unfinished = Unfinished::new(folder.path());
        let options = FrameOptions::default();
        let options = FrameOptions { stall: self.stall.unwrap_or(options.stall), ..options };
        let files = self.program.run(clip, folder.path(), output, options.stall)?;
        let recording = files.features.map(|path| recording(clip, &path)).transpose()?;
        let video = decoded(&self.ffmpeg, clip, &options)?;
        let check = |written, unit| match written == video.decoded {
            true => Ok(()),
            false => {
                Err(Error::OpenFaceFrames { path: clip.to_owned(), written, unit, decoded: video.decoded })
            }
        };
        if let Some(recording) = &recording {
            check(recording.quality.frames, "rows")?;
        }
        let faces = match files.faces {
            Some(_) => {
                let name = clip.file_stem().unwrap_or_default().to_string_lossy();
                let faces = Faces::find(folder.path(), &name)?;
                check(faces.len(), "pictures")?;
                Some(self.keep(faces, &name)?)
            }
            None => None,
        };
        Ok(Made { _folder: folder, _unfinished: unfinished, recording, faces, video })
    }

    /// Moves faces to where they are kept, if they are.
    fn keep(&self, faces: Faces, clip: &str) -> Result<Faces, Error> {
        let Some(kept) = &self.kept else { return Ok(faces) };
        let target = kept.join(faces.folder().file_name().unwrap_or_default());
        fs::rename(faces.folder(), &target).map_err(|source| Error::Write { path: target, source })?;
        Ok(Faces::find(kept, clip)?)
    }

    /// A folder for what it writes: beside the faces that are kept, so that they need not be copied.
    fn folder(&self) -> Result<TempDir, Error> {
        let cannot_write = |path: PathBuf| |source| Error::Write { path, source };
        match &self.kept {
            Some(kept) => fs::create_dir_all(kept)
                .and_then(|()| tempfile::tempdir_in(kept))
                .map_err(cannot_write(kept.clone())),
            None => tempfile::tempdir().map_err(cannot_write(std::env::temp_dir())),
        }
    }
}

fn recording(clip: &Path, csv: &Path) -> Result<Recording, Error> {
    let text = read_input(csv).map_err(|source| Error::Read { path: csv.to_owned(), source })?;
    openface::parse(&text, SeveralFaces::Keep)
        .map_err(|source| Error::OpenFaceFile { path: clip.to_owned(), source })
}

/// What there is to know of a clip's picture, which is decoded to its end.
fn decoded(ffmpeg: &Ffmpeg, clip: &Path, options: &FrameOptions) -> Result<VideoFacts, Error> {
    let mut frames = Frames::open(ffmpeg, clip, options)?;
    for frame in frames.by_ref() {
        frame?;
    }
    Ok(frames.facts().clone())
}
