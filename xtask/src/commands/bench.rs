//! `cargo xtask bench`: the benchmarks, beside the Python programs that they are compared with.

use std::ffi::{OsStr, OsString};

use super::{python, setup};
use crate::cargo::Cargo;
use crate::error::Error;
use crate::libtorch::TORCH_VERSION;
use crate::note;
use crate::pip;
use crate::workspace::Workspace;

/// The variable in which a benchmark finds the interpreter of its peer. Without it, it runs without the peer.
const INTERPRETER: &str = "BLEMORE_PEER_PYTHON";

/// A benchmark of the package `blemore-benches`, or that of the Python package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Benchmark {
    Aggregation,
    Training,
    Thresholds,
    Scale,
    Python,
}

/// A Python program that does the same work.
#[derive(Debug)]
struct Peer {
    /// In `benches/peers`.
    script: &'static str,
    /// What it imports.
    packages: Vec<String>,
}

impl Benchmark {
    pub(crate) const ALL: [Self; 5] =
        [Self::Aggregation, Self::Training, Self::Thresholds, Self::Scale, Self::Python];

    pub(crate) fn parse(word: &OsStr) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|benchmark| word == benchmark.name()).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::Usage(format!("there is no benchmark {}, only {names}", word.display()))
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Aggregation => "aggregation",
            Self::Training => "training",
            Self::Thresholds => "thresholds",
            Self::Scale => "scale",
            Self::Python => "python",
        }
    }

    fn peer(self) -> Option<Peer> {
        match self {
            Self::Aggregation => {
                Some(Peer { script: "aggregate_numpy.py", packages: vec!["numpy".to_owned()] })
            }
            Self::Training => Some(Peer {
                script: "train_torch.py",
                packages: vec!["numpy".to_owned(), format!("torch=={TORCH_VERSION}")],
            }),
            // Its baseline is the published loop, ported to Rust, in the benchmark itself.
            Self::Thresholds => None,
            // It is held against its own goals.
            Self::Scale => None,
            // Its peers are in its own script.
            Self::Python => None,
        }
    }
}

/// Runs benchmarks one after the other; `arguments` go to Criterion.
pub(crate) fn bench(
    workspace: &Workspace,
    benchmarks: &[Benchmark],
    arguments: &[OsString],
) -> Result<(), Error> {
    for benchmark in benchmarks {
        if *benchmark == Benchmark::Python {
            python::bench(workspace)?;
            continue;
        }
        let libtorch = setup(workspace)?;
        let mut cargo = Cargo::new(workspace, "bench")
            .args(["--package", "blemore-benches", "--bench", benchmark.name(), "--"])
            .args(arguments)
            .with(&libtorch);
        if let Some(interpreter) = interpreter(workspace, *benchmark)? {
            cargo = cargo.env(INTERPRETER, interpreter);
        }
        cargo.run()?;
    }
    Ok(())
}

/// The interpreter that has what the benchmark's peer imports. One environment a benchmark: numpy alone is a
/// matter of seconds, PyTorch with all that it loads is not.
fn interpreter(workspace: &Workspace, benchmark: Benchmark) -> Result<Option<OsString>, Error> {
    let Some(peer) = benchmark.peer() else { return Ok(None) };
    let script = workspace.root().join("benches").join("peers").join(peer.script);
    if !script.exists() {
        note::say(&format!("{} is not there: {} runs without its peer", script.display(), benchmark.name()));
        return Ok(None);
    }
    let folder = workspace.target().join("peers").join(benchmark.name());
    let packages: Vec<&str> = peer.packages.iter().map(String::as_str).collect();
    let environment = pip::environment(&folder, &packages)?;
    Ok(Some(environment.program().as_os_str().to_owned()))
}
