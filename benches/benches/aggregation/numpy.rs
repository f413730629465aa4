//! numpy's times, from `benches/peers/aggregate_numpy.py`.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

pub(crate) struct Numpy {
    pub(crate) version: String,
    pub(crate) shapes: Vec<Seconds>,
}

/// One line of the peer.
#[derive(Deserialize)]
pub(crate) struct Seconds {
    pub(crate) five_calls: f64,
    pub(crate) one_call: f64,
    numpy: String,
}

/// Runs the peer on these shapes; says why when it cannot.
pub(crate) fn measure(shapes: &[(usize, usize)]) -> Result<Numpy, String> {
    let interpreter = std::env::var_os("BLEMORE_PEER_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join("aggregate_numpy.py");
    let output = Command::new(&interpreter)
        .arg(script)
        .args(shapes.iter().map(|(frames, dimensions)| format!("{frames}x{dimensions}")))
        // One thread, whatever numpy's libraries would do.
        .envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"].map(|name| (name, "1")))
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("{} does not start: {error}", interpreter.display()))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(message.trim().lines().last().unwrap_or("the peer failed").to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().map(serde_json::from_str);
    let shapes: Vec<Seconds> = lines.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let version = shapes.first().map_or_else(String::new, |seconds| seconds.numpy.clone());
    Ok(Numpy { version, shapes })
}
