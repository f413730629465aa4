//! `cargo xtask nightly`: what takes too long for every change.

use std::ffi::{OsStr, OsString};
use std::time::Instant;

use super::{Benchmark, bench, dependency_budget, fuzz, mutants, python, setup, torture};
use crate::cargo::Cargo;
use crate::error::Error;
use crate::libtorch::Libtorch;
use crate::note;
use crate::table;
use crate::workspace::Workspace;

/// Settings with which libtorch computes as on other processors: its own loops without AVX-512 and without
/// any of it, the products of its vendor's library as on a processor without AVX-512, and one thread.
const PROCESSORS: [&[(&str, &str)]; 6] = [
    &[],
    &[("ATEN_CPU_CAPABILITY", "default")],
    &[("ATEN_CPU_CAPABILITY", "avx2")],
    &[("MKL_ENABLE_INSTRUCTIONS", "AVX2")],
    &[("ATEN_CPU_CAPABILITY", "avx2"), ("MKL_ENABLE_INSTRUCTIONS", "AVX2")],
    &[("OMP_NUM_THREADS", "1"), ("RAYON_NUM_THREADS", "1")],
];
/// How long each parser is tried at most: ten million runs end before that, for most.
const FUZZ_SECONDS: u32 = 20 * 60;
const TORTURE_TRIALS: u32 = 500;

/// A part of the night, which can be run alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Processors,
    Fuzz,
    Torture,
    Mutants,
    Encoders,
    Scale,
    Licences,
    Python,
    DependencyBudget,
}

impl Part {
    pub(crate) const ALL: [Self; 9] = [
        Self::Processors,
        Self::Fuzz,
        Self::Torture,
        Self::Mutants,
        Self::Encoders,
        Self::Scale,
        Self::Licences,
        Self::Python,
        Self::DependencyBudget,
    ];

    pub(crate) fn parse(word: &OsStr) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|part| word == part.name()).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::Usage(format!("there is no part {} of the night, only {names}", word.display()))
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Processors => "processors",
            Self::Fuzz => "fuzz",
            Self::Torture => "torture",
            Self::Mutants => "mutants",
            Self::Encoders => "encoders",
            Self::Scale => "scale",
            Self::Licences => "licences",
            Self::Python => "python",
            Self::DependencyBudget => "dependency-budget",
        }
    }

    /// What it tries.
    fn what(self) -> &'static str {
        match self {
            Self::Processors => "training as on other processors",
            Self::Fuzz => "parsers on made-up bytes",
            Self::Torture => "commands that are killed and disturbed",
            Self::Mutants => "changed lines that no test sees",
            Self::Encoders => "encoders at full size, random weights",
            Self::Scale => "up to a million clips",
            Self::Licences => "licences, bans and sources (`cargo install cargo-deny`)",
            Self::Python => "types and polars of the Python package",
            Self::DependencyBudget => "what blemore-eval costs",
        }
    }

    fn run(self, workspace: &Workspace, libtorch: &Libtorch) -> Result<(), Error> {
        match self {
            Self::Processors => processors(workspace, libtorch),
            Self::Fuzz => fuzz(workspace, FUZZ_SECONDS, &[]),
            Self::Torture => torture(workspace, TORTURE_TRIALS),
            Self::Mutants => mutants(workspace, &[]),
            Self::Encoders => bench(workspace, &[Benchmark::Encoders], &[]),
            Self::Scale => bench(workspace, &[Benchmark::Scale], &[]),
            Self::Licences => {
                let deny = ["check", "licenses", "bans", "sources"].map(OsString::from);
                Cargo::new(workspace, "deny").args(deny).run()
            }
            Self::Python => python::nightly(workspace),
            Self::DependencyBudget => dependency_budget(workspace),
        }
    }
}

/// Runs the parts one after the other, and prints a table of them. Goes on after a failure, so that one night shows them all.
pub(crate) fn nightly(workspace: &Workspace, parts: &[Part]) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for part in parts {
        note::say(&format!("{}: {}", part.name(), part.what()));
        let start = Instant::now();
        let outcome = part.run(workspace, &libtorch);
        let minutes = format!("{:.1}", start.elapsed().as_secs_f64() / 60.0);
        let said = outcome.map_or_else(|error| error.to_string(), |()| "passed".to_owned());
        if said != "passed" {
            failures.push(part.name().to_owned());
        }
        rows.push([part.name().to_owned(), part.what().to_owned(), minutes, said]);
    }
    note::print(&table::render(["part", "what", "minutes", "outcome"], &rows));
    if failures.is_empty() { Ok(()) } else { Err(Error::Nightly { failures }) }
}

/// The tests of training with each setting; all of them, whatever fails.
fn processors(workspace: &Workspace, libtorch: &Libtorch) -> Result<(), Error> {
    let mut failures = Vec::new();
    for settings in PROCESSORS {
        let cargo = Cargo::new(workspace, "test").args(["--package", "blemore-models"]).with(libtorch);
        let cargo = settings.iter().fold(cargo, |cargo, (name, value)| cargo.env(name, *value));
        let named: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cargo.run().is_err() {
            failures.push(if named.is_empty() { "as it is".to_owned() } else { named.join(" ") });
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Error::Nightly { failures }) }
}
