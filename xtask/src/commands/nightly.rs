//! `cargo xtask nightly`: what takes too long for every change.

use std::ffi::OsStr;
use std::time::Instant;

use super::coverage::coverage;
use super::screenshots::screenshots;
use super::sweep_table::sweep_table;
use super::{bench, dependency_budget, fuzz, mutants, python, setup, torture};
use crate::cargo::Cargo;
use crate::error::Error;
use crate::libtorch::Libtorch;
use crate::note;
use crate::table;
use crate::tools;
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
    Coverage,
    Encoders,
    Scale,
    SweepTable,
    Screenshots,
    Licences,
    Python,
    DependencyBudget,
}

impl Part {
    pub(crate) const ALL: [Self; 12] = [
        Self::Processors,
        Self::Fuzz,
        Self::Torture,
        Self::Mutants,
        Self::Coverage,
        Self::Encoders,
        Self::Scale,
        Self::SweepTable,
        Self::Screenshots,
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
            Self::Coverage => "coverage",
            Self::Encoders => "encoders",
            Self::Scale => "scale",
            Self::SweepTable => "sweep-table",
            Self::Screenshots => "screenshots",
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
            Self::Coverage => "lines that tests run",
            Self::Encoders => "encoders at full size, random weights",
            Self::Scale => "up to a million generated clips",
            Self::SweepTable => "what sweeps recommend, on generated clips",
            Self::Screenshots => "a report in a browser, light and dark",
            Self::Licences => "licences, bans and sources of dependencies",
            Self::Python => "types and polars of the Python package",
            Self::DependencyBudget => "what blemore-eval costs",
        }
    }

    /// Runs it, and says in few words what came of it.
    fn run(self, workspace: &Workspace, libtorch: &Libtorch) -> Result<String, Error> {
        match self {
            Self::Processors => processors(workspace, libtorch),
            Self::Fuzz => fuzz(workspace, FUZZ_SECONDS, &[]),
            Self::Torture => torture(workspace, TORTURE_TRIALS),
            Self::Mutants => mutants(workspace, &[]),
            Self::Coverage => coverage(workspace, libtorch),
            Self::Encoders => bench::encoders(workspace),
            Self::Scale => bench::scale(workspace),
            Self::SweepTable => sweep_table(workspace, libtorch),
            Self::Screenshots => screenshots(workspace, libtorch),
            Self::Licences => licences(workspace),
            Self::Python => python::nightly(workspace),
            Self::DependencyBudget => dependency_budget(workspace),
        }
    }
}

/// Runs the parts one after the other, and prints a table of them. Goes on after a failure, so that one night shows all.
pub(crate) fn nightly(workspace: &Workspace, parts: &[Part]) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for part in parts {
        note::say(&format!("{}: {}", part.name(), part.what()));
        let start = Instant::now();
        let outcome = part.run(workspace, &libtorch);
        let minutes = format!("{:.1}", start.elapsed().as_secs_f64() / 60.0);
        let said = outcome.unwrap_or_else(|error| {
            failures.push(part.name().to_owned());
            format!("FAILED: {error}")
        });
        rows.push([part.name().to_owned(), part.what().to_owned(), minutes, said]);
    }
    note::print(&table::render(["part", "what", "minutes", "outcome"], &rows));
    if failures.is_empty() { Ok(()) } else { Err(Error::Nightly { failures }) }
}

/// The tests of training with each setting; all of them, whatever fails.
fn processors(workspace: &Workspace, libtorch: &Libtorch) -> Result<String, Error> {
    let (mut failures, mut tests) = (Vec::new(), Vec::new());
    for settings in PROCESSORS {
        let cargo = Cargo::new(workspace, "test").args(["--package", "blemore-models"]).with(libtorch);
        let cargo = settings.iter().fold(cargo, |cargo, (name, value)| cargo.env(name, *value));
        let named: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let seen = cargo.watch()?;
        tests.push(seen.lines.iter().filter_map(|line| tests_passed(line)).sum::<u32>());
        if !seen.status.success() {
            failures.push(if named.is_empty() { "as it is".to_owned() } else { named.join(" ") });
        }
    }
    if failures.is_empty() {
        Ok(format!("{} settings, {} tests each", PROCESSORS.len(), tests.into_iter().min().unwrap_or(0)))
    } else {
        Err(Error::Short(format!("tests fail with {}", failures.join("; "))))
    }
}

/// How many tests passed, of a line at the end of a test program.
fn tests_passed(line: &str) -> Option<u32> {
    line.strip_prefix("test result: ok. ")?.split(' ').next()?.parse().ok()
}

/// Licences, bans and sources of all dependencies.
fn licences(workspace: &Workspace) -> Result<String, Error> {
    let program = tools::ensure(workspace, "cargo-deny")?;
    let manifest = workspace.manifest();
    let cargo =
        Cargo::of_program(&program, "deny").args([OsStr::new("--manifest-path"), manifest.as_os_str()]);
    let seen = cargo.args(["check", "licenses", "bans", "sources"]).watch()?;
    let said = seen.line_with("licenses ").or(seen.lines.last().map(String::as_str)).unwrap_or_default();
    if seen.status.success() { Ok(said.to_owned()) } else { Err(Error::Short(said.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_counted() {
        assert_eq!(tests_passed("test result: ok. 12 passed; 0 failed; 1 ignored"), Some(12));
        assert_eq!(tests_passed("test result: FAILED. 11 passed; 1 failed"), None);
    }

    #[test]
    fn each_part_is_found_by_its_name() {
        for part in Part::ALL {
            assert_eq!(Part::parse(OsStr::new(part.name())).unwrap(), part);
        }
    }
}
