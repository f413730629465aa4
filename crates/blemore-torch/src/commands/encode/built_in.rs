//! What `blemore encode` does with the built-in face detector.

use blemore_cli::Failure;
use blemore_cli::arguments::Encode;
use blemore_cli::output::Output;
use blemore_encoders::{FaceDetector, WeightSource};
use blemore_media::EncoderKind;

/// The detector, where HiCMAE is to be computed and its faces come from nowhere else.
pub(super) fn detector(
    output: Output,
    arguments: &Encode,
    encoders: &[(EncoderKind, WeightSource)],
) -> Result<Option<FaceDetector>, Failure> {
    let is_wanted = encoders.iter().any(|(kind, _)| *kind == EncoderKind::HiCmae);
    if is_wanted && arguments.faces.is_none() && arguments.openface.is_none() {
        let detector = FaceDetector::load(arguments.face_detector.as_deref())?;
        output.note("hicmae: faces are found by the built-in detector (MTCNN), not by OpenFace".to_owned());
        return Ok(Some(detector));
    }
    match arguments.keep_faces.is_some() || arguments.face_detector.is_some() {
        true => Err(Failure::input("--keep-faces and --face-detector are for the encoder hicmae: name it")),
        false => Ok(None),
    }
}
