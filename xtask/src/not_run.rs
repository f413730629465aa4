//! The tests that could not run on this machine: they say so in a file, see `crates/blemore-testing`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::error::Error;
use crate::workspace::Workspace;

/// The environment variable that names the file.
pub(crate) const VARIABLE: &str = "BLEMORE_TESTS_NOT_RUN";
/// The environment variable with what this machine must have, separated by commas: tests that miss it fail the run.
const REQUIRED: &str = "BLEMORE_REQUIRED";

/// The file that tests write to.
#[derive(Debug)]
pub(crate) struct NotRun {
    path: PathBuf,
}

impl NotRun {
    /// An empty list.
    ///
    /// # Errors
    /// The list of an earlier run cannot be removed.
    pub(crate) fn begin(workspace: &Workspace) -> Result<Self, Error> {
        let path = workspace.target().join("tests-not-run");
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::Io { doing: "remove", path, source })
            }
            _ => Ok(Self { path }),
        }
    }

    /// Adds tests that did not run to the list.
    ///
    /// # Errors
    /// The list cannot be written.
    pub(crate) fn add(&self, need: &str, tests: &str) -> Result<(), Error> {
        let opened = fs::OpenOptions::new().create(true).append(true).open(&self.path);
        let written = opened.and_then(|mut file| writeln!(file, "{need}\t{tests}"));
        written.map_err(|source| Error::Io { doing: "write", path: self.path.clone(), source })
    }

    pub(crate) fn path(&self) -> OsString {
        self.path.clone().into_os_string()
    }

    /// The line that names the tests if there are any, and whether one of them missed what this machine must have.
    ///
    /// # Errors
    /// The list cannot be read; [`Error::NotRun`].
    pub(crate) fn end(self) -> Result<Option<String>, Error> {
        let list = match fs::read_to_string(&self.path) {
            Err(source) if source.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(Error::Io { doing: "read", path: self.path, source }),
            Ok(list) => list,
        };
        let tests = by_need(&list);
        let line = (!tests.is_empty()).then(|| line(&tests));
        let required = std::env::var(REQUIRED).unwrap_or_default();
        let missed = required.split(',').map(str::trim).find(|need| tests.contains_key(need));
        match missed {
            Some(need) => Err(Error::NotRun { need: need.to_owned(), line: line.unwrap_or_default() }),
            None => Ok(line),
        }
    }
}

/// Tests by what they need.
type Tests<'list> = BTreeMap<&'list str, Vec<&'list str>>;

fn by_need(list: &str) -> Tests<'_> {
    let mut tests = Tests::new();
    for (need, test) in list.lines().filter_map(|line| line.split_once('\t')) {
        tests.entry(need).or_default().push(test);
    }
    for named in tests.values_mut() {
        named.sort_unstable();
        // A test can look for several files.
        named.dedup();
    }
    tests
}

fn line(tests: &Tests<'_>) -> String {
    let groups: Vec<String> = tests
        .iter()
        .map(|(need, tests)| {
            let count = tests.len();
            let noun = if count == 1 { "test needs" } else { "tests need" };
            format!("{count} {noun} {need} ({})", tests.join(", "))
        })
        .collect();
    format!("not run here: {}", groups.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_a_command_adds_are_named_with_those_that_say_so_themselves() {
        let path = std::env::temp_dir().join(format!("blemore-xtask-not-run-{}", std::process::id()));
        fs::write(&path, "a GPU\ta::x\n").unwrap();
        let not_run = NotRun { path: path.clone() };
        not_run.add("Python", "blemore-python").unwrap();
        let line = not_run.end();
        fs::remove_file(path).unwrap();
        let expected = "not run here: 1 test needs Python (blemore-python); 1 test needs a GPU (a::x)";
        assert_eq!(line.unwrap().unwrap(), expected);
    }

    #[test]
    fn nothing_is_said_where_no_test_said_anything() {
        let path = std::env::temp_dir().join(format!("blemore-xtask-all-run-{}", std::process::id()));
        assert_eq!(NotRun { path }.end().unwrap(), None);
    }

    #[test]
    fn one_line_names_every_test_once() {
        let list = "a GPU\tb::y\nreference files\ta::x\nreference files\ta::x\nreference files\ta::w\n";
        assert_eq!(
            line(&by_need(list)),
            "not run here: 1 test needs a GPU (b::y); 2 tests need reference files (a::w, a::x)"
        );
    }
}
