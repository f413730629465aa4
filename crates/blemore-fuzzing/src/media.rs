//! What programs say of a clip.

use blemore_media::fuzzing;

/// What ffmpeg writes about a file while it decodes it: whether it tells of a picture or of sound.
pub fn probe(bytes: &[u8]) -> bool {
    fuzzing::reads_ffmpeg_log(&String::from_utf8_lossy(bytes))
}
