//! Our side, in a process of its own.

use std::env;
use std::path::Path;
use std::process::Command;

use blemore_encoders::{Encoder, EncoderOptions, WeightSource};
use blemore_media::{EncoderKind, Ffmpeg, PresetName};

use crate::plan::{BATCH, Plan};
use crate::sample::Sample;
use crate::side;

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
    side::serve(features.as_ref(), || encoder.encode(clip).unwrap().features);
}

fn load(plan: Plan, faces: &str, ffmpeg: &str) -> Encoder {
    let ffmpeg = Ffmpeg::find(Some(Path::new(ffmpeg))).unwrap();
    let options = EncoderOptions { batch: BATCH, thinning: plan.thinning(), ..EncoderOptions::default() };
    let weights = WeightSource::Random(SEED);
    let encoder = Encoder::load(plan.kind, PresetName::Published, &weights, &ffmpeg, options).unwrap();
    if plan.kind == EncoderKind::HiCmae { encoder.with_faces(faces).unwrap() } else { encoder }
}
