//! The slowest tests: each test program is started by this one, which reads from its output how long every test took.
//!
//! The times are those of libtest's `--report-time`, which asks for `RUSTC_BOOTSTRAP` where Rust is stable. The variable is
//! set for the test programs alone, so that nothing is built otherwise.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo::Cargo;
use crate::error::Error;
use crate::note;
use crate::table;
use crate::tee;
use crate::workspace::Workspace;

/// The command of this program that starts a test program.
pub(crate) const RUNNER: &str = "run-test-program";
/// The environment variable with the file that the times go to.
const VARIABLE: &str = "BLEMORE_TEST_TIMES";
/// How many tests are named.
const SHOWN: usize = 10;

/// The file that the times go to.
#[derive(Debug)]
pub(crate) struct Times {
    path: PathBuf,
}

impl Times {
    /// An empty list.
    ///
    /// # Errors
    /// The list cannot be written.
    pub(crate) fn begin(workspace: &Workspace) -> Result<Self, Error> {
        let path = workspace.target().join("test-times");
        fs::write(&path, "").map_err(|source| Error::Io { doing: "write", path: path.clone(), source })?;
        Ok(Self { path })
    }

    /// A cargo that starts test programs by this one, with the file for the times.
    ///
    /// # Errors
    /// This program cannot tell where it is.
    pub(crate) fn note(&self, cargo: Cargo) -> Result<Cargo, Error> {
        let own = std::env::current_exe()
            .map_err(|source| Error::Start { program: "this program again".to_owned(), source })?;
        // Debug is the form of a string in TOML too.
        let runner = format!("target.'cfg(all())'.runner = [{:?}, {RUNNER:?}]", own.display().to_string());
        Ok(cargo.args(["--config", &runner]).env(VARIABLE, self.path.clone()))
    }

    /// Prints the slowest tests.
    pub(crate) fn print(&self) {
        let rows = slowest(&fs::read_to_string(&self.path).unwrap_or_default());
        if !rows.is_empty() {
            note::say(&table::render(["slowest tests", "seconds"], &rows));
        }
    }
}

/// Lines of seconds and test, as a table of the slowest.
fn slowest(list: &str) -> Vec<[String; 2]> {
    let line = |line: &str| {
        let (seconds, test) = line.split_once('\t')?;
        Some((seconds.parse::<f64>().ok()?, test.to_owned()))
    };
    let mut times: Vec<(f64, String)> = list.lines().filter_map(line).collect();
    times.sort_by(|left, right| right.0.total_cmp(&left.0));
    times.into_iter().take(SHOWN).map(|(seconds, test)| [test, format!("{seconds:.1}")]).collect()
}

/// Starts a test program, passes its output on, and notes how long each test took.
///
/// # Errors
/// [`Error::Child`] with the program's exit code.
pub(crate) fn run_test_program(words: &[OsString]) -> Result<(), Error> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Error::Usage(format!("{RUNNER} is for cargo, and needs a program")));
    };
    let path = Path::new(program);
    let start = |source| Error::Start { program: path.display().to_string(), source };
    let mut command = Command::new(program);
    command.args(arguments);
    let list = std::env::var_os(VARIABLE);
    // Programs that are no tests, and tests whose output is asked for in a form of its own, run as they are.
    let is_test = path.parent().is_some_and(|folder| folder.ends_with("deps"));
    let (true, Some(list)) = (is_test, list) else { return ended(command.status().map_err(start)?) };
    command.args(["-Zunstable-options", "--report-time"]).env("RUSTC_BOOTSTRAP", "1").stdout(Stdio::piped());
    let mut child = command.spawn().map_err(start)?;
    let crate_name = crate_of(path);
    let mut times = String::new();
    if let Some(output) = child.stdout.take() {
        tee::pass_on(output, io::stdout(), |line| {
            if let Some((test, seconds)) = time_of(&line) {
                times += &format!("{seconds}\t{crate_name} {test}\n");
            }
        });
    }
    let added =
        OpenOptions::new().append(true).open(&list).and_then(|mut file| file.write_all(times.as_bytes()));
    added.map_err(|source| Error::Io { doing: "write", path: list.into(), source })?;
    ended(child.wait().map_err(start)?)
}

fn ended(status: std::process::ExitStatus) -> Result<(), Error> {
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    if status.success() { Ok(()) } else { Err(Error::Child { code }) }
}

/// The name of the crate, from a program such as `deps/eval-e8cb01`.
fn crate_of(program: &Path) -> String {
    let stem = program.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    stem.rsplit_once('-').map_or(stem.clone(), |(name, _)| name.to_owned())
}

/// Test and seconds of `test NAME ... ok <0.123s>`.
fn time_of(line: &str) -> Option<(&str, f64)> {
    let (test, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let seconds = rest.rsplit_once('<')?.1.strip_suffix("s>")?;
    Some((test, seconds.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_from_what_libtest_prints() {
        assert_eq!(time_of("test a::b ... ok <1.250s>"), Some(("a::b", 1.25)));
        assert_eq!(time_of("test a::b ... FAILED <0.001s>"), Some(("a::b", 0.001)));
        for other in ["running 3 tests", "test a::b ... ignored", "test result: ok. 3 passed", ""] {
            assert_eq!(time_of(other), None, "{other}");
        }
        assert_eq!(crate_of(Path::new("target/debug/deps/blemore_eval-0123abcd")), "blemore_eval");
    }

    #[test]
    fn the_slowest_come_first_and_ten_at_most() {
        let list: String = (0..12).map(|number| format!("{number}.5\tcrate test{number}\n")).collect();
        let rows = slowest(&list);
        assert_eq!((rows.len(), &rows[0]), (10, &["crate test11".to_owned(), "11.5".to_owned()]));
    }
}
