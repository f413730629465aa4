//! `cargo xtask nightly`: what takes too long for every change.

use std::ffi::OsString;

use super::{dependency_budget, python, setup};
use crate::cargo::Cargo;
use crate::error::Error;
use crate::note;
use crate::workspace::Workspace;

/// Settings with which libtorch computes as on other processors: its own loops without AVX-512 and without
/// any of it, and the products of its vendor's library as on a processor without AVX-512.
const PROCESSORS: [&[(&str, &str)]; 5] = [
    &[],
    &[("ATEN_CPU_CAPABILITY", "default")],
    &[("ATEN_CPU_CAPABILITY", "avx2")],
    &[("MKL_ENABLE_INSTRUCTIONS", "AVX2")],
    &[("ATEN_CPU_CAPABILITY", "avx2"), ("MKL_ENABLE_INSTRUCTIONS", "AVX2")],
];

/// Runs the tests that train as on several processors, checks licences, sources and the types of the Python package, and times
/// the build of blemore-eval.
/// Goes on after a failure, so that one night shows them all.
pub(crate) fn nightly(workspace: &Workspace) -> Result<(), Error> {
    let libtorch = setup(workspace)?;
    let mut failures = Vec::new();
    let mut note_failure = |what: String, outcome: Result<(), Error>| {
        note::say(&format!("{what}: {}", if outcome.is_ok() { "passed" } else { "failed" }));
        failures.extend(outcome.err().map(|_| what));
    };
    for settings in PROCESSORS {
        let cargo = Cargo::new(workspace, "test").args(["--package", "blemore-models"]).with(&libtorch);
        let cargo = settings.iter().fold(cargo, |cargo, (name, value)| cargo.env(name, *value));
        let named: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        note_failure(
            format!("training, {}", if named.is_empty() { "as it is".to_owned() } else { named.join(" ") }),
            cargo.run(),
        );
    }
    let deny = ["check", "licenses", "bans", "sources"].map(OsString::from);
    note_failure(
        "cargo deny (`cargo install cargo-deny` brings it)".to_owned(),
        Cargo::new(workspace, "deny").args(deny).run(),
    );
    note_failure("types and polars of the Python package".to_owned(), python::nightly(workspace));
    note_failure("dependency budget".to_owned(), dependency_budget(workspace));
    if failures.is_empty() { Ok(()) } else { Err(Error::Nightly { failures }) }
}
