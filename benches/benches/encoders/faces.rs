//! The face detector beside facenet-pytorch: a clip of 1280 x 720 pixels, in which a photograph moves.
//!
//! facenet-pytorch looks at each frame as a whole. So do we, for the same boxes and points; and we follow the face, as
//! `blemore encode` does.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use blemore_encoders::{Face, FaceDetector};
use blemore_features::FeatureMatrix;
use blemore_media::{Ffmpeg, FrameOptions, Frames};
use ndarray::{Array2, array};
use tempfile::TempDir;

use crate::plan::SECONDS;
use crate::report::median;
use crate::side::{self, Measurement, Side};

/// Its name on the command line.
pub(crate) const NAME: &str = "faces";
/// The word after which a process of its own finds how frames are looked at, the clip, ffmpeg, and where boxes go.
pub(crate) const MEASURE: &str = "--measure-faces";
/// Frames per second that are to be followed on two cores, at least.
const GOAL: f64 = 25.0;
/// Pixels that boxes and points of both sides may be apart.
const TOLERANCE: f32 = 0.05;
const REPETITIONS: usize = 3;
/// Of the clip.
const FRAMES: usize = 75;
/// An astronaut (NASA, public domain): bytes of 256 x 256 pixels behind a header.
const PHOTOGRAPH: &str = "../crates/blemore-encoders/tests/fixtures/mtcnn/half.npy";
const SIDE: usize = 256;

#[derive(Clone, Copy)]
enum Looking {
    /// At each frame as a whole.
    Whole,
    /// After the face.
    Followed,
}

impl Looking {
    fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Followed => "followed",
        }
    }
}

pub(crate) struct FaceComparison {
    followed: Measurement,
    whole: Measurement,
    peer: Option<Measurement>,
}

/// Measures both sides, one after the other.
pub(crate) fn compare(python: Option<&OsStr>, threads: usize) -> FaceComparison {
    let scene = Scene::make();
    let measure = |program| Side::start(program, threads, &scene.boxes()).measure(true, REPETITIONS);
    let followed = measure(scene.ours(Looking::Followed));
    let whole = measure(scene.ours(Looking::Whole));
    let peer = python.map(|python| measure(scene.peer(python)));
    FaceComparison { followed, whole, peer }
}

/// Our side, in a process of its own.
pub(crate) fn serve(words: &[String]) {
    let [looking, clip, ffmpeg, boxes] = words else { panic!("four words, not {words:?}") };
    let (ffmpeg, detector) =
        (Ffmpeg::find(Some(Path::new(ffmpeg))).unwrap(), FaceDetector::load(None).unwrap());
    let frames = || Frames::open(&ffmpeg, Path::new(clip), &FrameOptions::default()).unwrap();
    side::serve(boxes.as_ref(), || {
        if looking == Looking::Followed.name() {
            let track = detector.track(&mut frames()).unwrap().unwrap();
            assert_eq!(track.facts().found, FRAMES, "the face is found in every frame");
            return FeatureMatrix::new(array![[FRAMES as f32]]).unwrap();
        }
        let faces = frames().map(|frame| detector.detect(&frame.unwrap().picture).unwrap());
        let rows: Vec<[f32; ROW]> = faces.flat_map(rows).collect();
        FeatureMatrix::new(Array2::from(rows)).unwrap()
    });
}

/// Corners of a box, and five points.
const ROW: usize = 14;

/// The faces of a frame, the largest first, as facenet-pytorch has them.
fn rows(mut faces: Vec<Face>) -> impl Iterator<Item = [f32; ROW]> {
    faces.sort_by(|one, other| area(other).total_cmp(&area(one)));
    faces.into_iter().map(|face| {
        let corners = [face.bounds.left, face.bounds.top, face.bounds.right, face.bounds.bottom];
        let mut values = corners.into_iter().chain(face.points.into_iter().flatten());
        std::array::from_fn(|_| values.next().unwrap())
    })
}

fn area(face: &Face) -> f32 {
    (face.bounds.right - face.bounds.left) * (face.bounds.bottom - face.bounds.top)
}

/// The clip, and where boxes go.
struct Scene {
    folder: TempDir,
    ffmpeg: Ffmpeg,
}

impl Scene {
    fn make() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap(), ffmpeg: Ffmpeg::find(None).unwrap() };
        let array = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(PHOTOGRAPH)).unwrap();
        let pixels = &array[array.len() - SIDE * SIDE * 3..];
        let photograph = scene.folder.path().join("photograph.ppm");
        fs::write(&photograph, [format!("P6 {SIDE} {SIDE} 255\n").as_bytes(), pixels].concat()).unwrap();
        let mut command = Command::new(scene.ffmpeg.path());
        command.args(["-nostdin", "-v", "error", "-f", "lavfi"]);
        command
            .args(["-i", &format!("color=gray:size=1280x720:rate=25:duration={SECONDS}"), "-i"])
            .arg(&photograph);
        command
            .args(["-filter_complex", "[1]scale=400:400[p];[0][p]overlay=x=300+80*t:y=100+40*t"])
            .arg(scene.clip());
        assert!(command.status().unwrap().success(), "ffmpeg writes the clip");
        scene
    }

    fn clip(&self) -> PathBuf {
        self.folder.path().join("clip.mp4")
    }

    fn boxes(&self) -> PathBuf {
        self.folder.path().join("boxes.npy")
    }

    fn ours(&self, looking: Looking) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args([MEASURE, looking.name()]).arg(self.clip()).arg(self.ffmpeg.path()).arg(self.boxes());
        command
    }

    fn peer(&self, python: &OsStr) -> Command {
        let mut command = side::python_program(python, NAME);
        command.arg(self.clip()).arg(self.ffmpeg.path()).args(["1", "1"]).arg(self.boxes());
        command
    }
}

impl FaceComparison {
    fn per_second(measured: &Measurement) -> f64 {
        FRAMES as f64 / median(&measured.seconds)
    }

    pub(crate) fn is_met(&self) -> bool {
        Self::per_second(&self.followed) >= GOAL
    }

    /// Pixels that both sides are apart at most.
    fn difference(&self, peer: &Measurement) -> f32 {
        let (ours, peer) = (self.whole.features.frames(), peer.features.frames());
        assert_eq!(ours.dim(), peer.dim(), "both sides find the same number of faces");
        ours.iter().zip(peer).map(|(ours, peer)| (ours - peer).abs()).fold(0.0, f32::max)
    }
}

impl fmt::Display for FaceComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{NAME}: {FRAMES} frames of 1280 x 720 pixels, one moving face; frames per second")?;
        let judged = if self.is_met() { "met" } else { "MISSED" };
        writeln!(f, "  blemore {}", self.followed)?;
        writeln!(
            f,
            "    {:.0}, the face followed (goal {GOAL}: {judged})",
            Self::per_second(&self.followed)
        )?;
        write!(
            f,
            "  blemore {}\n    {:.0}, each frame as a whole",
            self.whole,
            Self::per_second(&self.whole)
        )?;
        let Some(peer) = &self.peer else { return Ok(()) };
        let difference = self.difference(peer);
        assert!(difference <= TOLERANCE, "boxes and points are {difference} pixels apart");
        write!(f, "\n  facenet-pytorch {peer}\n    {:.0}, each frame as a whole; ", Self::per_second(peer))?;
        write!(f, "boxes and points within {difference:.4} pixels of ours")
    }
}
