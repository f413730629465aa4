//! `blemore encode`: features from video and sound files.

mod faces;
mod openface;

use std::io;
use std::path::{Path, PathBuf};

use blemore::data::Dataset;
use blemore::run::Device;
use blemore_base::{Listener, read_input};
use blemore_cli::arguments::{Encode, PartitionChoice};
use blemore_cli::output::{Output, check_output_folder, table};
use blemore_cli::progress::with_bar;
use blemore_cli::read;
use blemore_encoders::{ClipFile, ClipFiles, Encoder, EncoderOptions, FolderOutcome, WeightSource};
use blemore_media::{Checkpoint, EncoderKind, Ffmpeg, Recipe};
use serde::Serialize;

use blemore_cli::Failure;
use faces::FaceSource;

/// What is printed.
#[derive(Serialize)]
pub(super) struct Document {
    output: PathBuf,
    ffmpeg: String,
    folders: Vec<Folder>,
}

/// The arrays of an encoder and a partition.
#[derive(Serialize)]
struct Folder {
    folder: String,
    recipe: Recipe,
    /// Whether the weights were made up, so that the features mean nothing.
    random: bool,
    written: usize,
    kept: usize,
    failed: Vec<Fault>,
    /// Clips of the other shares of a job array.
    #[serde(skip)]
    of_others: Vec<String>,
}

/// A clip without features.
#[derive(Serialize)]
struct Fault {
    clip: String,
    problem: String,
}

/// The clips of a partition.
struct Part {
    partition: PartitionChoice,
    names: Vec<String>,
    of_others: Vec<String>,
}

pub(crate) fn run(output: Output, arguments: &Encode) -> Result<(), Failure> {
    let document = made(
        output,
        arguments,
        "another folder of them is named with --face-detector, one of aligned faces with --faces",
    )?;
    output.result(&document, |document| {
        let rows = document.folders.iter().map(|folder| {
            let counts = [folder.written, folder.kept, folder.failed.len()].map(|count| count.to_string());
            [folder.folder.clone()].into_iter().chain(counts).collect()
        });
        table(&["folder", "written", "there before", "failed"], 1, rows.collect())
    })?;
    document.require_whole()
}

/// Makes the arrays for `blemore reproduce`. Clips that fail are in the document.
pub(super) fn arrays(output: Output, arguments: &Encode) -> Result<Document, Failure> {
    made(output, arguments, "a folder of aligned faces is named with --faces")
}

/// Makes the arrays. `instead` says what a user without a face detector can do.
fn made(output: Output, arguments: &Encode, instead: &str) -> Result<Document, Failure> {
    let (Some(clips), Some(target)) = (&arguments.clips, &arguments.output) else {
        return Err(Failure::input("name a folder of clips and --output"));
    };
    let mut kinds: Vec<EncoderKind> = arguments.encoders.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let openface = openface::find(arguments, &kinds)?;
    let (programs, networks): (Vec<_>, _) =
        kinds.iter().copied().partition(|kind| *kind == EncoderKind::OpenFace);
    let weights = weights(arguments, networks)?;
    let mut faces = FaceSource::of(output, arguments, &kinds, openface.as_ref(), instead)?;
    // Faces that are not there yet come from the video.
    let has_all_faces = matches!(faces, Some(FaceSource::Folder(_)));
    let ffmpeg = Ffmpeg::find(arguments.ffmpeg.as_deref())?;
    let files = ClipFiles::find(clips)?;
    let parts = parts(output, arguments, clips, target, &files)?;
    check_output_folder(target)?;
    blemore_cli::interrupt::will_keep(format!(
        "the arrays that are done are in {}: the same command goes on from there",
        target.display()
    ));
    let mut folders = Vec::new();
    // First, because it may keep the faces that HiCMAE takes.
    if let (Some(program), false) = (&openface, programs.is_empty()) {
        let encoder = openface::encoder(arguments, program, &ffmpeg);
        let make = |clips: &[ClipFile], folder: &Path, listener: Listener<'_>| {
            encoder.encode_folder(clips, folder, listener)
        };
        for part in &parts {
            folders.push(encode(output, encoder.recipe(), part, &files, target, Takes::Video, make)?);
        }
    }
    for (kind, weights) in weights {
        let options = options(arguments, kind);
        let mut encoder = Encoder::load(kind, arguments.preset, &weights, &ffmpeg, options)?;
        if kind == EncoderKind::HiCmae
            && let Some(faces) = faces.take()
        {
            encoder = faces.given_to(encoder)?;
        }
        if let WeightSource::Random(seed) = weights {
            output.note(format!(
                "{kind}: the weights are made up from seed {seed}, so its features mean nothing"
            ));
        }
        let takes = if kind.hears() && (!kind.sees() || has_all_faces) { Takes::Sound } else { Takes::Video };
        let make = |clips: &[ClipFile], folder: &Path, listener: Listener<'_>| {
            encoder.encode_folder(clips, folder, listener)
        };
        for part in &parts {
            folders.push(encode(output, encoder.recipe(), part, &files, target, takes, make)?);
        }
    }
    Ok(Document { output: target.clone(), ffmpeg: ffmpeg.version().to_owned(), folders })
}

impl Document {
    /// Refuses to go on where clips failed, and names them.
    pub(super) fn require_whole(&self) -> Result<(), Failure> {
        let faults: Vec<String> = self.folders.iter().flat_map(Folder::faults).collect();
        if faults.is_empty() {
            return Ok(());
        }
        let (count, faults) = (faults.len(), faults.join("\n  "));
        Err(Failure::input(format!("{count} arrays are missing; all others are there:\n  {faults}")))
    }

    /// Arrays of other shares that are not there yet.
    pub(super) fn waiting(&self) -> usize {
        let is_there = |folder: &Folder, clip: &String| {
            self.output.join(&folder.folder).join(format!("{clip}.npy")).exists()
        };
        let of_folder =
            |folder: &Folder| folder.of_others.iter().filter(|clip| !is_there(folder, clip)).count();
        self.folders.iter().map(of_folder).sum()
    }
}

impl Folder {
    fn faults(&self) -> impl Iterator<Item = String> {
        self.failed.iter().map(|fault| format!("{}/{}: {}", self.folder, fault.clip, fault.problem))
    }
}

/// The weights of each encoder; all that are missing are named at once, before anything is computed.
fn weights(arguments: &Encode, kinds: Vec<EncoderKind>) -> Result<Vec<(EncoderKind, WeightSource)>, Failure> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(seed) = arguments.random_weights {
        return Ok(kinds.into_iter().map(|kind| (kind, WeightSource::Random(seed))).collect());
    }
    let folder = checkpoints(arguments)?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for kind in kinds {
        match checkpoint_of(kind, arguments, &folder)? {
            Some(path) => found.push((kind, WeightSource::File(path))),
            None => {
                let first = Checkpoint::of(kind, arguments.preset).next();
                let wanted = first.map(|first| format!("{} of {}", first.files[0], first.page));
                missing.push(format!("{kind} ({})", wanted.unwrap_or_default()));
            }
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let (folder, missing) = (folder.display(), missing.join(", "));
    Err(Failure::input(format!(
        "{folder} has no checkpoint of {missing}; `blemore encode --list` shows all that will do"
    )))
}

/// The encoders of single files whose checkpoints are there, all but one that needs no features; what is left out is said.
pub(super) fn available(
    output: Output,
    arguments: &Encode,
    without: Option<EncoderKind>,
) -> Result<Vec<EncoderKind>, Failure> {
    let folder = match arguments.random_weights {
        Some(_) => None,
        None => Some(checkpoints(arguments)?),
    };
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let is_wanted = |kind: &EncoderKind| *kind != EncoderKind::OpenFace && Some(*kind) != without;
    for kind in EncoderKind::ALL.into_iter().filter(is_wanted) {
        let has_weights = match &folder {
            Some(folder) => checkpoint_of(kind, arguments, folder)?.is_some(),
            None => true,
        };
        match has_weights {
            true => found.push(kind),
            false => missing.push(kind.to_string()),
        }
    }
    if arguments.faces.is_none() && found.contains(&EncoderKind::HiCmae) {
        found.retain(|kind| *kind != EncoderKind::HiCmae);
        output.note(
            "HiCMAE is left out: it takes faces, and a clip without one would stop the others. Name it with --encoder, \
             or a folder of aligned faces with --faces",
        );
    }
    if let (true, Some(folder)) = (found.is_empty() && without.is_none(), &folder) {
        return Err(Failure::input(format!(
            "{} has no checkpoint of {}; `blemore encode --list` shows all that will do",
            folder.display(),
            missing.join(", ")
        )));
    }
    for kind in missing {
        output.note(format!("No checkpoint of {kind}: its rows are left out"));
    }
    Ok(found)
}

/// The checkpoint that the training of a whole HiCMAE begins with.
pub(super) fn checkpoint_of_hicmae(arguments: &Encode) -> Result<PathBuf, Failure> {
    let (_, found) = weights(arguments, vec![EncoderKind::HiCmae])?.pop().unzip();
    match found {
        Some(WeightSource::File(path)) => Ok(path),
        _ => Err(Failure::input("--finetune needs a checkpoint of HiCMAE in --checkpoints")),
    }
}

fn checkpoints(arguments: &Encode) -> Result<PathBuf, Failure> {
    arguments.checkpoints().ok_or_else(|| {
        Failure::input(
            "name the folder of the checkpoints with --checkpoints (`blemore encode --list` shows which), or try without \
             them: --random-weights 1",
        )
    })
}

fn checkpoint_of(kind: EncoderKind, arguments: &Encode, folder: &Path) -> Result<Option<PathBuf>, Failure> {
    for checkpoint in Checkpoint::of(kind, arguments.preset) {
        if let Some(path) = checkpoint.find(folder)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// What was chosen, as far as it concerns the encoder.
fn options(arguments: &Encode, kind: EncoderKind) -> EncoderOptions {
    EncoderOptions {
        device: match arguments.device {
            Device::Cpu => blemore_encoders::Device::Cpu,
            Device::Cuda(index) => blemore_encoders::Device::Cuda(index),
        },
        half: arguments.half,
        batch: arguments.batch,
        threads: arguments.jobs,
        thinning: if kind.sees() && !kind.hears() { arguments.thinning() } else { Default::default() },
        layer: arguments.layer.filter(|_| !kind.sees()),
        chunk: arguments.chunk.filter(|_| !kind.sees()),
        stall: arguments.time_limit,
    }
}

/// The clips of the metadata, which are copied to the arrays; without metadata all clips, which are of one partition.
fn parts(
    output: Output,
    arguments: &Encode,
    clips: &Path,
    target: &Path,
    files: &ClipFiles,
) -> Result<Vec<Part>, Failure> {
    let mut parts = Vec::new();
    for (metadata, partition) in
        Dataset::metadata_files(clips).into_iter().zip([PartitionChoice::Train, PartitionChoice::Test])
    {
        if let Some(metadata) = metadata
            && arguments.partition.is_none_or(|only| only == partition)
        {
            let clips = read::names(output, &metadata)?;
            let names = clips.clips().iter().map(|record| record.clip.to_string()).collect();
            copy(&metadata, target)?;
            parts.push(Part { partition, names, of_others: Vec::new() });
        }
    }
    if parts.is_empty() {
        let Some(partition) = arguments.partition else {
            return Err(Failure::input(format!(
                "{} has no train_metadata.csv and no test_metadata.csv: say which clips these are with --partition",
                clips.display()
            )));
        };
        let names = files.names().map(str::to_owned).collect();
        parts.push(Part { partition, names, of_others: Vec::new() });
    }
    for part in &mut parts {
        if part.names.is_empty() {
            let (clips, partition) = (clips.display(), part.partition.name());
            return Err(Failure::input(format!("{clips} has no clips of the partition {partition}")));
        }
        let is_own = |position: usize| arguments.cell.is_none_or(|cell| cell.contains(position));
        let names = std::mem::take(&mut part.names).into_iter().enumerate();
        let (own, others): (Vec<_>, Vec<_>) = names.partition(|(position, _)| is_own(*position));
        part.names = own.into_iter().map(|(_, name)| name).collect();
        part.of_others = others.into_iter().map(|(_, name)| name).collect();
    }
    Ok(parts)
}

/// Copies metadata to the arrays, where they are not yet.
fn copy(metadata: &Path, target: &Path) -> Result<(), Failure> {
    let Some(name) = metadata.file_name() else { return Ok(()) };
    let target = target.join(name);
    let unreadable =
        |path: &Path, error: &io::Error| Failure::work(format!("cannot read {}: {error}", path.display()));
    let bytes = read_input(metadata).map_err(|error| unreadable(metadata, &error))?;
    match read_input(&target) {
        Ok(there) if there == bytes => Ok(()),
        Ok(_) => Err(Failure::input(format!(
            "{} and {} differ: the folder has features of other clips; choose another",
            target.display(),
            metadata.display()
        ))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            blemore_base::atomic_write(&target, |out| out.write_all(&bytes))
                .map_err(|error| Failure::work(format!("cannot write {}: {error}", target.display())))
        }
        Err(error) => Err(unreadable(&target, &error)),
    }
}

/// Which of a clip's files is taken, where there are several.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Video,
    Sound,
}

/// Encodes the clips of one partition.
fn encode(
    output: Output,
    recipe: &Recipe,
    part: &Part,
    files: &ClipFiles,
    target: &Path,
    takes: Takes,
    make: impl Fn(&[ClipFile], &Path, Listener<'_>) -> Result<FolderOutcome, blemore_encoders::Error>,
) -> Result<Folder, Failure> {
    let recipe = recipe.clone();
    let folder = recipe.folder_name(part.partition.name());
    let mut failed = Vec::new();
    let mut clips: Vec<ClipFile> = Vec::new();
    for name in &part.names {
        match files.of(name, takes == Takes::Sound) {
            Ok(clip) => clips.push(clip),
            Err(error) => failed.push(Fault { clip: name.clone(), problem: error.to_string() }),
        }
    }
    let target = target.join(&folder);
    let outcome = with_bar(output, |listener| make(&clips, &target, listener))?;
    let FolderOutcome { written, kept, failed: faults, notes } = outcome;
    for (clip, note) in notes {
        output.note(format!("{folder}/{clip}: {note}"));
    }
    failed.extend(
        faults.into_iter().map(|(clip, error)| Fault { clip: clip.name, problem: error.to_string() }),
    );
    let random = matches!(recipe.weights, blemore_media::WeightsOrigin::Random { .. });
    let of_others = part.of_others.clone();
    Ok(Folder { folder, recipe, random, written, kept, failed, of_others })
}
