//! What `blemore encode` does with the program OpenFace.

use blemore_cli::Failure;
use blemore_cli::arguments::Encode;
use blemore_encoders::OpenFaceEncoder;
use blemore_media::{EncoderKind, Ffmpeg, OpenFace, Thinning};

/// The program, where these encoders run it.
pub(super) fn find(arguments: &Encode, kinds: &[EncoderKind]) -> Result<Option<OpenFace>, Failure> {
    let is_encoder = kinds.contains(&EncoderKind::OpenFace);
    let aligns = kinds.contains(&EncoderKind::HiCmae) && arguments.openface.is_some();
    if is_encoder && arguments.thinning() != Thinning::All {
        return Err(Failure::input("OpenFace takes every frame: leave out --fps and --every"));
    }
    if is_encoder || aligns {
        return Ok(Some(OpenFace::find(arguments.openface.as_deref())?));
    }
    match arguments.openface {
        Some(_) => {
            Err(Failure::input("--openface is for the encoders openface and hicmae: name one of them"))
        }
        None => Ok(None),
    }
}

/// The program as an encoder. It keeps aligned faces where a folder for them is named.
pub(super) fn encoder(arguments: &Encode, program: &OpenFace, ffmpeg: &Ffmpeg) -> OpenFaceEncoder {
    let encoder = OpenFaceEncoder::new(program.clone(), arguments.preset, ffmpeg, arguments.time_limit);
    match &arguments.faces {
        Some(faces) => encoder.keeping_faces(faces),
        None => encoder,
    }
}
