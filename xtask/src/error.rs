//! Everything that can stop a command, each in one sentence that says what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::libtorch::TORCH_VERSION;
use crate::note;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line is wrong.
    Usage(String),
    /// The program is not on the search path.
    NoProgram { program: String, install: &'static str },
    /// The interpreter has no pip.
    NoPip { python: PathBuf },
    /// The package index did not answer.
    NoNetwork,
    /// The package index has no wheel that fits this machine.
    NoWheel { packages: String },
    /// pip failed in a way of its own.
    Pip { packages: String, message: String },
    /// `LIBTORCH` names a folder without `lib`.
    NotLibtorch { folder: PathBuf },
    /// A libtorch of the user's that tch does not fit.
    WrongLibtorch { place: String, found: String },
    /// `LIBTORCH_USE_PYTORCH` without a PyTorch.
    NoPytorch { python: PathBuf },
    /// The wheel unpacked to something else than expected.
    Incomplete { folder: PathBuf },
    /// A file or folder could not be read or written.
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    /// A program could not be started.
    Start { program: String, source: io::Error },
    /// A program that had the terminal failed, and said why itself.
    Child { code: u8 },
    /// A program whose output was read failed.
    Output { program: &'static str, message: String },
    /// blemore-eval costs its dependents more than its budget.
    OverBudget { excesses: Vec<String> },
    /// Inputs on which a parser did not hold.
    Found { findings: Vec<PathBuf> },
    /// What was tried fell short of its goal: what was found, and where to look.
    Short(String),
    /// Parts of the nightly trying that failed.
    Nightly { failures: Vec<String> },
    /// Tests missed something that this machine was said to have.
    NotRun { need: String, line: String },
}

impl Error {
    /// Prints the error and gives the exit code: 2 for wrong usage, a child's own code, 1 otherwise.
    pub(crate) fn report(&self) -> ExitCode {
        if let Self::Child { code } = self {
            return ExitCode::from(*code);
        }
        note::say(&format!("error: {self}"));
        match self {
            Self::Usage(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) => write!(f, "{message} (`cargo xtask help` lists the commands)"),
            Self::NoProgram { program, install } => {
                write!(f, "there is no `{program}` here: install {install}")
            }
            Self::NoPip { python } => write!(
                f,
                "{} has no pip: install it (Debian, Ubuntu: `apt install python3-pip`; elsewhere: `python3 -m ensurepip`)",
                python.display()
            ),
            Self::NoNetwork => write!(
                f,
                "the Python package index does not answer: libtorch comes from there, so connect to the network \
                 (behind a proxy or with a mirror: HTTPS_PROXY, PIP_INDEX_URL) or set LIBTORCH to a libtorch \
                 {TORCH_VERSION} that is already here"
            ),
            Self::NoWheel { packages } => write!(
                f,
                "the Python package index has no {packages} for {} on {}: install libtorch {TORCH_VERSION} another \
                 way and set LIBTORCH to its folder",
                std::env::consts::OS,
                std::env::consts::ARCH
            ),
            Self::Pip { packages, message } => write!(f, "pip could not install {packages}: {message}"),
            Self::NotLibtorch { folder } => write!(
                f,
                "LIBTORCH is {}, and there is no libtorch in it (no folder `lib`): set it to a libtorch \
                 {TORCH_VERSION}, or unset it and one is installed",
                folder.display()
            ),
            Self::WrongLibtorch { place, found } => write!(
                f,
                "{place} is libtorch {found}, and tch needs {TORCH_VERSION}: install that version there, or unset the \
                 variable and it is installed into target/libtorch"
            ),
            Self::NoPytorch { python } => write!(
                f,
                "LIBTORCH_USE_PYTORCH is set and {} has no PyTorch: `pip install torch=={TORCH_VERSION}`, or unset it \
                 and libtorch is installed into target/libtorch",
                python.display()
            ),
            Self::Incomplete { folder } => write!(
                f,
                "the torch wheel did not leave a libtorch {TORCH_VERSION} in {}: set LIBTORCH to one that you install",
                folder.display()
            ),
            Self::Io { doing, path, source } => write!(f, "cannot {doing} {}: {source}", path.display()),
            Self::Start { program, source } => write!(f, "cannot start {program}: {source}"),
            Self::Child { code } => write!(f, "the program ended with exit code {code}"),
            Self::Output { program, message } => write!(f, "{program} failed: {message}"),
            Self::Found { findings } => {
                let paths: Vec<String> = findings.iter().map(|path| path.display().to_string()).collect();
                write!(
                    f,
                    "a parser did not hold on {}: put it into fuzz/corpus and run the tests",
                    paths.join(", ")
                )
            }
            Self::Short(what) => f.write_str(what),
            Self::Nightly { failures } => write!(f, "failed: {}", failures.join("; ")),
            Self::NotRun { need, line } => write!(f, "BLEMORE_REQUIRED asks for {need}. {line}"),
            Self::OverBudget { excesses } => write!(f, "over budget: {}", excesses.join("; ")),
        }
    }
}
