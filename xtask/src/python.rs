//! A Python interpreter.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;

/// An interpreter that starts.
#[derive(Debug)]
pub(crate) struct Python {
    program: PathBuf,
}

impl Python {
    /// The interpreter on the search path.
    pub(crate) fn find() -> Result<Self, Error> {
        let program = if cfg!(windows) { "python" } else { "python3" };
        let python = Self { program: PathBuf::from(program) };
        match python.command().arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status() {
            Ok(status) if status.success() => Ok(python),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::Start { program: program.to_owned(), source: error })
            }
            _ => Err(Error::NoProgram {
                program: program.to_owned(),
                install: "Python 3 with pip (Debian, Ubuntu: `apt install python3 python3-pip`; macOS: \
                          `xcode-select --install`)",
            }),
        }
    }

    /// The interpreter of a virtual environment.
    pub(crate) fn of_environment(folder: &Path) -> Self {
        let program = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
        Self { program: folder.join(program) }
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    pub(crate) fn command(&self) -> Command {
        Command::new(&self.program)
    }

    /// What a script of one line prints, without the line's end; nothing where it fails.
    pub(crate) fn evaluate<A: AsRef<OsStr>>(&self, script: &str, arguments: &[A]) -> Option<String> {
        let output =
            self.command().arg("-c").arg(script).args(arguments).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }
}
