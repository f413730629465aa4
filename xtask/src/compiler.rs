//! The C++ compiler that the bindings to libtorch are built with.

use std::process::{Command, Stdio};

use crate::error::Error;

/// Looks for the compiler before a long download rather than after it. Visual C++ is not on the search path: there the
/// build itself has to find it.
pub(crate) fn check() -> Result<(), Error> {
    if cfg!(windows) {
        return Ok(());
    }
    let named = std::env::var("CXX").unwrap_or_default();
    // `CXX` may hold arguments, or a wrapper before the compiler.
    let program = named.split_whitespace().next().unwrap_or("c++");
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    match found {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Error::NoProgram {
            program: program.to_owned(),
            install: "a C++ compiler (Debian, Ubuntu: `apt install g++`; Fedora: `dnf install gcc-c++`; macOS: \
                      `xcode-select --install`)",
        }),
    }
}
