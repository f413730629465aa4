//! Where `blemore encode` has HiCMAE's faces from.

use std::path::PathBuf;

use blemore_cli::Failure;
use blemore_cli::arguments::Encode;
use blemore_cli::output::Output;
use blemore_encoders::{Encoder, Error, FaceDetector};
use blemore_media::{EncoderKind, OpenFace};

/// Where HiCMAE's faces come from.
pub(super) enum FaceSource {
    /// OpenFace makes them, and keeps them where a folder is named.
    OpenFace(OpenFace, Option<PathBuf>),
    /// They were aligned before.
    Folder(PathBuf),
    /// The built-in detector finds them, and keeps them where a folder is named.
    BuiltIn(Box<FaceDetector>, Option<PathBuf>),
}

impl FaceSource {
    /// What the command line says, where HiCMAE is to be computed: OpenFace makes faces only where --openface is given.
    /// `instead` says what a user without the detector's weights can do.
    pub(super) fn of(
        output: Output,
        arguments: &Encode,
        kinds: &[EncoderKind],
        openface: Option<&OpenFace>,
        instead: &str,
    ) -> Result<Option<Self>, Failure> {
        if !kinds.contains(&EncoderKind::HiCmae) {
            return match arguments.keep_faces.is_some() || arguments.face_detector.is_some() {
                true => Err(Failure::input(
                    "--keep-faces and --face-detector are for the encoder hicmae: name it",
                )),
                false => Ok(None),
            };
        }
        let aligning = openface.filter(|_| arguments.openface.is_some());
        Ok(Some(match (aligning, &arguments.faces) {
            (Some(program), kept) => Self::OpenFace(program.clone(), kept.clone()),
            (None, Some(faces)) => Self::Folder(faces.clone()),
            (None, None) => {
                let detector =
                    FaceDetector::load(arguments.face_detector.as_deref()).map_err(|error| match error {
                        Error::NoFaceDetector { .. } => Failure::input(format!("{error}; {instead}")),
                        error => error.into(),
                    })?;
                output.note("hicmae: faces are found by the built-in detector (MTCNN), not by OpenFace");
                Self::BuiltIn(Box::new(detector), arguments.keep_faces.clone())
            }
        }))
    }

    /// The encoder with these faces.
    pub(super) fn given_to(self, encoder: Encoder) -> Result<Encoder, Error> {
        match self {
            Self::OpenFace(program, kept) => encoder.with_openface(program, kept),
            Self::Folder(faces) => encoder.with_faces(faces),
            Self::BuiltIn(detector, kept) => encoder.with_built_in_faces(*detector, kept),
        }
    }
}
