//! `cargo xtask python`: builds and installs the Python package, and runs its tests.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::Cargo;
use crate::error::Error;
use crate::folders::{create, remove};
use crate::not_run;
use crate::note;
use crate::pip::{self, Pip};
use crate::python::Python;
use crate::workspace::Workspace;

/// What the package is built with, and what it and its tests import.
const PACKAGES: [&str; 5] = ["maturin", "numpy", "pandas", "scikit-learn", "pytest"];
/// Imported by what `cargo xtask nightly` runs besides.
const NIGHTLY_PACKAGES: [&str; 2] = ["mypy", "polars"];
/// What the line of tests that did not run says is missing.
const NEED: &str = "Python and its package index";

/// The package, installed in an environment of its own.
struct Installed {
    python: Python,
    wheel: PathBuf,
    folder: PathBuf,
}

/// Runs the tests; `arguments` go to pytest.
pub(crate) fn python(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Error> {
    install(workspace, &[])?.test(workspace, arguments, None)
}

/// Runs the tests as part of all; where there is no Python and no way to get its packages they are named as not run.
pub(super) fn test(workspace: &Workspace, not_run: &not_run::NotRun) -> Result<(), Error> {
    match install(workspace, &[]) {
        Ok(installed) => installed.test(workspace, &[], Some(not_run)),
        Err(error @ (Error::NoProgram { .. } | Error::NoPip { .. } | Error::NoNetwork)) => {
            note::say(&format!("the tests in Python did not run: {error}"));
            not_run.add(NEED, "blemore-python")
        }
        Err(error) => Err(error),
    }
}

/// Types and frames of polars, which take packages of their own.
pub(super) fn nightly(workspace: &Workspace) -> Result<(), Error> {
    let installed = install(workspace, &NIGHTLY_PACKAGES)?;
    let package = package(workspace);
    let stubs = ["-m", "mypy.stubtest", "blemore._blemore", "--ignore-disjoint-bases"];
    for check in [&["-m", "mypy", "python"][..], &stubs] {
        let mut mypy = installed.python.command();
        mypy.args(check).current_dir(&package).env("MYPY_CACHE_DIR", installed.folder.join("mypy"));
        child("mypy", mypy.status())?;
    }
    installed.test(workspace, &["nightly".into()], None)
}

/// Times the package beside numpy and a loop in Python.
pub(super) fn bench(workspace: &Workspace) -> Result<(), Error> {
    let installed = install(workspace, &[])?;
    let script = workspace.root().join("benches").join("peers").join("python_package.py");
    child("python", installed.python.command().arg(script).arg(&installed.wheel).status())
}

fn package(workspace: &Workspace) -> PathBuf {
    workspace.root().join("crates").join("blemore-python")
}

/// Builds the wheel and installs it, in release mode, as a user gets it.
fn install(workspace: &Workspace, further: &[&str]) -> Result<Installed, Error> {
    let folder = workspace.target().join("python");
    create(&folder)?;
    let packages = [&PACKAGES[..], further].concat();
    let python = pip::environment(&folder.join("environment"), &packages, &[])?;
    let wheels = folder.join("wheels");
    remove(&wheels)?;
    let built = python
        .command()
        .args(["-m", "maturin", "build", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(package(workspace).join("Cargo.toml"))
        .arg("--out")
        .arg(&wheels)
        .status();
    child("maturin", built)?;
    let wheel = only_file(&wheels)?;
    let outside = Python::find()?;
    let name = wheel.to_string_lossy();
    Pip::of(&outside)?.install_for(&python, &["--quiet", "--no-deps", "--force-reinstall", &name])?;
    Ok(Installed { python, wheel, folder })
}

impl Installed {
    fn test(
        &self,
        workspace: &Workspace,
        arguments: &[OsString],
        not_run: Option<&not_run::NotRun>,
    ) -> Result<(), Error> {
        let numbers = self.folder.join("numbers");
        let example =
            ["--quiet", "--release", "--package", "blemore-testing", "--example", "python_numbers", "--"];
        Cargo::new(workspace, "run").args(example).args([numbers.as_os_str()]).run()?;
        let mut pytest = self.python.command();
        pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).args(arguments);
        pytest
            .current_dir(package(workspace))
            .env("BLEMORE_NUMBERS", numbers)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        if let Some(not_run) = not_run {
            pytest.env(not_run::VARIABLE, not_run.path());
        }
        child("pytest", pytest.status())
    }
}

fn child(program: &str, status: std::io::Result<std::process::ExitStatus>) -> Result<(), Error> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Error::Child { code: 1 }),
        Err(source) => Err(Error::Start { program: program.to_owned(), source }),
    }
}

fn only_file(folder: &Path) -> Result<PathBuf, Error> {
    let read = |source| Error::Io { doing: "read", path: folder.to_owned(), source };
    let mut entries = fs::read_dir(folder).map_err(read)?;
    let entry = entries.next().unwrap_or_else(|| Err(std::io::ErrorKind::NotFound.into()));
    entry.map(|entry| entry.path()).map_err(read)
}
