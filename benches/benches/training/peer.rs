//! The ordinary PyTorch program, `benches/peers/train_torch.py`.

use std::path::Path;
use std::process::{Command, Stdio};

use blemore_models::{Architecture, EpochRecord, Recipe};
use serde::Deserialize;
use serde_json::json;

use crate::FOLDS;
use crate::corpus::Corpus;

/// Names the interpreter that has PyTorch.
const PYTHON: &str = "BLEMORE_PEER_PYTHON";

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
    pub(crate) threads: usize,
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
    threads: usize,
) -> Result<Run, String> {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python).args(["-c", "import torch, numpy"]).stderr(Stdio::null()).status();
    if !probe.is_ok_and(|status| status.success()) {
        return Err(format!("`{python}` cannot import torch and numpy (name one that can in {PYTHON})"));
    }
    let folder = tempfile::tempdir().unwrap();
    corpus.write(folder.path());
    let recipe = Recipe::default();
    let settings = json!({
        "models": [model.hidden_widths()],
        "epochs": epochs,
        "folds": (0..FOLDS).collect::<Vec<_>>(),
        "batch_size": recipe.batch_size,
        "learning_rate": recipe.learning_rate,
        "weight_decay": recipe.weight_decay,
        "seed": recipe.seed,
        "threads": threads,
        "validate": true,
    });
    std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/train_torch.py");
    let mut command = Command::new(&python);
    // A setting of ours for ours (`cargo xtask bench`), with which PyTorch is slower.
    command.arg(script).arg(folder.path());
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("`{python}` cannot be run: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("its program failed: {error}"))
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
    println!("  epochs with equal thresholds and accuracies: {same} of {all}; losses within {largest:.1e}");
}
