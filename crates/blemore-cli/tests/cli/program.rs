//! Running the program.

use std::ffi::OsStr;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs `blemore` with these arguments.
pub(crate) fn blemore<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    Command::new(crate::PROGRAM).args(arguments).output().unwrap()
}

/// Runs `blemore --json`, holds the document against the schema of the command, and reads it; fails with what the program
/// says.
pub(crate) fn blemore_json<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Value {
    let mut command = Command::new(crate::PROGRAM);
    let output = command.arg("--json").args(arguments).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", stderr(&output));
    blemore_testing::schemas::hold_command(command.get_args().filter_map(OsStr::to_str), &output.stdout)
}

/// Runs `blemore` on input that it must refuse: exit code 2, nothing on stdout, no panic; gives what it says.
pub(crate) fn refusal<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    let output = blemore(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty() && !said.contains("panicked"), "{said}");
    said
}

/// What the program wrote to stderr.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
