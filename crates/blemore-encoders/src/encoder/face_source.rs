//! Where the aligned faces of a clip come from.

use std::fmt;
use std::path::{Path, PathBuf};

use blemore_media::{FaceFacts, Faces, Ffmpeg, Frame, FrameOptions, Frames, OpenFaceOutput, Picture, Recipe};

use crate::Error;
use crate::faces::{BuiltInFaces, FaceTrack, kept_faces};
use crate::openface::{Made, OpenFaceRun};

/// Where the aligned faces of a clip come from.
#[derive(Debug, Clone)]
pub(super) enum FaceSource {
    /// They were aligned before.
    Folder(PathBuf),
    /// OpenFace makes them.
    OpenFace(OpenFaceRun),
    /// The built-in detector finds them.
    BuiltIn(BuiltInFaces),
}

/// The faces of a clip, and what goes with them where they are not kept.
pub(super) struct FoundFaces {
    pictures: Pictures,
    /// What the built-in detector found.
    pub(super) facts: Option<FaceFacts>,
    _made: Option<Made>,
}

/// Where the pictures of the faces are.
enum Pictures {
    Folder(Faces),
    /// In the frames of a clip.
    Clip(PathBuf, FaceTrack),
}

impl FaceSource {
    /// The faces of a clip.
    pub(super) fn of(&self, clip: &Path) -> Result<FoundFaces, Error> {
        let name = clip.file_stem().unwrap_or_default().to_string_lossy();
        let folder = |faces| FoundFaces { pictures: Pictures::Folder(faces), facts: None, _made: None };
        if let Some(faces) = kept_faces(self.kept(), &name)? {
            return Ok(folder(faces));
        }
        match self {
            Self::Folder(faces) => Ok(folder(Faces::find(faces, &name)?)),
            Self::OpenFace(openface) => {
                let mut made = openface.on(clip, OpenFaceOutput::Faces)?;
                let faces = made.faces.take().ok_or_else(|| Error::Interrupted { path: clip.to_owned() })?;
                Ok(FoundFaces { _made: Some(made), ..folder(faces) })
            }
            Self::BuiltIn(built_in) => {
                let track = built_in.of(clip)?;
                let facts = Some(*track.facts());
                Ok(FoundFaces { pictures: Pictures::Clip(clip.to_owned(), track), facts, _made: None })
            }
        }
    }

    /// The folder of the faces that are there afterwards.
    pub(super) fn kept(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::OpenFace(openface) => openface.kept.as_deref(),
            Self::BuiltIn(built_in) => built_in.kept.as_deref(),
        }
    }
}

impl FoundFaces {
    /// Number of faces.
    pub(super) fn len(&self) -> usize {
        match &self.pictures {
            Pictures::Folder(faces) => faces.len(),
            Pictures::Clip(_, track) => track.facts().frames,
        }
    }

    /// The pictures of the faces, or the frames that they are in: see [`FoundFaces::face`].
    pub(super) fn frames(&self, ffmpeg: &Ffmpeg, options: &FrameOptions) -> Result<Frames, Error> {
        Ok(match &self.pictures {
            Pictures::Folder(faces) => faces.frames(ffmpeg, options)?,
            Pictures::Clip(clip, _) => Frames::open(ffmpeg, clip, options)?,
        })
    }

    /// The face in a frame; `None` beyond the last.
    pub(super) fn face(&self, frame: Frame) -> Result<Option<Picture>, Error> {
        match &self.pictures {
            Pictures::Folder(_) => Ok(Some(frame.picture)),
            Pictures::Clip(_, track) => track.aligned(frame.index, &frame.picture),
        }
    }

    /// Checks that every face was there.
    pub(super) fn check(&self, decoded: usize) -> Result<(), Error> {
        match &self.pictures {
            _ if decoded == self.len() => Ok(()),
            Pictures::Folder(faces) => {
                let (folder, files) = (faces.folder().to_owned(), faces.len());
                Err(Error::DamagedFaces { folder, files, decoded })
            }
            Pictures::Clip(clip, _) => Err(Error::ChangedClip { path: clip.clone() }),
        }
    }
}

/// As a recipe tells it.
impl fmt::Display for FaceSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(_) => formatter.write_str("aligned before"),
            Self::OpenFace(OpenFaceRun { program, kept: None, .. }) => {
                write!(formatter, "of {}", program.origin())
            }
            Self::OpenFace(OpenFaceRun { program, .. }) => {
                write!(formatter, "aligned before, or else of {}", program.origin())
            }
            Self::BuiltIn(BuiltInFaces { kept: None, .. }) => formatter.write_str(Recipe::BUILT_IN_FACES),
            Self::BuiltIn(_) => write!(formatter, "aligned before, or else {}", Recipe::BUILT_IN_FACES),
        }
    }
}
