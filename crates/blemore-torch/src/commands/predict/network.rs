//! `blemore predict` with a fine-tuned network: from clips to labels.

use std::path::{Path, PathBuf};

use blemore::decode::TrainedDecoder;
use blemore::labels::{ClipName, Label};
use blemore::models::{Decision, Device, FineTunedCheckpoint};
use blemore::run::OutputTables;
use blemore_cli::Failure;
use blemore_cli::arguments::Predict;
use blemore_cli::output::{Output, check_output};
use blemore_cli::read;
use blemore_encoders::ClipFiles;
use tempfile::TempDir;

use super::clip::{Predicted, name_of};
use crate::commands::network::{FEATURES, Faces, all_threads};

/// What such a network is trained on.
const TRAINED_ON: &str = "faces and sound";

/// All clips of a folder, or those of metadata.
pub(super) fn of_folder(
    output: Output,
    arguments: &Predict,
    folder: &Path,
    target: &Path,
) -> Result<(), Failure> {
    let inputs: Vec<&Path> =
        [arguments.checkpoint.as_path()].into_iter().chain(arguments.decoder.as_deref()).collect();
    check_output(target, "json", arguments.force, &inputs)?;
    let network = FineTunedCheckpoint::read(&arguments.checkpoint, Device::Cpu)?;
    let names = names(output, arguments, folder)?;
    let files = faces(arguments).files(folder, names.iter().map(ClipName::as_str))?;
    let n_seen = names.iter().filter(|name| network.has_seen(name)).count();
    let (tables, labels) = predicted(output, arguments, &network, files, names)?;
    super::write(output, target, &folder.display().to_string(), (&tables, labels), (n_seen, TRAINED_ON))
}

/// One clip, whose probabilities are printed.
pub(super) fn of_clip(output: Output, arguments: &Predict, clip: &Path) -> Result<(), Failure> {
    let network = FineTunedCheckpoint::read(&arguments.checkpoint, Device::Cpu)?;
    let name = name_of(output, clip, |name| network.has_seen(name))?;
    let (tables, labels) = predicted(output, arguments, &network, vec![clip.to_owned()], vec![name])?;
    let thresholds = arguments.decoder.is_none().then(|| network.thresholds());
    Predicted { clip, tables: &tables, labels, thresholds }.show(
        output,
        ("HiCMAE".to_owned(), TRAINED_ON),
        false,
    )
}

fn faces(arguments: &Predict) -> Faces<'_> {
    let Predict { faces, face_detector, ffmpeg, .. } = arguments;
    Faces { folder: faces.as_deref(), detector: face_detector.as_deref(), ffmpeg: ffmpeg.as_deref() }
}

fn names(output: Output, arguments: &Predict, folder: &Path) -> Result<Vec<ClipName>, Failure> {
    if let Some(metadata) = &arguments.metadata {
        let metadata = read::names(output, metadata)?;
        return Ok(metadata.clips().iter().map(|record| record.clip.clone()).collect());
    }
    let files = ClipFiles::find(folder)?;
    let names =
        files.names().map(|name| ClipName::parse(name).map_err(|error| Failure::input(error.to_string())));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    if names.is_empty() {
        return Err(Failure::input(format!("{} has no clips", folder.display())));
    }
    Ok(names)
}

/// What the network gives for clips, and the label of each. Faces that are found are removed in the end.
fn predicted(
    output: Output,
    arguments: &Predict,
    network: &FineTunedCheckpoint,
    files: Vec<PathBuf>,
    names: Vec<ClipName>,
) -> Result<(OutputTables, Vec<Label>), Failure> {
    let decoder = arguments.decoder.as_ref().map(TrainedDecoder::read).transpose()?;
    let work = TempDir::with_prefix("blemore-")
        .map_err(|error| Failure::work(format!("cannot make a temporary folder: {error}")))?;
    let settings = network.model().recipe().fine_tuning;
    let clips = faces(arguments).clips(output, files, settings, work.path())?;
    let all: Vec<usize> = (0..clips.len()).collect();
    let tables = network.model().outputs(&clips, &all, all_threads())?.to_tables(names)?;
    let decision = Decision::Thresholds(network.thresholds());
    let labels = super::labels((FEATURES, decision), decoder.as_ref(), &tables)?;
    Ok((tables, labels))
}
