//! `--finetune`: a whole network on faces and sound.

use std::path::{Path, PathBuf};

use blemore::data::Metadata;
use blemore::models::FineTuning;
use blemore::run::{HICMAE_EPOCHS, Recipe};
use blemore::{ClipPartition, CrossValidation};
use blemore_cli::Failure;
use blemore_cli::arguments::CrossValidate;
use blemore_cli::output::{Output, check_output_folder};
use blemore_cli::read;
use blemore_encoders::{ClipFiles, FaceClips};
use blemore_media::Ffmpeg;

use super::run_cells;
use crate::commands::training;

/// What results call the network.
const FEATURES: &str = "HiCMAE fine-tuned";

pub(super) fn run(output: Output, arguments: &CrossValidate) -> Result<(), Failure> {
    // The command line asks for all three with --finetune.
    let (Some(clips), Some(faces), Some(checkpoint)) =
        (&arguments.clips, &arguments.faces, &arguments.checkpoint)
    else {
        return Err(Failure::input("--finetune needs --clips, --faces and --checkpoint".to_owned()));
    };
    let recipe = training::recipe_over(Recipe::fine_tuned(HICMAE_EPOCHS[0]), &arguments.training)?;
    let execution = training::execution(arguments.execution)?;
    check_output_folder(&arguments.output)?;
    let metadata = read::metadata(output, &arguments.metadata)?;
    let ffmpeg = Ffmpeg::find(arguments.ffmpeg.as_deref())?;
    let FineTuning { augmentation, test_views, .. } = recipe.fine_tuning.unwrap_or_default();
    let clips = FaceClips::new(files(clips, &metadata)?, faces, augmentation, test_views, &ffmpeg)?;
    let partition = ClipPartition::new(FEATURES, &clips, &metadata, checkpoint)?;
    let partition = partition.recompute(arguments.recompute);
    let experiment = CrossValidation::fine_tuned(partition, recipe)?;
    run_cells(output, arguments, &experiment, execution)
}

/// The file of each clip of the metadata.
fn files(folder: &Path, metadata: &Metadata) -> Result<Vec<PathBuf>, Failure> {
    let files = ClipFiles::find(folder)?;
    let file = |record: &blemore::data::ClipRecord| Ok(files.of(record.clip.as_str(), true)?.path);
    metadata.clips().iter().map(file).collect()
}
