//! Faces followed through clips that are made of a photograph of an astronaut (NASA, public domain).

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use blemore_encoders::{ClipFile, Encoder, EncoderOptions, FaceDetector, FaceTrack, WeightSource};
use blemore_media::{EncoderKind, FaceFacts, Ffmpeg, FrameOptions, Frames, Picture, PresetName, SideFile};
use blemore_testing::{Need, not_run, write_checkpoint};

use crate::scene::array;

/// Size of the frames.
const WIDTH: usize = 280;
const HEIGHT: usize = 130;

/// A picture of somebody, to be pasted into frames.
struct Person {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

/// The astronaut's head: columns 60 to 165 of the smaller picture, rows 0 to 110.
fn astronaut() -> Person {
    let (shape, values) = array("mtcnn/half.npy");
    let (width, height, stride) = (105, 110, shape[1] as usize * 3);
    let rows = (0..height).flat_map(|row| &values[row * stride + 60 * 3..][..width * 3]);
    Person { width, height, bytes: rows.map(|value| *value as u8).collect() }
}

impl Person {
    /// Somebody else: the mirrored picture in other colours, smaller.
    fn other(&self) -> Self {
        let (width, height) = (self.width * 4 / 5, self.height * 4 / 5);
        let pixel = |place: usize| {
            let (column, row) = (self.width - 1 - place % width * 5 / 4, place / width * 5 / 4);
            let [red, green, blue] = self.bytes.as_chunks::<3>().0[row * self.width + column];
            [green, (u16::from(red) * 4 / 5) as u8, blue / 2]
        };
        Self { width, height, bytes: (0..width * height).flat_map(pixel).collect() }
    }

    /// Pastes the picture with its left upper corner at a place, which may be outside.
    fn paste(&self, frame: &mut [u8], [left, top]: [i64; 2]) {
        for row in 0..self.height {
            for column in 0..self.width {
                let (x, y) = (left + column as i64, top + row as i64);
                if (0..WIDTH as i64).contains(&x) && (0..HEIGHT as i64).contains(&y) {
                    let (to, from) = ((y as usize * WIDTH + x as usize) * 3, (row * self.width + column) * 3);
                    frame[to..to + 3].copy_from_slice(&self.bytes[from..from + 3]);
                }
            }
        }
    }
}

/// Makes a clip of so many frames; `draw` gets the number of each and its pixels, which are grey.
fn clip(ffmpeg: &Ffmpeg, path: &Path, frames: usize, draw: impl Fn(usize, &mut [u8])) {
    let mut process = Command::new(ffmpeg.path())
        .args(["-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-r", "25"])
        .args(["-s", &format!("{WIDTH}x{HEIGHT}"), "-i", "pipe:0"])
        .args(["-f", "lavfi", "-i", "anoisesrc=sample_rate=16000:seed=1", "-shortest"])
        .args(["-c:v", "mpeg4", "-q:v", "2", "-c:a", "pcm_s16le"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    for index in 0..frames {
        let mut frame = vec![128; WIDTH * HEIGHT * 3];
        draw(index, &mut frame);
        input.write_all(&frame).unwrap();
    }
    drop(input);
    assert!(process.wait().unwrap().success());
}

/// The programs that find faces; `None`, after it is said, where one is missing.
fn tools() -> Option<(Ffmpeg, FaceDetector)> {
    let Ok(ffmpeg) = Ffmpeg::find(None) else {
        not_run(Need::Ffmpeg);
        return None;
    };
    let Ok(detector) = FaceDetector::load(None) else {
        not_run(Need::FaceDetector);
        return None;
    };
    Some((ffmpeg, detector))
}

/// A clip's track, if it has one, and all aligned faces.
fn faces(frames: usize, draw: impl Fn(usize, &mut [u8])) -> Option<Option<(FaceTrack, Vec<Picture>)>> {
    let (ffmpeg, detector) = tools()?;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mkv");
    clip(&ffmpeg, &path, frames, draw);
    let open = || Frames::open(&ffmpeg, &path, &FrameOptions::default()).unwrap();
    let Some(track) = detector.track(&mut open()).unwrap() else { return Some(None) };
    let aligned = open()
        .enumerate()
        .map(|(frame, picture)| track.aligned(frame, &picture.unwrap().picture).unwrap().unwrap());
    let aligned: Vec<Picture> = aligned.collect();
    assert_eq!((aligned.len(), track.facts().frames), (frames, frames));
    Some(Some((track, aligned)))
}

/// The mean difference of a face from the astronaut's, in levels.
fn difference(face: &Picture) -> f64 {
    let (_, expected) = array("mtcnn/half_aligned.npy");
    let all = face.bytes().iter().zip(&expected);
    all.map(|(found, expected)| f64::from((f32::from(*found) - expected).abs())).sum::<f64>()
        / expected.len() as f64
}

/// Asserts that the faces of these frames are the astronaut's.
#[track_caller]
fn assert_astronaut(aligned: &[Picture], frames: impl IntoIterator<Item = usize>) {
    for frame in frames {
        let difference = difference(&aligned[frame]);
        assert!(difference < 15.0, "frame {frame}: {difference}");
    }
}

#[test]
fn a_face_is_followed_and_a_smaller_one_is_counted() {
    let (large, small) = (astronaut(), astronaut().other());
    let found = faces(24, |frame, pixels| {
        small.paste(pixels, [190, 20]);
        large.paste(pixels, [10 + 2 * frame as i64, 10 + frame as i64 / 4]);
    });
    let Some(found) = found else { return };
    let (track, aligned) = found.unwrap();
    assert_eq!(*track.facts(), FaceFacts { frames: 24, found: 24, people: 2 });
    assert_astronaut(&aligned, 0..24);
}

#[test]
fn people_who_cross_are_not_confused() {
    let (large, small) = (astronaut(), astronaut().other());
    // Once before the other person, once behind.
    for is_before in [true, false] {
        let found = faces(50, |frame, pixels| {
            let (right, left) = ([-5 + 4 * frame as i64, 10], [185 - 4 * frame as i64, 20]);
            if is_before {
                small.paste(pixels, left);
                large.paste(pixels, right);
            } else {
                large.paste(pixels, right);
                small.paste(pixels, left);
            }
        });
        let Some(found) = found else { return };
        let (track, aligned) = found.unwrap();
        assert_eq!(track.facts().people, 2);
        assert!(track.facts().found == 50 || !is_before && track.facts().found > 25, "{:?}", track.facts());
        if is_before {
            assert_astronaut(&aligned, 0..50);
        } else {
            assert_astronaut(&aligned, (0..12).chain(38..50));
        }
    }
}

#[test]
fn a_face_that_leaves_and_returns_is_the_same() {
    let person = astronaut();
    let found = faces(60, |frame, pixels| {
        let frame = frame as i64;
        match frame {
            0..24 => person.paste(pixels, [75 - 8 * frame, 10]),
            24..36 => {}
            _ => person.paste(pixels, [75 + 8 * (59 - frame), 15]),
        }
    });
    let Some(found) = found else { return };
    let (track, aligned) = found.unwrap();
    let FaceFacts { found, people, .. } = *track.facts();
    assert!(people == 1 && (20..50).contains(&found), "{:?}", track.facts());
    assert_astronaut(&aligned, (0..10).chain(52..60));
    assert!(track.facts().notes()[0].contains("of 60 frames"));
}

#[test]
fn frames_without_a_face_have_the_place_between() {
    let person = astronaut();
    let found = faces(20, |frame, pixels| {
        if !(8..11).contains(&frame) {
            person.paste(pixels, [50 + 2 * frame as i64, 10]);
        }
    });
    let Some(found) = found else { return };
    let (track, aligned) = found.unwrap();
    assert_eq!(*track.facts(), FaceFacts { frames: 20, found: 17, people: 1 });
    assert_astronaut(&aligned, (0..8).chain(11..20));
    // What is there instead, which is grey.
    assert!(aligned[9].bytes().iter().all(|byte| byte.abs_diff(128) < 30));
}

#[test]
fn a_clip_without_a_face_has_no_track() {
    let Some(found) = faces(3, |_, _| ()) else { return };
    assert!(found.is_none());
}

#[test]
fn a_clip_without_sound_is_refused_before_its_faces_are_looked_for() {
    let Ok(ffmpeg) = Ffmpeg::find(None) else { return not_run(Need::Ffmpeg) };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut command = Command::new(ffmpeg.path());
    command.args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x48:duration=0.2"]);
    assert!(command.arg(path("clip.mp4")).status().unwrap().success());
    write_checkpoint("hicmae", 1, &path("checkpoint-99.pth"));
    let weights = WeightSource::File(path("checkpoint-99.pth"));
    let options = EncoderOptions::default();
    let hicmae =
        Encoder::load(EncoderKind::HiCmae, PresetName::Published, &weights, &ffmpeg, options).unwrap();
    let without_faces = hicmae.with_faces(path("faces")).unwrap();
    let error = without_faces.encode(path("clip.mp4")).unwrap_err().to_string();
    assert!(error.contains("it has no sound"), "{error}");
}

#[test]
fn hicmae_takes_plain_clips() {
    let Some((ffmpeg, detector)) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let person = astronaut();
    let draw = |frame: usize, pixels: &mut [u8]| person.paste(pixels, [60 + 2 * frame as i64, 10]);
    clip(&ffmpeg, &path("A1_hap_int1_ver1.mkv"), 15, draw);
    write_checkpoint("hicmae", 1, &path("checkpoint-99.pth"));
    let weights = WeightSource::File(path("checkpoint-99.pth"));
    let options = EncoderOptions::default();
    let hicmae =
        || Encoder::load(EncoderKind::HiCmae, PresetName::Published, &weights, &ffmpeg, options).unwrap();
    let clips = [ClipFile { name: "A1_hap_int1_ver1".to_owned(), path: path("A1_hap_int1_ver1.mkv") }];
    let encoded = |encoder: &Encoder, arrays: &str| {
        let outcome = encoder.encode_folder(&clips, &path(arrays), &|_| ()).unwrap();
        assert!(outcome.failed.is_empty(), "{}", outcome.failed[0].1);
        (outcome.written, std::fs::read(path(arrays).join("A1_hap_int1_ver1.npy")).unwrap())
    };
    let files = || std::fs::read_dir(folder.path()).unwrap().count();
    let before = files();

    // Nothing but the array is written, and what made it is said.
    let built_in = hicmae().with_built_in_faces(detector, None).unwrap();
    let (written, features) = encoded(&built_in, "arrays");
    assert_eq!((written, files()), (1, before + 1));
    let side = SideFile::read(&path("arrays/A1_hap_int1_ver1.npy")).unwrap().unwrap();
    assert!(side.recipe.has_built_in_faces() && side.recipe.to_string().contains("not OpenFace"));
    assert_eq!(side.found_faces, Some(FaceFacts { frames: 15, found: 15, people: 1 }));
    assert_eq!((side.rows, encoded(&built_in, "arrays").0), (1, 0));

    // Faces that are kept are those that were taken.
    let kept = hicmae().with_built_in_faces(FaceDetector::load(None).unwrap(), Some(path("faces"))).unwrap();
    assert_eq!(encoded(&kept, "arrays_kept"), (1, features.clone()));
    assert_eq!(std::fs::read_dir(path("faces/A1_hap_int1_ver1_aligned")).unwrap().count(), 15);
    assert!(kept.recipe().has_built_in_faces());
    let taken = hicmae().with_faces(path("faces")).unwrap();
    assert!(!taken.recipe().has_built_in_faces());
    assert_eq!(encoded(&taken, "arrays_taken"), (1, features.clone()));
    // What the side file tells makes the same features again.
    let again = Encoder::of_recipe(&side.recipe, Some(folder.path()), &ffmpeg, options).unwrap();
    assert_eq!(encoded(&again, "arrays_again"), (1, features));
}
