//! Aligned faces that are kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use blemore_base::{Listener, Progress, atomic_write, read_input};
use blemore_media::{EncoderKind, Faces, Ffmpeg, FileStamp, Preset, PresetName};

use super::built_in::BuiltInFaces;
use super::detector::FaceDetector;
use crate::Error;
use crate::error::all_or_faults;

/// The faces of a clip in the folder where faces are kept, if there is one; `None` where that has no folder of the clip.
///
/// # Errors
/// Those of [`Faces::find`] for a folder of the clip that cannot be used.
pub(crate) fn kept_faces(kept: Option<&Path>, clip: &str) -> Result<Option<Faces>, Error> {
    let has_folder = |kept: &&Path| {
        // A path that cannot be looked at is left to `Faces::find`, which says why.
        let is_there = |name: &str| kept.join(name).try_exists().unwrap_or(true);
        is_there(&format!("{clip}_aligned")) || is_there(clip)
    };
    Ok(kept.filter(has_folder).map(|kept| Faces::find(kept, clip)).transpose()?)
}

/// Finds the face in every frame of these clips, and keeps all aligned in a folder, unless the folder has those of the same
/// file already: `CLIP_aligned/*.bmp`, and `CLIP.json` with the length and the hash of the clip.
///
/// # Errors
/// [`Error::Clips`] with every clip that cannot be read or in which no face is found; the faces of all others are kept.
pub fn keep_faces(
    detector: FaceDetector,
    clips: &[PathBuf],
    folder: &Path,
    ffmpeg: &Ffmpeg,
    progress: Listener<'_>,
) -> Result<(), Error> {
    let options = Preset::of(EncoderKind::HiCmae, PresetName::Published).frame_options();
    let (detector, kept) = (Arc::new(Mutex::new(detector)), Some(folder.to_owned()));
    let faces = BuiltInFaces { detector, ffmpeg: ffmpeg.clone(), options, kept };
    let found = clips.iter().enumerate().map(|(index, clip)| {
        let name = clip.file_stem().unwrap_or_default().to_string_lossy();
        let kept = keep_faces_of(&faces, clip, &name, folder);
        let (done, total, what) = (index + 1, clips.len(), format!("faces of {name}"));
        progress(Progress::Step { unit: "clips", done, total, what: &what });
        kept
    });
    all_or_faults(found).map(drop)
}

fn keep_faces_of(faces: &BuiltInFaces, clip: &Path, name: &str, folder: &Path) -> Result<(), Error> {
    let (pictures, record) = (folder.join(format!("{name}_aligned")), folder.join(format!("{name}.json")));
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| Error::Write { path, source }
    };
    let stamp = FileStamp::of(clip)?;
    let is_of_this =
        |bytes: Vec<u8>| serde_json::from_slice(&bytes).is_ok_and(|found: FileStamp| found == stamp);
    if read_input(&record).is_ok_and(is_of_this) && pictures.is_dir() {
        return Ok(());
    }
    if pictures.exists() {
        fs::remove_dir_all(&pictures).map_err(failed(&pictures))?;
    }
    faces.of(clip)?;
    let text = serde_json::to_vec(&stamp).map_err(io::Error::from);
    text.and_then(|text| atomic_write(&record, |out| out.write_all(&text))).map_err(failed(&record))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use blemore_testing::{Need, not_run};

    use super::*;
    use crate::faces::built_in::write_bmp;
    use crate::faces::weights::testing;

    #[test]
    fn a_clip_has_faces_or_none_and_a_folder_without_pictures_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let found = |clip: &str| kept_faces(Some(folder.path()), clip);
        assert_eq!(kept_faces(None, "clip").unwrap(), None);
        assert_eq!(found("clip").unwrap(), None);
        let aligned = folder.path().join("clip_aligned");
        fs::create_dir(&aligned).unwrap();
        assert!(found("clip").unwrap_err().to_string().contains("no aligned faces of clip"));
        fs::write(aligned.join("frame_det_00_000001.png"), "a picture").unwrap();
        assert_eq!(found("clip").unwrap().unwrap().len(), 1);
    }
    #[test]
    fn faces_are_found_once_per_file_and_clips_without_one_are_named() {
        let Some(weights) = testing::folder() else { return };
        let Ok(ffmpeg) = Ffmpeg::find(None) else { return not_run(Need::Ffmpeg) };
        let folder = tempfile::tempdir().unwrap();
        let [seen, empty, kept] = ["seen.mkv", "empty.mkv", "kept"].map(|name| folder.path().join(name));
        let picture = folder.path().join("picture.bmp");
        write_bmp(&testing::picture("half"), &mut fs::File::create(&picture).unwrap()).unwrap();
        let make = |frames: &str, clip: &Path, input: &[&str], source: &Path| {
            let mut command = Command::new(ffmpeg.path());
            command.args(["-nostdin", "-v", "error", "-y"]).args(input).arg("-i").arg(source);
            assert!(
                command.args(["-frames:v", frames, "-c:v", "ffv1"]).arg(clip).status().unwrap().success()
            );
        };
        let keep = |clips: &[&PathBuf]| {
            let clips: Vec<PathBuf> = clips.iter().map(|clip| (*clip).clone()).collect();
            keep_faces(FaceDetector::load(Some(&weights)).unwrap(), &clips, &kept, &ffmpeg, &|_| {})
        };
        let pictures = || Faces::find(&kept, "seen").unwrap().len();
        make("2", &seen, &["-loop", "1"], &picture);
        make("2", &empty, &["-f", "lavfi"], Path::new("color=c=gray:size=64x64"));
        let message = keep(&[&empty, &seen]).unwrap_err().to_string();
        assert!(message.contains("1 clip cannot be used") && message.contains("empty.mkv"), "{message}");
        assert_eq!(pictures(), 2);
        // What is there is not made again; of another file it is.
        fs::remove_file(Faces::find(&kept, "seen").unwrap().folder().join("frame_det_00_000001.bmp"))
            .unwrap();
        keep(&[&seen]).unwrap();
        assert_eq!(pictures(), 1);
        make("3", &seen, &["-loop", "1"], &picture);
        keep(&[&seen]).unwrap();
        assert_eq!(pictures(), 3);
    }
}
