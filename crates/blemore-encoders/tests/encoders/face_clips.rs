//! Clips of a network that is fine-tuned, read from files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use blemore_encoders::{Error, FaceClips};
use blemore_media::{Augmentation, Ffmpeg};
use blemore_testing::{Need, not_run};

fn make(ffmpeg: &Ffmpeg, source: &str, output: &Path) {
    let mut command = Command::new(ffmpeg.path());
    command.args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source]).arg(output);
    assert!(command.status().unwrap().success(), "{source}");
}

/// Half a second of a tone, and five faces of a colour.
fn clip(ffmpeg: &Ffmpeg, folder: &Path) -> PathBuf {
    let (clip, faces) = (folder.join("clip.wav"), folder.join("clip_aligned"));
    fs::create_dir_all(&faces).unwrap();
    make(ffmpeg, "sine=frequency=300:duration=0.5", &clip);
    let pictures = faces.join("frame_det_00_%06d.bmp");
    make(ffmpeg, "color=c=red:size=112x112:rate=25:duration=0.2", &pictures);
    clip
}

#[test]
fn a_clip_that_changes_while_a_network_is_trained_is_noticed() {
    let Ok(ffmpeg) = Ffmpeg::find(None) else { return not_run(Need::Ffmpeg) };
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(&ffmpeg, folder.path());
    let face = folder.path().join("clip_aligned/frame_det_00_000002.bmp");
    let files = vec![clip.clone()];
    let clips = FaceClips::new(files, folder.path(), Augmentation::default(), 2, &ffmpeg).unwrap();
    let read = || clips.example(0, 1).map(drop).and_then(|()| clips.views(0).map(drop));
    read().unwrap();
    for path in [&clip, &face] {
        let before = fs::read(path).unwrap();
        // Written again with the same bytes, it has another time and is the same.
        fs::write(path, &before).unwrap();
        read().unwrap();
        let mut other = before.clone();
        *other.last_mut().unwrap() ^= 1;
        fs::write(path, other).unwrap();
        let error = read().unwrap_err();
        assert!(matches!(error, Error::OtherClip { .. }), "{error}");
        assert!(error.to_string().contains("clip.wav"), "{error}");
        fs::write(path, before).unwrap();
        read().unwrap();
    }
}

#[test]
fn all_clips_that_cannot_be_used_are_named() {
    let Ok(ffmpeg) = Ffmpeg::find(None) else { return not_run(Need::Ffmpeg) };
    let folder = tempfile::tempdir().unwrap();
    let good = clip(&ffmpeg, folder.path());
    let files = ["first.wav", "second.wav"].map(|name| folder.path().join(name));
    let files = files.into_iter().chain([good]).collect();
    let found = FaceClips::new(files, folder.path(), Augmentation::default(), 2, &ffmpeg);
    let message = found.unwrap_err().to_string();
    for part in ["2 clips cannot be used", "no aligned faces of first", "no aligned faces of second"] {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}
