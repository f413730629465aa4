//! Handing the command line to the program that is linked to libtorch.

use std::env::{self, consts::EXE_SUFFIX};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use blemore_cli::Failure;

/// Name of the other program.
const NAME: &str = "blemore-torch";

/// What to do where it is not there.
pub(crate) const HOW_TO_GET_IT: &str = "reproduce, trivial, cross-validate, merge, report, test, predict and completions are \
    in blemore-torch, which `cargo build --release` makes beside blemore, and `cargo install --path crates/blemore-torch` \
    installs.";

/// From which size on an array's memory comes from the system and goes back when it is freed, where the C library is
/// glibc. It would raise that size to 32 MB by itself, and fits would sometimes have 14 MB beside them that earlier ones
/// had freed.
const MMAP_THRESHOLD: &str = "MALLOC_MMAP_THRESHOLD_";
const MMAP_BYTES: &str = "4194304";

/// Runs `blemore-torch`, which may know this word as a command, with this process's arguments, and ends as it ends.
pub(crate) fn to_torch(word: Option<&OsString>) -> Result<ExitCode, Failure> {
    let own = env::current_exe().map_err(|error| {
        Failure::work(format!("cannot tell where blemore lies, to start {NAME} beside it: {error}"))
    })?;
    // Behind symbolic links lies the folder that has both.
    let own = own.canonicalize().unwrap_or(own);
    let other = own.with_file_name(format!("{NAME}{EXE_SUFFIX}"));
    let mut command = Command::new(&other);
    command.args(env::args_os().skip(1));
    if env::var_os(MMAP_THRESHOLD).is_none() {
        command.env(MMAP_THRESHOLD, MMAP_BYTES);
    }
    run(command).map_err(|error| explain(word, &other, &error))
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

fn explain(word: Option<&OsString>, other: &Path, error: &io::Error) -> Failure {
    let other = other.display();
    if error.kind() == io::ErrorKind::NotFound {
        let word = word.map(|word| word.display().to_string()).unwrap_or_default();
        return Failure::input(format!("{word} is no command, or one that needs {other}: {HOW_TO_GET_IT}"));
    }
    Failure::work(format!("cannot start {other}: {error}"))
}
