//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

use blemore_base::list::{Lines, counted};
use blemore_base::{Blame, is_given_wrong};
use blemore_labels::ClipName;

use crate::{Architecture, Damage};

/// What can go wrong with the description or the results of a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Probabilities, predictions or their scores.
    #[error(transparent)]
    Eval(#[from] blemore_eval::Error),
    /// Metadata or folds.
    #[error(transparent)]
    Data(#[from] blemore_data::Error),
    /// Features.
    #[error(transparent)]
    Features(#[from] blemore_features::Error),
    /// A name that is no architecture, or a hidden width out of range.
    #[error(
        "`{found}` is no model: give `linear`, `mlp-256`, `mlp-512`, or hidden widths from 1 on as in `mlp-128-64`"
    )]
    InvalidArchitecture {
        /// The name given.
        found: String,
    },
    /// A model with more parameters than can be meant.
    #[error("{model} on {n_features} features has more than {limit} parameters: give narrower hidden layers")]
    TooLarge {
        /// The model.
        model: Architecture,
        /// The number of features.
        n_features: usize,
        /// The most parameters that there may be.
        limit: usize,
    },
    /// Gated fusion of features that are not those of several encoders.
    #[error(
        "gated fusion weighs encoders: give a table of two or more that `blemore fuse` wrote, which notes their columns"
    )]
    NoEncoders,
    /// Clips that lack an encoder, where all columns stand side by side, or are aligned.
    #[error(
        "{encoder} has no row of {clip}: early fusion and alignment need every encoder of every clip; gated fusion does not"
    )]
    MissingEncoder {
        /// The encoder.
        encoder: String,
        /// The first clip that it lacks.
        clip: ClipName,
    },
    /// A name that is none of a few.
    #[error("`{found}` is no {what}: give {expected}")]
    UnknownName {
        /// What was to be named.
        what: &'static str,
        /// The names there are.
        expected: &'static str,
        /// The name given.
        found: String,
    },
    /// Values of a recipe that are out of range, all of them.
    #[error("the training recipe cannot be used: {}", .faults.join("; "))]
    InvalidRecipe {
        /// Every fault.
        faults: Vec<&'static str>,
    },
    /// A recipe that is no TOML, or has a key that does not exist.
    #[error("the training recipe{} cannot be read: {source}", at(.path.as_ref()))]
    RecipeSyntax {
        /// The file, if it came from one.
        path: Option<PathBuf>,
        /// What the parser says, with the line.
        source: Box<toml::de::Error>,
    },
    /// A recipe that has no TOML form.
    #[error("the training recipe cannot be written as TOML: {source}")]
    RecipeWrite {
        /// What the writer says.
        source: Box<toml::ser::Error>,
    },
    /// The template of a report.
    #[error("the report cannot be made: {0}")]
    Template(#[from] minijinja::Error),
    /// Training clips of which none has a label of the wanted kind.
    #[error("no training clip is a {kind}: the trivial baseline has no class to predict")]
    NoClassToLearn {
        /// "single emotion" or "blend".
        kind: &'static str,
    },
    /// A folder that holds no cross-validation.
    #[error("{} holds no cross-validation: give the folder that `blemore cross-validate -o` wrote", .path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// A run of which no cell can be used.
    #[error(
        "no cell of the run in {} is finished{}\n`blemore cross-validate` with the same settings trains them",
        .path.display(),
        Lines(.damaged)
    )]
    NothingFinished {
        /// The run's folder.
        path: PathBuf,
        /// Each damaged cell, and what is wrong with it.
        damaged: Vec<Damage>,
    },
    /// A run that has no finished cell of a model.
    #[error("the run has no finished cell of {model}: finish its cross-validation first")]
    NotInRun {
        /// The model.
        model: Architecture,
    },
    /// Folders of different runs, that cannot be joined.
    #[error(
        "{} and {} are not parts of one run: they differ in {}",
        .first.display(),
        .other.display(),
        .differences.join("; ")
    )]
    OtherRun {
        /// The first folder.
        first: PathBuf,
        /// A folder of another run.
        other: PathBuf,
        /// All that differs.
        differences: Vec<String>,
    },
    /// A results folder that holds another run.
    #[error(
        "{} holds another run, which differs in {}: give another folder, or --force to replace that run",
        .path.display(),
        .differences.join("; ")
    )]
    AnotherRun {
        /// The folder.
        path: PathBuf,
        /// All that differs, with what the folder has and what was asked for.
        differences: Vec<String>,
    },
    /// A run that is to be replaced while another process computes its cells.
    #[error("{} is in use: another process is computing cells of the run in it; wait for it, or stop it", .path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A result that is not as it was written.
    #[error("{} cannot be used: {problem}", .path.display())]
    Damaged {
        /// The file or the result's folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Cells of a run that are not as they were written, all of them.
    #[error(
        "{} of the run in {} cannot be used{}\n`blemore cross-validate` with the same settings trains them again; \
         `blemore report --keep-going` goes on without them",
        counted(.damaged.len(), "cell"),
        .path.display(),
        Lines(.damaged)
    )]
    DamagedCells {
        /// The run's folder.
        path: PathBuf,
        /// Each cell, and what is wrong with it.
        damaged: Vec<Damage>,
    },
    /// A file that does not hold the JSON it should.
    #[error("{}: {source}; it was not written by this version of blemore, or was changed since", .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Outputs of one kind of head, to be decided as those of another.
    #[error(
        "outputs of a head over labels are decided by the expected score, all others by thresholds: the files beside a \
         result are of another recipe than its record"
    )]
    OtherHead,
    /// A sweep that cannot be, with every fault.
    #[error("the sweep cannot be run: {}", .faults.join("; "))]
    Sweep {
        /// Every fault.
        faults: Vec<String>,
    },
    /// Runs that cannot be one ensemble.
    #[error("{problem}: give the folder that `blemore cross-validate` wrote, with --seeds for several seeds")]
    Ensemble {
        /// Why.
        problem: String,
    },
    /// Clips of a run whose truth is not known.
    #[error("{}: {source}; give the metadata that has their labels", .path.display())]
    Report {
        /// The probabilities of the clips.
        path: PathBuf,
        /// What is wrong.
        source: blemore_eval::Error,
    },
    /// Results that polars cannot put into a frame.
    #[cfg(feature = "polars")]
    #[error("the results cannot be put into a frame: {0}")]
    Frame(#[from] blemore_data::polars::error::PolarsError),
    /// A CSV table that cannot be written.
    #[error("{}: {source}", .path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: csv::Error,
    },
    /// A share of the cells that cannot be.
    #[error("{found} is no share of the cells: give I/N with 1 <= I <= N, such as 2/8")]
    Share {
        /// What was given.
        found: String,
    },
    /// A run some of whose cells are not finished, so that its best fold is not known.
    #[error(
        "{missing} cells of the run in {} are not finished: run its cross-validation again, it goes on where it stopped",
        .path.display()
    )]
    Unfinished {
        /// The folder.
        path: PathBuf,
        /// How many cells are missing.
        missing: usize,
    },
    /// Training features other than those that a run was made with.
    #[error(
        "{features} and its metadata are not what the run in {} was trained on: their clips, labels or values differ",
        .path.display()
    )]
    OtherFeatures {
        /// The feature set.
        features: String,
        /// The run's folder.
        path: PathBuf,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Blame for Error {
    fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { source, .. } => is_given_wrong(source),
            Self::Eval(error) | Self::Report { source: error, .. } => error.is_bad_input(),
            Self::Data(error) => error.is_bad_input(),
            Self::Features(error) => error.is_bad_input(),
            Self::Write { .. } | Self::Csv { .. } | Self::RecipeWrite { .. } | Self::Template(_) => false,
            #[cfg(feature = "polars")]
            Self::Frame(_) => false,
            _ => true,
        }
    }
}

fn at(path: Option<&PathBuf>) -> String {
    path.map(|path| format!(" {}", path.display())).unwrap_or_default()
}
