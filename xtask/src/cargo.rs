//! The cargo that runs this program, started again.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::error::Error;
use crate::libtorch::Libtorch;
use crate::tee::{self, Seen};
use crate::workspace::Workspace;

/// A command of cargo in the workspace, wherever in it the user is: with `Cargo.toml` named, and in the
/// user's folder, so that paths in arguments mean what they say.
#[derive(Debug)]
pub(crate) struct Cargo {
    command: Command,
}

impl Cargo {
    pub(crate) fn new(workspace: &Workspace, subcommand: &str) -> Self {
        Self::of_manifest(&workspace.manifest(), subcommand)
    }

    /// A command in another workspace.
    pub(crate) fn of_manifest(manifest: &Path, subcommand: &str) -> Self {
        let mut command = Command::new(cargo());
        command.arg(subcommand).arg("--manifest-path").arg(manifest);
        Self { command }
    }

    /// A subcommand that is a program of its own.
    pub(crate) fn of_program(program: &Path, subcommand: &str) -> Self {
        let mut command = Command::new(program);
        command.arg(subcommand);
        Self { command }
    }

    /// Installs a program into a folder.
    pub(crate) fn install(program: &str, folder: &Path) -> Self {
        let mut command = Command::new(cargo());
        command.args(["install", "--locked", "--root"]).arg(folder).arg(program);
        Self { command }
    }

    pub(crate) fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    pub(crate) fn with(mut self, libtorch: &Libtorch) -> Self {
        libtorch.apply(&mut self.command);
        self
    }

    /// Runs it on the user's terminal; its exit code becomes this program's.
    pub(crate) fn run(mut self) -> Result<(), Error> {
        let status = self.command.status().map_err(start)?;
        if status.success() { Ok(()) } else { Err(Error::Child { code: code(status) }) }
    }

    /// Runs it on the user's terminal, and reads what it writes besides. How it ended is for the caller to judge.
    pub(crate) fn watch(mut self) -> Result<Seen, Error> {
        tee::run(&mut self.command).map_err(start)
    }

    /// What it writes to stdout.
    pub(crate) fn output(mut self) -> Result<String, Error> {
        let output = self.command.stdin(Stdio::null()).output().map_err(start)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let message = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        Err(Error::Output { program: "cargo", message })
    }
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
}

fn start(source: std::io::Error) -> Error {
    Error::Start { program: "cargo".to_owned(), source }
}

/// A child that a signal ended has no code of its own.
pub(crate) fn code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
