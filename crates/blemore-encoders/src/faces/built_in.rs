//! The built-in detector as a source of aligned faces.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use blemore_base::atomic_folder;
use blemore_media::{Ffmpeg, FrameOptions, Frames, Picture};

use super::detector::FaceDetector;
use super::track::FaceTrack;
use crate::Error;

/// Bytes of the two headers of a BMP file.
const BMP_HEADERS: u32 = 54;

/// The detector, the frames that it looks at, and where faces are kept if they are.
#[derive(Debug, Clone)]
pub(crate) struct BuiltInFaces {
    pub(crate) detector: Arc<Mutex<FaceDetector>>,
    pub(crate) ffmpeg: Ffmpeg,
    pub(crate) options: FrameOptions,
    pub(crate) kept: Option<PathBuf>,
}

impl BuiltInFaces {
    /// Follows the face of a clip, and keeps it where a folder is named for that.
    pub(crate) fn of(&self, clip: &Path) -> Result<FaceTrack, Error> {
        let mut frames = Frames::open(&self.ffmpeg, clip, &self.options)?;
        let track = self.detector.lock().unwrap_or_else(PoisonError::into_inner).track(&mut frames)?;
        let frames = frames.facts().decoded;
        let track = track.ok_or_else(|| Error::NoFace { path: clip.to_owned(), frames })?;
        if let Some(kept) = &self.kept {
            self.keep(clip, &track, kept)?;
        }
        Ok(track)
    }

    /// Writes the aligned face of each frame, named as OpenFace names them.
    fn keep(&self, clip: &Path, track: &FaceTrack, kept: &Path) -> Result<(), Error> {
        let name = clip.file_stem().unwrap_or_default().to_string_lossy();
        let folder = kept.join(format!("{name}_aligned"));
        let cannot_write = |path: &Path, source| Error::Write { path: path.to_owned(), source };
        fs::create_dir_all(kept).map_err(|source| cannot_write(kept, source))?;
        let fill = |draft: &Path| {
            let mut frames = 0;
            for frame in Frames::open(&self.ffmpeg, clip, &self.options)? {
                let frame = frame?;
                frames += 1;
                if let Some(face) = track.aligned(frame.index, &frame.picture)? {
                    let path = draft.join(format!("frame_det_00_{:06}.bmp", frame.index + 1));
                    let file = fs::File::create_new(&path).and_then(|mut file| write_bmp(&face, &mut file));
                    file.map_err(|source| cannot_write(&path, source))?;
                }
            }
            let is_whole = frames == track.facts().frames;
            is_whole.then_some(()).ok_or_else(|| Error::ChangedClip { path: clip.to_owned() })
        };
        atomic_folder(&folder, fill, |source| cannot_write(&folder, source))
    }
}

/// A picture as a BMP file of 24 bits per pixel: rows from the bottom, blue, green, red, filled up to four bytes.
pub(super) fn write_bmp(picture: &Picture, out: &mut impl Write) -> io::Result<()> {
    let row_bytes = picture.width() * 3;
    let filling = row_bytes.next_multiple_of(4) - row_bytes;
    let pixels = ((row_bytes + filling) * picture.height()) as u32;
    let mut bytes = b"BM".to_vec();
    for number in [BMP_HEADERS + pixels, 0, BMP_HEADERS, 40, picture.width() as u32, picture.height() as u32]
    {
        bytes.extend(number.to_le_bytes());
    }
    // One plane, 24 bits, no compression; its length; no resolution, no table of colours.
    for number in [1 + (24 << 16), 0, pixels, 0, 0, 0, 0_u32] {
        bytes.extend(number.to_le_bytes());
    }
    for row in picture.bytes().chunks_exact(row_bytes).rev() {
        bytes.extend(row.as_chunks::<3>().0.iter().flat_map(|[red, green, blue]| [*blue, *green, *red]));
        bytes.resize(bytes.len() + filling, 0);
    }
    out.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use blemore_testing::{Need, not_run};

    use super::*;
    use crate::faces::weights::testing;

    #[test]
    fn of_a_clip_that_changes_no_faces_are_kept() {
        let Some(weights) = testing::folder() else { return };
        let Ok(ffmpeg) = Ffmpeg::find(None) else { return not_run(Need::Ffmpeg) };
        let folder = tempfile::tempdir().unwrap();
        let [clip, picture, kept] = ["clip.mkv", "picture.bmp", "kept"].map(|name| folder.path().join(name));
        write_bmp(&testing::picture("half"), &mut fs::File::create(&picture).unwrap()).unwrap();
        let make = |frames: &str| {
            let mut command = Command::new(ffmpeg.path());
            command.args(["-nostdin", "-v", "error", "-y", "-loop", "1", "-i"]).arg(&picture);
            command.args(["-frames:v", frames, "-c:v", "ffv1"]).arg(&clip);
            assert!(command.status().unwrap().success());
        };
        let detector = Arc::new(Mutex::new(FaceDetector::load(Some(&weights)).unwrap()));
        let options = FrameOptions::default();
        let mut faces = BuiltInFaces { detector, ffmpeg: ffmpeg.clone(), options, kept: None };
        make("3");
        let track = faces.of(&clip).unwrap();
        for frames in ["2", "4"] {
            make(frames);
            let error = faces.keep(&clip, &track, &kept).unwrap_err();
            assert!(matches!(error, Error::ChangedClip { .. }), "{error}");
            assert_eq!(fs::read_dir(&kept).unwrap().count(), 0);
        }
        faces.kept = Some(kept.clone());
        faces.of(&clip).unwrap();
        assert_eq!(fs::read_dir(kept.join("clip_aligned")).unwrap().count(), 4);
    }
}
