//! Clips to the arrays of features that the rest of the library starts from.
//!
//! `cargo run --release -p blemore-examples --example encode_clips CLIPS ARRAYS [CHECKPOINT]`: CLIP for every video of the
//! folder CLIPS. Without a checkpoint (`model.safetensors` of openai/clip-vit-base-patch32) the weights are made up, and
//! the features mean nothing.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use std::error::Error;
use std::path::PathBuf;

use blemore_encoders::{ClipFile, ClipFiles, Encoder, EncoderOptions, WeightSource};
use blemore_media::{EncoderKind, Ffmpeg, PresetName};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(clips), Some(arrays)) = (arguments.next(), arguments.next()) else {
        return Err("give a folder of clips and a folder for the arrays".into());
    };
    let weights = arguments.next().map_or(WeightSource::Random(1), WeightSource::File);

    // `Published` prepares frames as the code published with the dataset does; `Corrected` as the encoder's authors do.
    let ffmpeg = Ffmpeg::find(None)?;
    let options = EncoderOptions::default();
    let encoder = Encoder::load(EncoderKind::Clip, PresetName::Published, &weights, &ffmpeg, options)?;

    let files = ClipFiles::find(clips)?;
    let clips: Vec<ClipFile> = files.names().filter_map(|name| files.of(name, false).ok()).collect();
    let folder = arrays.join(encoder.recipe().folder_name("train"));
    // One array and one side file per clip. What is there and right is not computed again.
    let outcome = encoder.encode_folder(&clips, &folder, &|news| println!("{news}"))?;
    println!("{}: {} written, {} there before", folder.display(), outcome.written, outcome.kept);
    for (clip, error) in outcome.failed {
        println!("no features of {}: {error}", clip.name);
    }
    Ok(())
}
