//! The same steps with PyTorch, `benches/peers/fine_tune_torch.py`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::{BATCH, STEPS, Step};

/// Names the interpreter that has PyTorch.
const PYTHON: &str = "BLEMORE_PEER_PYTHON";

/// A turn of the peer.
pub(crate) struct Run {
    pub(crate) steps: Vec<Step>,
    /// The most memory that it held.
    pub(crate) bytes: usize,
}

/// What the program prints.
#[derive(Deserialize)]
struct Printed {
    seconds: Vec<f64>,
    losses: Vec<f64>,
    bytes: usize,
}

/// The interpreter, or why there is none.
pub(crate) fn python() -> Result<String, String> {
    let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python).args(["-c", "import torch"]).stderr(Stdio::null()).status();
    match probe {
        Ok(status) if status.success() => Ok(python),
        _ => Err(format!("`{python}` cannot import torch (name one that can in {PYTHON})")),
    }
}

fn program(python: &str) -> Command {
    let script: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/fine_tune_torch.py");
    let mut command = Command::new(python);
    command.arg(script).stderr(Stdio::inherit());
    command
}

/// Writes random weights of the real size.
pub(crate) fn write_checkpoint(python: &str, path: &Path) {
    assert!(program(python).arg("checkpoint").arg(path).status().unwrap().success());
}

/// The first steps of its training.
pub(crate) fn steps(python: &str, checkpoint: &Path, threads: usize) -> Run {
    let numbers = [STEPS, BATCH, threads].map(|number| number.to_string());
    let output = program(python).arg("steps").arg(checkpoint).args(numbers).output().unwrap();
    let Printed { seconds, losses, bytes } = serde_json::from_slice(&output.stdout).unwrap();
    let steps = seconds.into_iter().zip(losses).map(|(seconds, loss)| Step { seconds, loss }).collect();
    Run { steps, bytes }
}
