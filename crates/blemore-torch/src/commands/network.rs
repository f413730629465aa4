//! What the commands that train or run a whole network have in common: clips, their faces, and the network.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use blemore::ClipPartition;
use blemore::data::Metadata;
use blemore::run::{Device, Execution, FineTuning, Recipe, ResultsFolder};
use blemore_cli::Failure;
use blemore_cli::arguments::NetworkArguments;
use blemore_cli::output::Output;
use blemore_cli::progress::with_bar;
use blemore_encoders::{ClipFiles, FaceClips, FaceDetector, keep_faces};
use blemore_media::Ffmpeg;

/// What results call the network.
pub(super) const FEATURES: &str = "HiCMAE fine-tuned";
/// Seconds that an epoch takes per clip on two cores of an Intel Xeon with AVX-512, as docs/finetuning.md has it.
const SECONDS_PER_CLIP: f64 = 1.2;

/// Where faces come from, and what decodes clips.
#[derive(Clone, Copy, Default)]
pub(super) struct Faces<'a> {
    /// A folder of aligned faces; without it the built-in detector finds them.
    pub(super) folder: Option<&'a Path>,
    pub(super) detector: Option<&'a Path>,
    pub(super) ffmpeg: Option<&'a Path>,
}

impl Faces<'_> {
    /// The file of each clip in a folder: a video where faces are still to be found, or else sound will do.
    pub(super) fn files<'n>(
        &self,
        folder: &Path,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Vec<PathBuf>, Failure> {
        let found = ClipFiles::find(folder)?;
        let (mut files, mut faults) = (Vec::new(), Vec::new());
        for name in names {
            match found.of(name, self.folder.is_some()) {
                Ok(file) => files.push(file.path),
                Err(fault) => faults.push(fault.to_string()),
            }
        }
        if faults.is_empty() { Ok(files) } else { Err(Failure::input(faults.join("\n"))) }
    }

    /// Clips of a network with these settings. Faces that are to be found are kept in `work`.
    pub(super) fn clips(
        &self,
        output: Output,
        files: Vec<PathBuf>,
        settings: Option<FineTuning>,
        work: &Path,
    ) -> Result<FaceClips, Failure> {
        let ffmpeg = Ffmpeg::find(self.ffmpeg)?;
        let FineTuning { augmentation, test_views, .. } = settings.unwrap_or_default();
        let clips = |faces: &Path, files| FaceClips::new(files, faces, augmentation, test_views, &ffmpeg);
        if let Some(folder) = self.folder {
            return Ok(clips(folder, files)?);
        }
        let detector = FaceDetector::load(self.detector).map_err(|error| match error {
            error @ blemore_encoders::Error::NoFaceDetector { .. } => Failure::input(format!(
                "{error}; another folder of them is named with --face-detector, one of aligned faces with --faces"
            )),
            error => error.into(),
        })?;
        output.note("hicmae: faces are found by the built-in detector (MTCNN), not by OpenFace");
        with_bar(output, |listener| keep_faces(detector, &files, work, &ffmpeg, listener))?;
        Ok(clips(work, files)?.with_built_in_faces())
    }

    /// The clips of metadata in a folder. Faces that are to be found are kept in the work folder of the results, by one
    /// process at a time.
    pub(super) fn of_metadata(
        &self,
        output: Output,
        folder: &Path,
        metadata: &Metadata,
        recipe: &Recipe,
        results: &ResultsFolder,
    ) -> Result<FaceClips, Failure> {
        const FACES: &str = "faces";
        let names = metadata.clips().iter().map(|record| record.clip.as_str());
        let files = self.files(folder, names)?;
        let _claim = results.claim(FACES)?;
        self.clips(output, files, recipe.fine_tuning, &results.unfinished(FACES))
    }
}

/// The clips and the network that a command line with `--finetune` names.
pub(super) struct ClipSource<'a> {
    folder: &'a Path,
    faces: Faces<'a>,
    checkpoint: &'a Path,
    recomputes: bool,
}

impl<'a> ClipSource<'a> {
    pub(super) fn of(arguments: &'a NetworkArguments) -> Result<Self, Failure> {
        // The command line asks for both with --finetune.
        let (Some(folder), Some(checkpoint)) = (&arguments.clips, &arguments.checkpoint) else {
            return Err(Failure::input("--finetune needs --clips and --checkpoint"));
        };
        let NetworkArguments { faces, face_detector, ffmpeg, recompute, .. } = arguments;
        let faces =
            Faces { folder: faces.as_deref(), detector: face_detector.as_deref(), ffmpeg: ffmpeg.as_deref() };
        Ok(Self { folder, faces, checkpoint, recomputes: *recompute })
    }

    /// The clips of metadata.
    pub(super) fn clips(
        &self,
        output: Output,
        metadata: &Metadata,
        recipe: &Recipe,
        results: &ResultsFolder,
    ) -> Result<FaceClips, Failure> {
        self.faces.of_metadata(output, self.folder, metadata, recipe, results)
    }

    /// What is trained or tested on.
    pub(super) fn partition<'p>(
        &self,
        clips: &'p FaceClips,
        metadata: &'p Metadata,
    ) -> Result<ClipPartition<'p>, Failure> {
        let partition = ClipPartition::new(FEATURES, clips, metadata, self.checkpoint)?;
        Ok(partition.recompute(self.recomputes))
    }
}

/// All cores.
pub(super) fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Says before it starts how long it takes to pass over clips so many times, where that was measured.
pub(super) fn say_how_long(output: Output, execution: Execution, clips: usize) {
    let time = match execution.device {
        Device::Cpu => {
            let hours = SECONDS_PER_CLIP * clips as f64 / 3600.0;
            let time =
                if hours < 48.0 { format!("{hours:.1} hours") } else { format!("{:.0} days", hours / 24.0) };
            format!("about {time} on two cores with AVX-512, less on more")
        }
        Device::Cuda(_) => "how long was not measured on a GPU".to_owned(),
    };
    output.note(format!(
        "The whole network is trained, {clips} clips in all: {time}. It may be stopped: the same command goes on"
    ));
}
