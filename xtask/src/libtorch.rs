//! The libtorch that the workspace is built with.

mod install;
mod version;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::folders::search_path_with;
use crate::note;
use crate::python::Python;
use crate::workspace::Workspace;

/// The libtorch that tch 0.24 is made for.
pub(crate) const TORCH_VERSION: &str = "2.11.0";

/// A libtorch that is there and fits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Libtorch {
    /// The one in `target/libtorch`, which `.cargo/config.toml` names.
    Installed { folder: PathBuf },
    /// The user's own: `LIBTORCH`, as an absolute path.
    Folder { folder: PathBuf },
    /// The user's own, in a way that only the bindings' build script resolves (`LIBTORCH_USE_PYTORCH`, or
    /// `LIBTORCH_INCLUDE` with `LIBTORCH_LIB`).
    Elsewhere,
}

impl Libtorch {
    /// The user's own libtorch where a variable names one, else that in `target/libtorch`, which is installed if it is not
    /// there yet.
    pub(crate) fn ensure(workspace: &Workspace) -> Result<Self, Error> {
        let variables = Variables::of_this_process();
        let default = workspace.target().join("libtorch").join("torch");
        match variables.choose(&default)? {
            Choice::Default => installed(workspace, default),
            Choice::Folder(folder) => {
                check_folder(&folder, variables.any_version)?;
                Ok(Self::Folder { folder })
            }
            Choice::Pytorch => {
                check_pytorch(variables.any_version)?;
                Ok(Self::Elsewhere)
            }
            Choice::Parts => Ok(Self::Elsewhere),
        }
    }

    /// Gives a cargo that is started the same environment as a cargo that the user starts, so that neither builds anew
    /// what the other has built.
    pub(crate) fn apply(&self, command: &mut Command) {
        match self {
            Self::Installed { folder } => {
                command.env_remove("LIBTORCH");
                find_libraries_on_windows(command, folder);
            }
            Self::Folder { folder } => {
                command.env("LIBTORCH", folder);
                find_libraries_on_windows(command, folder);
            }
            Self::Elsewhere => {}
        }
    }
}

/// There are no run paths on Windows: libraries are found where programs are.
fn find_libraries_on_windows(command: &mut Command, libtorch: &Path) {
    if cfg!(windows) {
        command.env("PATH", search_path_with(&libtorch.join("lib")));
    }
}

/// The variables that the bindings' build script knows.
#[derive(Debug, Default)]
struct Variables {
    libtorch: Option<OsString>,
    use_pytorch: bool,
    include_and_lib: bool,
    any_version: bool,
}

/// Which libtorch the variables ask for.
#[derive(Debug, PartialEq, Eq)]
enum Choice {
    Default,
    Folder(PathBuf),
    Pytorch,
    Parts,
}

impl Variables {
    fn of_this_process() -> Self {
        let is_set = |name| std::env::var_os(name).is_some();
        Self {
            libtorch: std::env::var_os("LIBTORCH"),
            use_pytorch: is_set("LIBTORCH_USE_PYTORCH"),
            include_and_lib: is_set("LIBTORCH_INCLUDE") && is_set("LIBTORCH_LIB"),
            any_version: is_set("LIBTORCH_BYPASS_VERSION_CHECK"),
        }
    }

    /// In the order in which the build script looks. `LIBTORCH` is always set here, by `.cargo/config.toml`: only another
    /// folder than that one is the user's.
    fn choose(&self, default: &Path) -> Result<Choice, Error> {
        if self.use_pytorch {
            return Ok(Choice::Pytorch);
        }
        if self.include_and_lib {
            return Ok(Choice::Parts);
        }
        match &self.libtorch {
            Some(folder) if !folder.is_empty() && Path::new(folder) != default => {
                // The build script runs in a folder of its own, where a relative path would mean something else.
                let absolute = std::path::absolute(folder).map_err(|source| Error::Io {
                    doing: "resolve LIBTORCH",
                    path: PathBuf::from(folder),
                    source,
                })?;
                Ok(if absolute == default { Choice::Default } else { Choice::Folder(absolute) })
            }
            _ => Ok(Choice::Default),
        }
    }
}

/// The libtorch in `target/libtorch`; one of another version, left by an older checkout, is replaced.
fn installed(workspace: &Workspace, folder: PathBuf) -> Result<Libtorch, Error> {
    if !install::is_complete(&folder) {
        if let Some(found) = version::of_folder(&folder) {
            note::say(&format!("target/libtorch holds libtorch {found}; {TORCH_VERSION} takes its place"));
        }
        install::install(&workspace.target())?;
    }
    Ok(Libtorch::Installed { folder })
}

/// Folders without a version in them (a system's package) are taken at their word.
fn check_folder(folder: &Path, any_version: bool) -> Result<(), Error> {
    if !folder.join("lib").is_dir() {
        return Err(Error::NotLibtorch { folder: folder.to_owned() });
    }
    match version::of_folder(folder) {
        Some(found) if !any_version && !version::fits(&found) => {
            Err(Error::WrongLibtorch { place: format!("LIBTORCH ({})", folder.display()), found })
        }
        _ => Ok(()),
    }
}

fn check_pytorch(any_version: bool) -> Result<(), Error> {
    let python = Python::find()?;
    let Some(found) = python.evaluate("import torch; print(torch.__version__)", &[] as &[&str]) else {
        return Err(Error::NoPytorch { python: python.program().to_owned() });
    };
    if any_version || version::fits(&found) {
        return Ok(());
    }
    Err(Error::WrongLibtorch { place: "the PyTorch of LIBTORCH_USE_PYTORCH".to_owned(), found })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = "/workspace/target/libtorch/torch";

    fn choose(variables: &Variables) -> Choice {
        variables.choose(Path::new(DEFAULT)).unwrap()
    }

    #[test]
    fn the_folder_that_cargo_sets_is_not_the_users() {
        for libtorch in [None, Some(""), Some(DEFAULT)] {
            let variables = Variables { libtorch: libtorch.map(OsString::from), ..Variables::default() };
            assert_eq!(choose(&variables), Choice::Default, "{libtorch:?}");
        }
    }

    #[test]
    fn a_folder_of_the_users_wins_and_becomes_absolute() {
        let own = |folder: &str| Variables { libtorch: Some(folder.into()), ..Variables::default() };
        assert_eq!(choose(&own("/opt/libtorch")), Choice::Folder(PathBuf::from("/opt/libtorch")));
        let here = std::env::current_dir().unwrap();
        assert_eq!(choose(&own("libtorch")), Choice::Folder(here.join("libtorch")));
    }

    #[test]
    fn pytorch_wins_over_a_folder_as_in_the_bindings() {
        let variables =
            Variables { libtorch: Some("/opt/libtorch".into()), use_pytorch: true, ..Variables::default() };
        assert_eq!(choose(&variables), Choice::Pytorch);
    }

    #[test]
    fn a_folder_of_the_users_is_checked_and_its_fault_named() {
        let folder = std::env::temp_dir().join(format!("blemore-xtask-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("lib")).unwrap();
        std::fs::write(folder.join("build-version"), "2.5.1+cu124\n").unwrap();
        let refused = check_folder(&folder, false).unwrap_err().to_string();
        let bypassed = check_folder(&folder, true);
        std::fs::write(folder.join("build-version"), "2.11.0+cpu\n").unwrap();
        let accepted = check_folder(&folder, false);
        std::fs::remove_dir_all(&folder).unwrap();
        let missing = check_folder(&folder, false).unwrap_err().to_string();

        assert!(refused.contains("2.5.1+cu124") && refused.contains(TORCH_VERSION), "{refused}");
        assert!(bypassed.is_ok());
        assert!(accepted.is_ok());
        assert!(missing.contains("no libtorch in it"), "{missing}");
    }

    #[test]
    fn the_version_is_the_one_that_the_locked_bindings_are_made_for() {
        // Each release of torch-sys is made for one libtorch. Change the three together: this line, the constant above and
        // the lock file.
        let bindings = "name = \"torch-sys\"\nversion = \"0.24.0\"\n";
        let lock = std::fs::read_to_string(Workspace::of_this_program().root().join("Cargo.lock")).unwrap();
        assert!(lock.replace("\r\n", "\n").contains(bindings));
        assert_eq!(TORCH_VERSION, "2.11.0");
    }
}
