//! Handing the command line to the program that is linked to libtorch.

use std::env::{self, consts::EXE_SUFFIX};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use blemore_cli::Failure;

/// Name of the other program.
const NAME: &str = "blemore-torch";

/// Runs `blemore-torch` with this process's arguments, and ends as it ends.
pub(crate) fn exec() -> Result<ExitCode, Failure> {
    let other = other().map_err(|error| {
        Failure::work(format!("cannot tell where blemore lies, to start {NAME} beside it: {error}"))
    })?;
    let mut command = Command::new(&other);
    command.args(env::args_os().skip(1));
    run(command).map_err(|error| explain(&other, &error))
}

/// Whether the other program lies beside this one.
pub(crate) fn is_there() -> bool {
    other().is_ok_and(|other| other.is_file())
}

fn other() -> io::Result<PathBuf> {
    let own = env::current_exe()?;
    // Behind symbolic links lies the folder that has both.
    let own = own.canonicalize().unwrap_or(own);
    Ok(own.with_file_name(format!("{NAME}{EXE_SUFFIX}")))
}

/// Becomes the command: signals, limits and the process's number stay what they are.
#[cfg(unix)]
fn run(mut command: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

/// Waits for the command.
#[cfg(not(unix))]
fn run(mut command: Command) -> io::Result<ExitCode> {
    let status = command.status()?;
    // A code that does not fit is a crash.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn explain(other: &Path, error: &io::Error) -> Failure {
    let path = other.display();
    if error.kind() == io::ErrorKind::NotFound {
        let failure = Failure::input(format!(
            "reproduce, encode, cross-validate, sweep, test and predict run a network, and {path}, which has libtorch for \
             them, is not there: in the repository, this gets libtorch and makes it"
        ));
        let is_built = other.parent().is_some_and(|folder| folder.ends_with("target/release"));
        let make = if is_built { "build --release" } else { "install --path crates/blemore-torch" };
        return failure.advised(Some(format!("cargo xtask setup && cargo {make}")));
    }
    Failure::work(format!("cannot start {path}: {error}"))
}
