//! Our side, in a process of its own.

use std::env;
use std::io::{BufRead, stdin};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use blemore_benches::memory;
use blemore_encoders::{Encoder, EncoderOptions, WeightSource};
use blemore_media::{EncoderKind, Ffmpeg, PresetName};

use crate::plan::{BATCH, Plan};
use crate::sample::Sample;
use crate::side::READY;

/// The word after which a process of its own finds the encoder, the clip, its faces, ffmpeg, and where features go.
pub(crate) const MEASURE: &str = "--measure";
/// The seed of the weights, which the Python program has too.
const SEED: u64 = 1;

pub(crate) fn program(plan: Plan, sample: &Sample) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([MEASURE, plan.kind.name()]);
    command.args([sample.clip(), sample.faces()]).arg(sample.ffmpeg().path()).arg(sample.features());
    command
}

/// Encodes the clip for each line that it reads.
pub(crate) fn serve(words: &[String]) {
    let [kind, clip, faces, ffmpeg, features] = words else { panic!("five words, not {words:?}") };
    let encoder = load(Plan::of(kind.parse().unwrap()).unwrap(), faces, ffmpeg);
    println!("{READY}");
    for line in stdin().lock().lines() {
        line.unwrap();
        let start = Instant::now();
        let encoding = encoder.encode(clip).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        encoding.features.write(features).unwrap();
        println!("{seconds}");
    }
    println!("{}", memory("VmHWM:").unwrap_or(0));
}

fn load(plan: Plan, faces: &str, ffmpeg: &str) -> Encoder {
    let ffmpeg = Ffmpeg::find(Some(Path::new(ffmpeg))).unwrap();
    let options = EncoderOptions { batch: BATCH, thinning: plan.thinning(), ..EncoderOptions::default() };
    let weights = WeightSource::Random(SEED);
    let encoder = Encoder::load(plan.kind, PresetName::Published, &weights, &ffmpeg, options).unwrap();
    if plan.kind == EncoderKind::HiCmae { encoder.with_faces(faces).unwrap() } else { encoder }
}
