//! What the compiler says of itself.

use std::path::PathBuf;
use std::process::Command;

use crate::error::Error;

/// A line of `rustc -vV`, such as that of `host` or of `LLVM version`, without its name.
///
/// # Errors
/// The compiler does not start, or has no such line.
pub(crate) fn field(name: &str) -> Result<String, Error> {
    let text = output("-vV")?;
    let of_line = |line: &str| Some(line.strip_prefix(name)?.strip_prefix(": ")?.to_owned());
    let message = || Error::Output { program: "rustc", message: format!("it does not name its {name}") };
    text.lines().find_map(of_line).ok_or_else(message)
}

/// The folder that the compiler is installed in.
///
/// # Errors
/// The compiler does not start.
pub(crate) fn sysroot() -> Result<PathBuf, Error> {
    Ok(PathBuf::from(output("--print=sysroot")?.trim_end()))
}

fn output(argument: &str) -> Result<String, Error> {
    let output = Command::new("rustc").arg(argument).output();
    let output = output.map_err(|source| Error::Start { program: "rustc".to_owned(), source })?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
