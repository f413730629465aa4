//! `cargo xtask python`: builds and installs the Python package, and runs its tests.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::bench::TABLE;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::folders::{create, remove};
use crate::not_run::{self, NotRun};
use crate::note;
use crate::pip::{self, Pip};
use crate::python::Python;
use crate::tee;
use crate::workspace::Workspace;

/// What the package is built with, and what it and its tests import.
const PACKAGES: [&str; 5] = ["maturin", "numpy", "pandas", "scikit-learn", "pytest"];
/// Imported by what `cargo xtask nightly` runs besides.
const NIGHTLY_PACKAGES: [&str; 2] = ["mypy", "polars"];
/// What the line of tests that did not run says is missing.
const NEED: &str = "Python and its package index";

/// The package and what its tests need.
struct Package {
    python: Python,
    /// Where it lies, if not in the environment.
    beside: Option<PathBuf>,
    /// What the tests compare with, by the same build.
    numbers: PathBuf,
}

/// Runs the tests on the wheel as a user gets it; `arguments` go to pytest.
pub(crate) fn python(workspace: &Workspace, arguments: &[OsString]) -> Result<(), Error> {
    install(workspace, &[])?.test(workspace, arguments, None)
}

/// Runs the tests as part of all, on the build of the tests in Rust: the wheel would be a second build of most crates. Where
/// there is no Python and no way to get its packages they are named as not run.
pub(super) fn test(workspace: &Workspace, not_run: &NotRun) -> Result<(), Error> {
    match unpacked(workspace) {
        Ok(package) => package.test(workspace, &[], Some(not_run)),
        Err(error @ (Error::NoProgram { .. } | Error::NoPip { .. } | Error::NoNetwork)) => {
            note::say(&format!("the tests in Python did not run: {error}"));
            not_run.add(NEED, "blemore-python")
        }
        Err(error) => Err(error),
    }
}

/// Types and frames of polars, which take packages of their own. Gives what mypy and the tests say.
pub(super) fn nightly(workspace: &Workspace) -> Result<String, Error> {
    let package = install(workspace, &NIGHTLY_PACKAGES)?;
    let sources = sources(workspace);
    let stubs = ["-m", "mypy.stubtest", "blemore._blemore", "--ignore-disjoint-bases"];
    let mypy = |check: &[&str]| {
        let mut mypy = package.python.command();
        mypy.args(check).current_dir(&sources).env("MYPY_CACHE_DIR", folder(workspace).join("mypy"));
        last_line("mypy", mypy)
    };
    let types = mypy(&["-m", "mypy", "python"])?;
    let stubs = mypy(&stubs)?;
    let tests = last_line("pytest", package.pytest(workspace, &[], None))?;
    let with_polars = last_line("pytest", package.pytest(workspace, &["nightly".into()], None))?;
    let said = [("mypy", types), ("stubs", stubs), ("tests", tests), ("with polars", with_polars)];
    Ok(said.map(|(what, line)| format!("{what}: {line}")).join("; "))
}

/// The last line that a program prints, which says what came of it.
fn last_line(program: &str, mut command: Command) -> Result<String, Error> {
    let seen =
        tee::run(&mut command).map_err(|source| Error::Start { program: program.to_owned(), source })?;
    let line = seen.lines.iter().rev().find(|line| !line.trim().is_empty()).cloned().unwrap_or_default();
    if seen.status.success() { Ok(line) } else { Err(Error::Short(format!("{program}: {line}"))) }
}

/// Times the package beside numpy and a loop in Python.
pub(super) fn bench(workspace: &Workspace, table: &Path) -> Result<(), Error> {
    let package = install(workspace, &[])?;
    let script = workspace.root().join("benches").join("peers").join("python_package.py");
    let wheel = only_file(&wheels(workspace))?;
    child("python", package.python.command().arg(script).arg(wheel).env(TABLE, table).status())
}

fn sources(workspace: &Workspace) -> PathBuf {
    workspace.root().join("crates").join("blemore-python")
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("python")
}

fn wheels(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("wheels")
}

/// Builds the wheel and installs it, in release mode, as a user gets it.
fn install(workspace: &Workspace, further: &[&str]) -> Result<Package, Error> {
    let python = environment(workspace, further)?;
    let wheels = wheels(workspace);
    remove(&wheels)?;
    let built = python
        .command()
        .args(["-m", "maturin", "build", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(sources(workspace).join("Cargo.toml"))
        .arg("--out")
        .arg(&wheels)
        .status();
    child("maturin", built)?;
    let wheel = only_file(&wheels)?;
    let outside = Python::find()?;
    let name = wheel.to_string_lossy();
    Pip::of(&outside)?.install_for(&python, &["--quiet", "--no-deps", "--force-reinstall", &name])?;
    let numbers = folder(workspace).join("numbers");
    let example =
        ["--quiet", "--release", "--package", "blemore-testing", "--example", "python_numbers", "--"];
    Cargo::new(workspace, "run").args(example).args([numbers.as_os_str()]).run()?;
    Ok(Package { python, beside: None, numbers })
}

/// The package beside the environment: its Python, and the library as cargo has built it with the whole workspace.
fn unpacked(workspace: &Workspace) -> Result<Package, Error> {
    let python = environment(workspace, &[])?;
    let built = built()?;
    let beside = folder(workspace).join("unpacked");
    let package = beside.join("blemore");
    remove(&beside)?;
    create(&package)?;
    copy_files(&sources(workspace).join("python").join("blemore"), &package)?;
    let module = if cfg!(windows) { "_blemore.pyd" } else { "_blemore.abi3.so" };
    copy(&built.join(format!("{DLL_PREFIX}_blemore{DLL_SUFFIX}")), &package.join(module))?;
    let numbers = folder(workspace).join("numbers");
    let example = built.join("examples").join(format!("python_numbers{EXE_SUFFIX}"));
    child("python_numbers", Command::new(example).arg(&numbers).status())?;
    Ok(Package { python, beside: Some(beside), numbers })
}

fn environment(workspace: &Workspace, further: &[&str]) -> Result<Python, Error> {
    let folder = folder(workspace);
    create(&folder)?;
    pip::environment(&folder.join("environment"), &[&PACKAGES[..], further].concat(), &[])
}

/// Where cargo puts what it builds as it built this program.
fn built() -> Result<PathBuf, Error> {
    let program = std::env::current_exe();
    let program = program.map_err(|source| Error::Start { program: "xtask".to_owned(), source })?;
    Ok(program.parent().unwrap_or(&program).to_owned())
}

impl Package {
    fn test(
        &self,
        workspace: &Workspace,
        arguments: &[OsString],
        not_run: Option<&NotRun>,
    ) -> Result<(), Error> {
        child("pytest", self.pytest(workspace, arguments, not_run).status())
    }

    fn pytest(&self, workspace: &Workspace, arguments: &[OsString], not_run: Option<&NotRun>) -> Command {
        let mut pytest = self.python.command();
        pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).args(arguments);
        pytest
            .current_dir(sources(workspace))
            .env("BLEMORE_NUMBERS", &self.numbers)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        if let Some(folder) = &self.beside {
            pytest.env("PYTHONPATH", folder);
        }
        if let Some(not_run) = not_run {
            pytest.env(not_run::VARIABLE, not_run.path());
        }
        pytest
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

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let copied = fs::copy(from, to).map(drop);
    copied.map_err(|source| Error::Io { doing: "copy", path: from.to_owned(), source })
}

/// The files of a folder, without its folders.
fn copy_files(from: &Path, to: &Path) -> Result<(), Error> {
    let read = |source| Error::Io { doing: "read", path: from.to_owned(), source };
    for entry in fs::read_dir(from).map_err(read)? {
        let file = entry.map_err(read)?.path();
        if let (true, Some(name)) = (file.is_file(), file.file_name()) {
            copy(&file, &to.join(name))?;
        }
    }
    Ok(())
}
