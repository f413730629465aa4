//! pip, with its failures told apart.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::note;
use crate::python::Python;

/// The CPython whose wheels are taken for libtorch: the libraries in them depend on no Python, and so any interpreter that
/// has pip will do, also one that is too old or too new for PyTorch itself.
const WHEEL_PYTHON: &str = "3.12";

/// Fails unless every argument, `name` or `name==version`, is installed.
const ARE_INSTALLED: &str = "\
import sys, importlib.metadata
for package in sys.argv[1:]:
    name, _, version = package.partition('==')
    assert importlib.metadata.version(name).startswith(version)";

/// The pip of an interpreter.
#[derive(Debug)]
pub(crate) struct Pip<'p> {
    python: &'p Python,
}

impl<'p> Pip<'p> {
    pub(crate) fn of(python: &'p Python) -> Result<Self, Error> {
        match python.evaluate("import pip; print(pip.__version__)", &[] as &[&OsStr]) {
            Some(_) => Ok(Self { python }),
            None => Err(Error::NoPip { python: python.program().to_owned() }),
        }
    }

    /// Unpacks packages, without what they depend on, into a folder. `scratch` takes pip's temporary files: the system's
    /// own temporary folder is often a small file system in memory, and a wheel of libtorch is half a gigabyte.
    pub(crate) fn unpack(&self, packages: &[&str], folder: &Path, scratch: &Path) -> Result<(), Error> {
        let mut command = self.install();
        command.args([
            "--no-deps",
            "--no-compile",
            "--only-binary",
            ":all:",
            "--python-version",
            WHEEL_PYTHON,
        ]);
        command.arg("--target").arg(folder).args(packages).env("TMPDIR", scratch);
        run(command, packages)
    }

    /// Installs packages, with what they depend on, into the virtual environment of another interpreter.
    pub(crate) fn install_for(&self, environment: &Python, packages: &[&str]) -> Result<(), Error> {
        run(self.installation_into(environment, &[], packages), packages)
    }

    /// Installs packages without what they depend on.
    fn install_alone(&self, environment: &Python, packages: &[&str]) -> Result<(), Error> {
        run(self.installation_into(environment, &["--no-deps"], packages), packages)
    }

    fn installation_into(&self, environment: &Python, options: &[&str], packages: &[&str]) -> Command {
        let mut command = self.python.command();
        command.args(["-m", "pip", "--python"]).arg(environment.program()).arg("install");
        command.args(options).args(packages);
        command
    }

    fn install(&self) -> Command {
        let mut command = self.python.command();
        command.args(["-m", "pip", "install"]);
        command
    }
}

/// Runs pip with its progress on stderr, where it does not mix with a program's output, and its messages read.
fn run(mut command: Command, packages: &[&str]) -> Result<(), Error> {
    command
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_NO_INPUT", "1")
        // A configuration file may ask for `--user`, which `--target` contradicts.
        .env("PIP_USER", "0")
        .stdout(Stdio::from(io::stderr()))
        .stderr(Stdio::piped());
    let start = |source| Error::Start { program: "pip".to_owned(), source };
    let mut child = command.spawn().map_err(start)?;
    let mut messages = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if is_retry(&line) {
                note::say("  no answer from the Python package index, trying again");
            }
            messages.push(line);
        }
    }
    if child.wait().map_err(start)?.success() {
        return Ok(());
    }
    Err(failure(packages.join(" "), &messages))
}

/// pip repeats a request that got no answer, and says so in a line of several hundred characters.
fn is_retry(line: &str) -> bool {
    line.contains("Retrying (Retry(")
}

/// A package that does not exist and an index that does not answer end in the same last line: only the lines before it
/// tell them apart.
fn failure(packages: String, messages: &[String]) -> Error {
    let mentions = |text: &str| messages.iter().any(|line| line.contains(text));
    let unanswered =
        ["Retrying (Retry(", "Max retries exceeded", "ConnectionError", "ReadTimeoutError", "ProxyError"];
    if unanswered.iter().any(|text| mentions(text)) {
        return Error::NoNetwork;
    }
    if mentions("No matching distribution found") {
        return Error::NoWheel { packages };
    }
    let last = messages.iter().rev().find_map(|line| line.strip_prefix("ERROR: "));
    let message = last.unwrap_or("it gave no reason").trim_end().to_owned();
    Error::Pip { packages, message }
}

/// A virtual environment with packages in it, made on the first call; with those of `alone` comes nothing that they depend
/// on.
///
/// `--without-pip`, and pip from outside: Debian has the module that would put a pip inside in a package of its own.
pub(crate) fn environment(folder: &Path, packages: &[&str], alone: &[&str]) -> Result<Python, Error> {
    let environment = Python::of_environment(folder);
    if environment.evaluate(ARE_INSTALLED, &[packages, alone].concat()).is_some() {
        return Ok(environment);
    }
    let outside = Python::find()?;
    let pip = Pip::of(&outside)?;
    note::say(&format!("Installing {} into {}", packages.join(" "), folder.display()));
    let made = outside
        .command()
        .args(["-m", "venv", "--clear", "--without-pip"])
        .arg(folder)
        .output()
        .map_err(|source| Error::Start { program: "python3 -m venv".to_owned(), source })?;
    if !made.status.success() {
        let message = String::from_utf8_lossy(&made.stderr).trim_end().to_owned();
        return Err(Error::Output { program: "python3 -m venv", message });
    }
    pip.install_for(&environment, packages)?;
    if !alone.is_empty() {
        pip.install_alone(&environment, alone)?;
    }
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn an_index_that_does_not_answer_is_not_taken_for_a_missing_package() {
        let messages = lines(
            "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by \
             'NewConnectionError(': Failed to establish a new connection')': /torch/\n\
             ERROR: Could not find a version that satisfies the requirement torch==2.11.0 (from versions: none)\n\
             ERROR: No matching distribution found for torch==2.11.0",
        );
        assert!(matches!(failure("torch==2.11.0".to_owned(), &messages), Error::NoNetwork));
    }

    #[test]
    fn a_platform_without_a_wheel_is_named() {
        let messages = lines(
            "ERROR: Could not find a version that satisfies the requirement torch==2.11.0 (from versions: 2.2.2)\n\
             ERROR: No matching distribution found for torch==2.11.0",
        );
        let error = failure("torch==2.11.0".to_owned(), &messages);
        assert!(matches!(error, Error::NoWheel { .. }));
        assert!(error.to_string().contains(std::env::consts::ARCH));
    }

    #[test]
    fn any_other_failure_shows_the_last_error_of_pip() {
        let messages =
            lines("WARNING: something\nERROR: Could not install packages due to an OSError: No space left\n");
        let message = failure("torch".to_owned(), &messages).to_string();
        assert!(message.ends_with("No space left"), "{message}");
    }
}
