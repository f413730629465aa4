//! Programs that are not the ffmpeg that they should be.

use blemore_base::Blame;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use blemore_media::{Error, Ffmpeg, FrameOptions, Sound, SoundOptions};

use crate::support::{decode, fixture};

/// What a new version says of itself.
const VERSION: &str = "if [ \"$1\" = -version ]; then echo 'ffmpeg version 7.1'; \
                       echo 'libavutil      59. 39.100 / 59. 39.100'; exit 0; fi\n";
/// What it says of a file with two frames of 2 x 1 pixels.
const LOG: &str = "cat >&2 <<END\n\
[info] Input #0, avi, from 'x':\n\
[info]   Stream #0:0: Video: h264, yuv420p, 2x1, 25 fps\n\
[info]   Stream #0:1: Audio: aac, 16000 Hz, mono\n\
[Parsed_showinfo_0 @ 0x1] [info] config in time_base: 1/25, frame_rate: 25/1\n\
[Parsed_showinfo_0 @ 0x1] [info] n:   0 pts:      0 pts_time:0 s:2x1 i:P\n\
[Parsed_showinfo_0 @ 0x1] [info] n:   1 pts:      1 pts_time:0 s:2x1 i:P\n\
END\n";

fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join(format!("ffmpeg{}", script.len()));
    fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A program may be busy for a moment after it was written, where tests start others at the same time.
fn find(path: &Path) -> Result<Ffmpeg, Error> {
    let mut found = Ffmpeg::find(Some(path));
    for _ in 0..50 {
        match &found {
            Err(error) if error.to_string().contains("busy") => std::thread::sleep(Duration::from_millis(20)),
            _ => break,
        }
        found = Ffmpeg::find(Some(path));
    }
    found
}

fn fails_with(script: &str, stall: Duration) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let ffmpeg = find(&program(folder.path(), &format!("{VERSION}{script}"))).unwrap();
    let options = FrameOptions { stall, ..FrameOptions::default() };
    decode(&ffmpeg, &fixture("media/one_frame.mp4"), &options).map(|(frames, _)| frames.len()).unwrap_err()
}

#[test]
fn old_and_other_programs_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let old = "echo 'ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright'; echo 'libavutil      56. 70.100 / 56. 70.100'";
    for (script, said) in [
        (old, "is of version 4.4.2-0ubuntu0.22.04.1"),
        ("echo hello", "is no ffmpeg"),
        ("exit 1", "is no ffmpeg"),
    ] {
        let path = program(folder.path(), script);
        let error = find(&path).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(said) && message.contains(&*path.to_string_lossy()), "{message}");
        assert!(message.contains("5.1") && message.contains("cargo xtask setup"), "{message}");
    }
    let missing = Ffmpeg::find(Some(&folder.path().join("none"))).unwrap_err().to_string();
    assert!(missing.contains("none does not start"), "{missing}");
}

#[test]
fn a_decoder_that_hangs_is_ended() {
    let start = Instant::now();
    // `exec`: a shell would leave its sleep behind.
    for script in ["exec sleep 60".to_owned(), format!("{LOG}printf 123456; exec sleep 60")] {
        let error = fails_with(&script, Duration::from_millis(300));
        assert!(matches!(error, Error::Stalled { .. }), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let ffmpeg = find(&program(folder.path(), &format!("{VERSION}exec sleep 60"))).unwrap();
    let options = SoundOptions { stall: Duration::from_millis(300), ..SoundOptions::default() };
    let error = Sound::read(&ffmpeg, &fixture("media/one_frame.mp4"), &options).unwrap_err();
    assert!(error.to_string().contains("gave nothing for 0.3 s (after 0 samples)"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_decoder_that_crashes_or_talks_nonsense_is_an_error() {
    for (script, said) in [
        (format!("{LOG}printf 123456; kill -9 $$"), "after 1 frames: signal: 9"),
        (format!("{LOG}printf 123456123; exit 0"), "within a frame"),
        (format!("{LOG}printf 123456123456surplus; exit 0"), "7 bytes more than its frames have"),
        (format!("{LOG}printf 123456123456; exit 3"), "after 2 frames: exit status: 3"),
        ("printf nonsense; exit 0".to_owned(), "8 bytes more than its frames have"),
        ("echo '[error] no such thing' >&2; exit 1".to_owned(), "ffmpeg cannot read it: no such thing"),
    ] {
        let error = fails_with(&script, Duration::from_secs(60));
        assert!(error.to_string().contains(said) && error.is_bad_input(), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let ffmpeg =
        find(&program(folder.path(), &format!("{VERSION}{LOG}printf 'no sound at all, but text'"))).unwrap();
    let error = Sound::read(&ffmpeg, &fixture("media/one_frame.mp4"), &SoundOptions::default()).unwrap_err();
    assert!(error.to_string().contains("its output is no sound"), "{error}");
}
