//! `cargo xtask bench`: the benchmarks, beside the Python programs that they are compared with.

use std::ffi::{OsStr, OsString};

use super::reproduce::build_programs;
use super::{python, setup};
use crate::cargo::Cargo;
use crate::error::Error;
use crate::libtorch::TORCH_VERSION;
use crate::note;
use crate::pip;
use crate::workspace::Workspace;

/// The variable in which a benchmark finds the interpreter of its peer. Without it, it runs without the peer.
const INTERPRETER: &str = "BLEMORE_PEER_PYTHON";

/// The variable in which a benchmark finds the file of the table.
pub(super) const TABLE: &str = "BLEMORE_BENCH_TABLE";
/// Its head, as in `docs/speed.md`.
const TABLE_HEAD: &str = "\n| | processor | baseline | blemore | |\n| --- | --- | --- | --- | --- |";
/// The variable in which a benchmark finds the folder of the programs.
const PROGRAMS: &str = "BLEMORE_PROGRAMS";

/// The versions that the encoders are held against.
const ENCODER_PACKAGES: &[&str] = &[
    "numpy",
    "pillow==11.3.0",
    "torchvision==0.26.0",
    "transformers==5.24.0",
    "einops",
    "ftfy",
    "iopath",
    "regex",
    "requests",
    "timm",
];
/// Depends on readers of videos that not every Python has.
const IMAGEBIND: &str = "imagebind-unofficial==0.1.1";
/// Asks for a PyTorch of its time, and works with later ones.
const FACENET: &str = "facenet-pytorch==2.6.0";

/// A benchmark of the package `blemore-benches`, or that of the Python package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Benchmark {
    Aggregation,
    Encoders,
    Training,
    Finetuning,
    Thresholds,
    Programs,
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
    /// What it imports a part of, which does without most of what the whole depends on.
    alone: &'static [&'static str],
}

impl Peer {
    fn new(script: &'static str, packages: &[&str]) -> Self {
        Self { script, packages: packages.iter().map(|package| (*package).to_owned()).collect(), alone: &[] }
    }

    fn with_torch(mut self) -> Self {
        self.packages.push(format!("torch=={TORCH_VERSION}"));
        self
    }
}

impl Benchmark {
    pub(crate) const ALL: [Self; 8] = [
        Self::Aggregation,
        Self::Encoders,
        Self::Training,
        Self::Finetuning,
        Self::Thresholds,
        Self::Programs,
        Self::Scale,
        Self::Python,
    ];

    pub(crate) fn parse(word: &OsStr) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|benchmark| word == benchmark.name()).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::Usage(format!("there is no benchmark {}, only {names}", word.display()))
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Aggregation => "aggregation",
            Self::Encoders => "encoders",
            Self::Training => "training",
            Self::Finetuning => "finetuning",
            Self::Thresholds => "thresholds",
            Self::Programs => "programs",
            Self::Scale => "scale",
            Self::Python => "python",
        }
    }

    fn peer(self) -> Option<Peer> {
        match self {
            Self::Aggregation => Some(Peer::new("aggregate_numpy.py", &["numpy"])),
            Self::Encoders => Some(Peer {
                alone: &[IMAGEBIND, FACENET],
                ..Peer::new("encoders", ENCODER_PACKAGES).with_torch()
            }),
            Self::Training => Some(Peer::new("train_torch.py", &["numpy"]).with_torch()),
            Self::Finetuning => Some(Peer::new("fine_tune_torch.py", &["numpy"]).with_torch()),
            // Its baseline is the published loop, ported to Rust, in the benchmark itself.
            Self::Thresholds => None,
            // Its peers are programs of the system.
            Self::Programs => None,
            // It is held against its own goals.
            Self::Scale => None,
            // Its peers are in its own script.
            Self::Python => None,
        }
    }
}

/// Runs benchmarks one after the other, and prints the table of what they measured; `arguments` go to Criterion.
pub(crate) fn bench(
    workspace: &Workspace,
    benchmarks: &[Benchmark],
    arguments: &[OsString],
) -> Result<(), Error> {
    let table = workspace.target().join("bench-table.md");
    // Of an earlier run, where there was one.
    let _ = std::fs::remove_file(&table);
    for benchmark in benchmarks {
        if *benchmark == Benchmark::Python {
            python::bench(workspace, &table)?;
            continue;
        }
        let mut cargo = command(workspace, *benchmark)?.args(arguments).env(TABLE, &table);
        if *benchmark == Benchmark::Programs {
            build_programs(workspace, &setup(workspace)?)?;
            cargo = cargo.env(PROGRAMS, workspace.target().join("release"));
        }
        cargo.run()?;
    }
    if let Ok(lines) = std::fs::read_to_string(&table) {
        note::print(&format!("{TABLE_HEAD}\n{lines}"));
    }
    Ok(())
}

/// The encoders at full size: how many, and how fast beside PyTorch.
///
/// # Errors
/// [`Error::Short`] where one misses its goal.
pub(super) fn encoders(workspace: &Workspace) -> Result<String, Error> {
    let seen = command(workspace, Benchmark::Encoders)?.watch()?;
    let ratios: Vec<f64> = seen.lines.iter().filter_map(|line| ratio(line)).collect();
    let encoders = seen.lines.iter().filter(|line| line.contains("s per second of video")).count();
    let least = ratios.iter().copied().reduce(f64::min);
    let beside = least.map_or("without PyTorch beside them".to_owned(), |least| {
        format!("{} of them beside PyTorch, at least {least:.2} times as fast", ratios.len())
    });
    let said = format!("{encoders} encoders, {beside}");
    if seen.status.success() { Ok(said) } else { Err(Error::Short(format!("{said}: a goal is missed"))) }
}

/// How many times as fast as PyTorch a line says that we are.
fn ratio(line: &str) -> Option<f64> {
    let (ratio, _) = line.trim().split_once(" times as fast (goal")?;
    ratio.parse().ok()
}

/// What a million clips cost.
///
/// # Errors
/// [`Error::Short`] where a goal is not met.
pub(super) fn scale(workspace: &Workspace) -> Result<String, Error> {
    let seen = command(workspace, Benchmark::Scale)?.watch()?;
    let goals = seen.lines.iter().filter(|line| line.ends_with(": met") || line.ends_with(": NOT met"));
    let said = goals.map(|line| line.trim_end_matches(": met")).collect::<Vec<_>>().join("; ");
    if seen.status.success() && !said.is_empty() && !said.contains("NOT met") {
        return Ok(said);
    }
    Err(Error::Short(if said.is_empty() { "the benchmark did not come to its end".to_owned() } else { said }))
}

/// The cargo that runs a benchmark, up to the arguments for Criterion.
fn command(workspace: &Workspace, benchmark: Benchmark) -> Result<Cargo, Error> {
    let libtorch = setup(workspace)?;
    let cargo = Cargo::new(workspace, "bench")
        .args(["--package", "blemore-benches", "--bench", benchmark.name(), "--"])
        .with(&libtorch);
    Ok(match interpreter(workspace, benchmark)? {
        Some(interpreter) => cargo.env(INTERPRETER, interpreter),
        None => cargo,
    })
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
    let environment = pip::environment(&folder, &packages, peer.alone)?;
    Ok(Some(environment.program().as_os_str().to_owned()))
}
