//! The clip.

use std::path::PathBuf;
use std::process::Command;

use blemore_media::Ffmpeg;
use tempfile::TempDir;

use crate::plan::SECONDS;

/// A clip of 25 frames of 640 x 480 pixels and 48,000 samples per second, with a face for each frame.
pub(crate) struct Sample {
    folder: TempDir,
    ffmpeg: Ffmpeg,
}

impl Sample {
    pub(crate) fn make() -> Self {
        let sample = Self { folder: tempfile::tempdir().unwrap(), ffmpeg: Ffmpeg::find(None).unwrap() };
        let picture = |size| format!("testsrc2=size={size}:rate=25:duration={SECONDS}");
        let sound = format!("anoisesrc=duration={SECONDS}:sample_rate=48000:amplitude=0.3:seed=1");
        sample.generate(&[&picture("640x480"), &sound], sample.clip());
        std::fs::create_dir_all(sample.faces().join("clip_aligned")).unwrap();
        sample.generate(&[&picture("112x112")], sample.faces().join("clip_aligned/frame_det_00_%06d.bmp"));
        sample
    }

    /// Writes ffmpeg's made-up pictures and sounds.
    fn generate(&self, sources: &[&str], path: PathBuf) {
        let mut command = Command::new(self.ffmpeg.path());
        command.args(["-nostdin", "-v", "error"]);
        for source in sources {
            command.args(["-f", "lavfi", "-i", source]);
        }
        assert!(command.arg(&path).status().unwrap().success(), "ffmpeg writes {}", path.display());
    }

    pub(crate) fn clip(&self) -> PathBuf {
        self.folder.path().join("clip.mp4")
    }

    /// The folder of aligned faces.
    pub(crate) fn faces(&self) -> PathBuf {
        self.folder.path().join("faces")
    }

    /// Where a side leaves the features.
    pub(crate) fn features(&self) -> PathBuf {
        self.folder.path().join("features.npy")
    }

    pub(crate) fn ffmpeg(&self) -> &Ffmpeg {
        &self.ffmpeg
    }
}
