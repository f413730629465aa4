//! `cargo xtask dependency-budget`: what a project takes on that scores with blemore-eval.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::cargo::Cargo;
use crate::error::Error;
use crate::note;
use crate::workspace::Workspace;

const PACKAGE: &str = "blemore-eval";
/// The crates in its tree, itself among them.
const MOST_CRATES: usize = 25;
/// A clean build, on `CORES` cores.
const LONGEST_BUILD: Duration = Duration::from_secs(15);
const CORES: &str = "2";

/// Crates that build or bind C, and those that only the upper layers may use.
const C_TOOLS: [&str; 5] = ["cc", "cmake", "bindgen", "pkg-config", "vcpkg"];
const UPPER_LAYERS: [&str; 3] = ["polars", "tch", "torch"];

/// Counts the tree, times a clean build, and fails over budget; gives what it counted.
pub(crate) fn dependency_budget(workspace: &Workspace) -> Result<String, Error> {
    let tree = Tree::of_package(workspace)?;
    let duration = clean_build(workspace)?;
    let figure = format!(
        "{} crates (at most {MOST_CRATES}), clean build {:.1} s on {CORES} cores (at most {} s)",
        tree.crates.len(),
        duration.as_secs_f64(),
        LONGEST_BUILD.as_secs()
    );
    note::print(&format!("{PACKAGE}: {figure}"));
    let mut excesses = tree.excesses();
    if duration > LONGEST_BUILD {
        excesses.push(format!("a clean build of {PACKAGE} takes {:.1} s", duration.as_secs_f64()));
    }
    within(excesses).map(|()| figure)
}

/// The part of the budget that is the same on every machine.
pub(super) fn check_tree(workspace: &Workspace) -> Result<(), Error> {
    within(Tree::of_package(workspace)?.excesses())
}

fn within(excesses: Vec<String>) -> Result<(), Error> {
    if excesses.is_empty() { Ok(()) } else { Err(Error::OverBudget { excesses }) }
}

/// The crates that cargo builds for the package, as `name version`.
#[derive(Debug)]
struct Tree {
    /// What ends up in a dependent's program, or makes its macros.
    crates: BTreeSet<String>,
    /// The same, with what its build scripts use.
    with_build_scripts: BTreeSet<String>,
}

impl Tree {
    fn of_package(workspace: &Workspace) -> Result<Self, Error> {
        let list = |edges: &str| {
            Cargo::new(workspace, "tree")
                .args(["--locked", "--package", PACKAGE, "--prefix", "none", "--edges", edges])
                .output()
                .map(|text| parse(&text))
        };
        Ok(Self { crates: list("normal")?, with_build_scripts: list("normal,build")? })
    }

    fn excesses(&self) -> Vec<String> {
        let mut excesses = Vec::new();
        if self.crates.len() > MOST_CRATES {
            excesses.push(format!(
                "{} crates in the tree of {PACKAGE}, at most {MOST_CRATES}: {}",
                self.crates.len(),
                self.crates.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            ));
        }
        for entry in &self.with_build_scripts {
            let name = entry.split(' ').next().unwrap_or_default();
            if C_TOOLS.contains(&name) || name.ends_with("-sys") {
                excesses.push(format!("{entry} brings C into the tree of {PACKAGE}"));
            } else if UPPER_LAYERS.iter().any(|layer| name.split('-').next() == Some(layer)) {
                excesses.push(format!("{entry} is in the tree of {PACKAGE}"));
            }
        }
        excesses
    }
}

/// Lines such as `serde v1.0.229`, `syn v2.0.1 (proc-macro) (*)`.
fn parse(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?))
        })
        .collect()
}

/// Builds in a folder of its own. Listing the tree has downloaded the sources.
fn clean_build(workspace: &Workspace) -> Result<Duration, Error> {
    let folder = workspace.target().join("dependency-budget");
    remove(&folder)?;
    let cargo = Cargo::new(workspace, "build")
        .args(["--quiet", "--locked", "--package", PACKAGE, "--jobs", CORES, "--target-dir"])
        .args([folder.as_os_str()]);
    let start = Instant::now();
    let built = cargo.run();
    let duration = start.elapsed();
    remove(&folder)?;
    built.map(|()| duration)
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Io { doing: "remove", path: folder.to_owned(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        Tree { crates: parse(text), with_build_scripts: parse(text) }
    }

    #[test]
    fn a_crate_that_occurs_twice_counts_once_and_two_versions_count_twice() {
        let text = "serde v1.0.229\nserde_derive v1.0.229 (proc-macro)\nserde v1.0.229 (*)\nsyn v2.0.1\nsyn v3.0.0\n\n";
        assert_eq!(tree(text).crates.len(), 4);
    }

    #[test]
    fn c_and_the_upper_layers_are_found_by_name() {
        let excesses =
            tree("cc v1.2.0\nlibz-sys v1.1.0\npolars-core v0.55.0\ntorch-sys v0.24.0\ntch v0.24.0\n")
                .excesses();
        assert_eq!(excesses.len(), 5, "{excesses:?}");
        assert!(tree("csv v1.4.0\nmatches v0.1.0\n").excesses().is_empty());
    }

    #[test]
    fn one_crate_too_many_is_over_budget() {
        let lines = |count: usize| (0..count).map(|i| format!("crate{i} v1.0.0\n")).collect::<String>();
        assert!(tree(&lines(MOST_CRATES)).excesses().is_empty());
        assert_eq!(tree(&lines(MOST_CRATES + 1)).excesses().len(), 1);
    }
}
