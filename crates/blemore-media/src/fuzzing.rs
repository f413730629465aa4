//! For the fuzzer alone: parsers that take no file.

use crate::ffmpeg::log::Log;

/// Reads a whole log of ffmpeg, and says whether it tells of a picture or of sound.
pub fn reads_ffmpeg_log(text: &str) -> bool {
    let mut log = Log::default();
    for stamp in text.lines().filter_map(|line| log.take(line)) {
        assert!(stamp.time.is_none_or(f64::is_finite));
    }
    assert!(log.rotation.is_finite());
    log.has_picture || log.has_sound
}
