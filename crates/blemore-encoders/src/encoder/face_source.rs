//! Where the aligned faces of a clip come from.

use std::fmt;
use std::path::{Path, PathBuf};

use blemore_media::{Faces, OpenFaceOutput};

use crate::Error;
use crate::openface::{Made, OpenFaceRun};

/// Where the aligned faces of a clip come from.
#[derive(Debug, Clone)]
pub(super) enum FaceSource {
    /// They were aligned before.
    Folder(PathBuf),
    /// OpenFace makes them.
    OpenFace(OpenFaceRun),
}

/// Faces, and what goes with them where they are not kept.
pub(super) struct FoundFaces {
    pub(super) faces: Faces,
    _made: Option<Made>,
}

impl FaceSource {
    /// The faces of a clip.
    pub(super) fn of(&self, clip: &Path) -> Result<FoundFaces, Error> {
        let name = clip.file_stem().unwrap_or_default().to_string_lossy();
        let kept = |faces| FoundFaces { faces, _made: None };
        match self {
            Self::Folder(folder) => Ok(kept(Faces::find(folder, &name)?)),
            Self::OpenFace(openface) => {
                if let Some(faces) = openface.kept_faces(&name) {
                    return Ok(kept(faces));
                }
                let made = openface.on(clip, OpenFaceOutput::Faces)?;
                Ok(FoundFaces { faces: Faces::find(made.faces_folder(), &name)?, _made: Some(made) })
            }
        }
    }

    /// The folder of the faces that are there afterwards.
    pub(super) fn kept(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::OpenFace(openface) => openface.kept.as_deref(),
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
        }
    }
}
