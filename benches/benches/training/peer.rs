//! Two PyTorch programs in `benches/peers`: an ordinary one, and one as fast as PyTorch does it on a processor.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use blemore_models::{Architecture, EpochRecord, Recipe};
use serde::Deserialize;
use serde_json::json;

use crate::FOLDS;
use crate::corpus::Corpus;

/// Names the interpreter that has PyTorch.
const PYTHON: &str = "BLEMORE_PEER_PYTHON";

/// A program, and what it may use.
#[derive(Clone, Copy)]
pub(crate) enum Program {
    Ordinary { threads: usize },
    Fast { threads: usize, processes: usize },
}

impl Program {
    /// The ways in which the fast one may be fastest.
    pub(crate) fn fast_ways(cores: usize) -> Vec<Self> {
        let one_by_one = Self::Fast { threads: cores, processes: 1 };
        if cores == 1 {
            return vec![one_by_one];
        }
        let side_by_side = Self::Fast { threads: 1, processes: cores.min(FOLDS) };
        vec![one_by_one, Self::Fast { threads: 1, processes: 1 }, side_by_side]
    }

    fn script(self) -> &'static str {
        match self {
            Self::Ordinary { .. } => "train_torch.py",
            Self::Fast { .. } => "train_torch_fast.py",
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads =
            |threads| if threads == 1 { "one thread".to_owned() } else { format!("{threads} threads") };
        match *self {
            Self::Ordinary { threads: n } => write!(f, "ordinary, {}", threads(n)),
            Self::Fast { threads: n, processes: 1 } => write!(f, "at its best, {}", threads(n)),
            Self::Fast { processes, .. } => write!(f, "at its best, {processes} processes"),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Run {
    pub(crate) versions: Versions,
    pub(crate) seconds: f64,
    /// The most memory that it held, over what it held before it read the features.
    pub(crate) bytes: Option<usize>,
    /// Epochs by fold by model, of which there is one.
    models: [Vec<Vec<Epoch>>; 1],
}

#[derive(Deserialize)]
pub(crate) struct Versions {
    pub(crate) torch: String,
}

#[derive(Deserialize)]
struct Epoch {
    train_loss: f64,
    val_loss: f64,
    alpha: f64,
    beta: f64,
    acc_presence: f64,
    acc_salience: f64,
    train_seconds: f64,
    validation_seconds: f64,
    search_seconds: f64,
}

impl Run {
    fn sum(&self, seconds: impl Fn(&Epoch) -> f64) -> f64 {
        self.models.iter().flatten().flatten().map(seconds).sum()
    }

    pub(crate) fn training(&self) -> f64 {
        self.sum(|epoch| epoch.train_seconds)
    }

    pub(crate) fn validation(&self) -> f64 {
        self.sum(|epoch| epoch.validation_seconds)
    }

    pub(crate) fn search(&self) -> f64 {
        self.sum(|epoch| epoch.search_seconds)
    }
}

/// Runs the program, or says why it cannot be run.
pub(crate) fn cross_validate(
    corpus: &Corpus,
    model: &Architecture,
    epochs: usize,
    program: Program,
) -> Result<Run, String> {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python).args(["-c", "import torch, numpy"]).stderr(Stdio::null()).status();
    if !probe.is_ok_and(|status| status.success()) {
        return Err(format!("`{python}` cannot import torch and numpy (name one that can in {PYTHON})"));
    }
    let folder = tempfile::tempdir().unwrap();
    corpus.write(folder.path());
    let recipe = Recipe::default();
    let (threads, processes) = match program {
        Program::Ordinary { threads } => (threads, 1),
        Program::Fast { threads, processes } => (threads, processes),
    };
    let settings = json!({
        "models": [model.hidden_widths()],
        "epochs": epochs,
        "folds": (0..FOLDS).collect::<Vec<_>>(),
        "batch_size": recipe.batch_size,
        "learning_rate": recipe.learning_rate,
        "weight_decay": recipe.weight_decay,
        "seed": recipe.seed,
        "threads": threads,
        "processes": processes,
        "validate": true,
    });
    std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(program.script());
    let mut command = Command::new(&python);
    // A setting of ours for ours (`cargo xtask bench`), with which PyTorch is slower.
    command.arg(script).arg(folder.path());
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("`{python}` cannot be run: {error}"))?;
    let run: Run =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("its program failed: {error}"))?;
    // That of the other processes is not told.
    Ok(Run { bytes: run.bytes.filter(|_| processes == 1), ..run })
}

/// Prints how far both agree.
pub(crate) fn compare(ours: &[Vec<EpochRecord>], theirs: &Run) {
    let (mut same, mut all, mut largest) = (0, 0, 0.0_f64);
    for (ours, theirs) in ours.iter().zip(theirs.models.iter().flatten()) {
        for (ours, theirs) in ours.iter().zip(theirs) {
            let chosen = [ours.alpha, ours.beta, ours.acc_presence, ours.acc_salience];
            same +=
                usize::from(chosen == [theirs.alpha, theirs.beta, theirs.acc_presence, theirs.acc_salience]);
            all += 1;
            for (a, b) in [(ours.train_loss, theirs.train_loss), (ours.val_loss, theirs.val_loss)] {
                largest = largest.max((a - b).abs());
            }
        }
    }
    println!("    epochs with equal thresholds and accuracies: {same} of {all}; losses within {largest:.1e}");
}
