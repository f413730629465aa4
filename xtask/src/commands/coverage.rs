//! Which share of the lines below the programs the tests run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::setup::programs_and_weights;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::libtorch::Libtorch;
use crate::not_run::{self, NotRun};
use crate::note;
use crate::rustc;
use crate::tools;
use crate::workspace::Workspace;

const PROGRAM: &str = "cargo-llvm-cov";
/// The least share of lines, in percent.
const LEAST: f64 = 90.0;
/// Folders whose lines do not count: the programs and the Python package, and what only developers run. Those of tests,
/// benchmarks and examples are left out anyway.
const NOT_COUNTED: &str =
    "/(crates/blemore-(cli|torch|python|testing|fuzzing)|examples|benches|xtask|target|fuzz)/";

/// Runs all tests on a build that counts its lines; prints a table of files, and gives the share.
///
/// # Errors
/// [`Error::Short`] where a test fails, or the share is too small.
pub(super) fn coverage(workspace: &Workspace, libtorch: &Libtorch) -> Result<String, Error> {
    let counter = Counter::new(workspace)?;
    counter.cargo_llvm_cov().args(["clean", "--profraw-only"]).run()?;
    programs_and_weights(&folder(workspace));
    let cargo = |subcommand| counter.counting(Cargo::new(workspace, subcommand).with(libtorch));
    // What tests start.
    cargo("build").args(["--workspace", "--lib", "--examples"]).run()?;
    let not_run = NotRun::begin(workspace)?;
    let tests = cargo("test").args(["--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    let tested = tests.env(not_run::VARIABLE, not_run.path()).run().is_ok();
    if let Some(line) = not_run.end()? {
        note::say(&line);
    }
    // Programs that tests kill leave counts that break off.
    let report = counter.cargo_llvm_cov().args(["report", "--failure-mode", "all"]);
    let report = report.args(["--ignore-filename-regex", NOT_COUNTED]).watch()?;
    let share = report.line_with("TOTAL").and_then(lines_covered);
    let share = share.ok_or_else(|| Error::Short("there is no table of lines".to_owned()))?;
    let said = format!("{share:.1} % of lines below the programs");
    match (tested, share >= LEAST) {
        (true, true) => Ok(said),
        (true, false) => Err(Error::Short(format!("{said}, and {LEAST} % are the least"))),
        (false, _) => Err(Error::Short(format!("{said}, and tests failed"))),
    }
}

/// A build folder of its own, as all is compiled in another way.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("coverage")
}

/// The share of lines in a line of the table, in percent: the third share, after those of regions and functions.
fn lines_covered(line: &str) -> Option<f64> {
    line.split_whitespace().filter_map(|word| word.strip_suffix('%')).nth(2)?.parse().ok()
}

/// cargo-llvm-cov, and what it asks of builds and tests.
struct Counter {
    program: PathBuf,
    environment: Vec<(String, String)>,
}

impl Counter {
    /// # Errors
    /// cargo-llvm-cov cannot be installed, or there are no LLVM tools that read what this compiler's programs count.
    fn new(workspace: &Workspace) -> Result<Self, Error> {
        let [reader, merger] = llvm_tools()?.map(|path| path.display().to_string());
        let folder = folder(workspace).display().to_string();
        let own = [("LLVM_COV", reader), ("LLVM_PROFDATA", merger), ("CARGO_TARGET_DIR", folder)];
        let program = tools::ensure(workspace, PROGRAM)?;
        let environment = own.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let mut counter = Self { program, environment };
        let asked = counter.cargo_llvm_cov().args(["show-env"]).output()?;
        counter.environment.extend(asked.lines().filter_map(variable));
        Ok(counter)
    }

    fn cargo_llvm_cov(&self) -> Cargo {
        self.counting(Cargo::of_program(&self.program, "llvm-cov"))
    }

    fn counting(&self, cargo: Cargo) -> Cargo {
        self.environment.iter().fold(cargo, |cargo, (name, value)| cargo.env(name, value.as_str()))
    }
}

/// Name and value of `NAME=VALUE` or `NAME='VALUE'`.
fn variable(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let value = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value);
    Some((name.to_owned(), value.to_owned()))
}

/// `llvm-cov` and `llvm-profdata`: of the Rust toolchain where it has them, else of the system, of the version that the
/// compiler is made with.
fn llvm_tools() -> Result<[PathBuf; 2], Error> {
    let names = ["llvm-cov", "llvm-profdata"];
    let version = rustc::field("LLVM version")?;
    let major = version.split('.').next().unwrap_or_default();
    let of_rust = rustc::sysroot()?.join("lib").join("rustlib").join(rustc::field("host")?).join("bin");
    let of_rust = names.map(|name| of_rust.join(name).with_extension(std::env::consts::EXE_EXTENSION));
    let of_system = names.map(|name| PathBuf::from(format!("{name}-{major}")));
    [of_rust, of_system].into_iter().find(|tools| tools.iter().all(|tool| starts(tool))).ok_or_else(|| {
        Error::Short(format!(
            "there is no llvm-cov {major} with llvm-profdata: `rustup component add llvm-tools` (Debian: `apt install \
             llvm-{major}`)"
        ))
    })
}

fn starts(program: &Path) -> bool {
    let started = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    started.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_lines_is_the_third_of_a_table() {
        let line = "TOTAL  2000  200  90.00%  300  6  98.00%  1000  85  91.50%  0  0  -";
        assert_eq!(lines_covered(line), Some(91.5));
        assert_eq!(lines_covered("TOTAL"), None);
    }

    #[test]
    fn variables_lose_their_quotes() {
        let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(variable("A='b=c d'"), pair("A", "b=c d"));
        assert_eq!(variable("A=1"), pair("A", "1"));
        assert_eq!(variable("nothing"), None);
    }
}
