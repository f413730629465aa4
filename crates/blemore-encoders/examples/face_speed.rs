//! How many frames per second the built-in face detector follows: `face_speed CLIP [THREADS]`.
//!
//! Decoding is part of the time. A frame that is looked at as a whole is timed too, as every frame is without tracking.

#![expect(clippy::print_stdout, reason = "a program")]

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use blemore_encoders::FaceDetector;
use blemore_media::{Ffmpeg, FrameOptions, Frames};

/// Frames that are looked at as a whole.
const WHOLE: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let clip = PathBuf::from(arguments.next().ok_or("name a clip")?);
    tch::set_num_threads(arguments.next().map_or(Ok(2), |threads| threads.parse())?);
    let (ffmpeg, detector) = (Ffmpeg::find(None)?, FaceDetector::load(None)?);
    let open = || Frames::open(&ffmpeg, &clip, &FrameOptions::default());

    let start = Instant::now();
    let facts = detector.track(&mut open()?)?.map(|track| *track.facts());
    let seconds = start.elapsed().as_secs_f64();
    let frames = facts.map_or(0, |facts| facts.frames) as f64;
    println!("{facts:?}\ntracking: {:.1} frames per second", frames / seconds);

    let mut whole = 0.0;
    for frame in open()?.take(WHOLE) {
        let picture = frame?.picture;
        let start = Instant::now();
        detector.detect(&picture)?;
        whole += start.elapsed().as_secs_f64();
    }
    println!("whole frames: {:.1} per second", WHOLE as f64 / whole);
    Ok(())
}
