//! `cargo xtask fuzz`: every parser on bytes that libFuzzer makes up. Needs no nightly Rust: the counters of libFuzzer are a
//! pass of LLVM, which the stable compiler has too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::setup;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::folders::create;
use crate::note;
use crate::table;
use crate::workspace::Workspace;

/// What makes the compiler count the edges of the program that a run passes. Overflows and failed assertions end a run.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                     -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1";
/// Most runs of a parser.
const MOST_RUNS: u64 = 10_000_000;
/// A run that takes longer, in seconds, is a finding; so is one that takes more memory, in MiB.
const LONGEST_RUN: u32 = 10;
const MOST_MEMORY: u32 = 2_048;

/// What one parser went through.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    runs: u64,
    edges: u64,
    all_edges: u64,
    finding: Option<PathBuf>,
}

/// Runs the parsers of these names, or all, one after the other, each for so many seconds or [`MOST_RUNS`]; prints a table.
///
/// # Errors
/// [`Error::Found`] with the inputs on which a parser did not hold.
pub(crate) fn fuzz(workspace: &Workspace, seconds: u32, names: &[String]) -> Result<(), Error> {
    let known = targets(workspace)?;
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        return Err(Error::Usage(format!("there is no parser {name}, only {}", known.join(", "))));
    }
    let names = if names.is_empty() { known } else { names.to_vec() };
    let programs = build(workspace)?;
    let mut rows = Vec::new();
    let mut findings = Vec::new();
    for name in names {
        let start = Instant::now();
        let found = run(workspace, &programs, &name, seconds)?;
        rows.push([
            name,
            found.runs.to_string(),
            start.elapsed().as_secs().to_string(),
            found.edges.to_string(),
            found.all_edges.to_string(),
            found.finding.as_ref().map_or("none".to_owned(), |path| path.display().to_string()),
        ]);
        findings.extend(found.finding);
    }
    note::print(&table::render(["parser", "runs", "seconds", "edges", "of", "found"], &rows));
    if findings.is_empty() { Ok(()) } else { Err(Error::Found { findings }) }
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("fuzz")
}

/// The names of the programs in `fuzz/fuzz_targets`.
fn targets(workspace: &Workspace) -> Result<Vec<String>, Error> {
    let path = folder(workspace).join("fuzz_targets");
    let entries = fs::read_dir(&path).map_err(|source| Error::Io { doing: "read", path, source })?;
    let stem = |entry: fs::DirEntry| Some(entry.path().file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = entries.flatten().filter_map(stem).collect();
    names.sort();
    Ok(names)
}

/// Builds the programs, with the versions of the workspace's dependencies; gives the folder that they are in.
fn build(workspace: &Workspace) -> Result<PathBuf, Error> {
    let libtorch = setup(workspace)?;
    let lock = folder(workspace).join("Cargo.lock");
    fs::copy(workspace.root().join("Cargo.lock"), &lock).map_err(|source| Error::Io {
        doing: "write",
        path: lock,
        source,
    })?;
    let target = workspace.target().join("fuzz");
    let host = host()?;
    Cargo::of_manifest(&folder(workspace).join("Cargo.toml"), "build")
        .args(["--release", "--bins", "--target", &host, "--target-dir"])
        .args([target.as_os_str()])
        .env("RUSTFLAGS", FLAGS)
        .with(&libtorch)
        .run()?;
    Ok(target.join(host).join("release"))
}

/// The name of this machine's target. With it named, the flags do not reach build scripts, which have no libFuzzer.
fn host() -> Result<String, Error> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.map_err(|source| Error::Start { program: "rustc".to_owned(), source })?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| Error::Output { program: "rustc", message: "it names no host".to_owned() })
}

fn run(workspace: &Workspace, programs: &Path, name: &str, seconds: u32) -> Result<Outcome, Error> {
    // libFuzzer writes what it finds into the first folder; the corpus in the tree stays as it is.
    let own = workspace.target().join("fuzz").join("corpus").join(name);
    let findings = workspace.target().join("fuzz").join("findings");
    create(&own)?;
    create(&findings)?;
    let mut command = Command::new(programs.join(name));
    command
        .args([format!("-max_total_time={seconds}"), format!("-runs={MOST_RUNS}")])
        .args([format!("-timeout={LONGEST_RUN}"), format!("-rss_limit_mb={MOST_MEMORY}")])
        .args(["-print_final_stats=1".to_owned(), format!("-artifact_prefix={}/{name}-", findings.display())])
        .arg(own)
        .arg(folder(workspace).join("corpus").join(name))
        // A panic is told in a line; where it came from is asked of the one input that it is about.
        .env("RUST_BACKTRACE", "0");
    note::say(&format!("{name}: for {seconds} s"));
    let output = command.output().map_err(|source| Error::Start { program: name.to_owned(), source })?;
    let log = String::from_utf8_lossy(&output.stderr);
    let found = read(&log);
    if !output.status.success() && found.finding.is_none() {
        let message = log.lines().last().unwrap_or("it gave no reason").to_owned();
        return Err(Error::Output { program: "the fuzzer", message });
    }
    if found.finding.is_some() {
        log.lines()
            .filter(|line| line.contains("panicked") || line.starts_with("SUMMARY"))
            .for_each(note::say);
    }
    Ok(found)
}

/// What libFuzzer's log says.
fn read(log: &str) -> Outcome {
    let mut outcome = Outcome::default();
    let number = |text: &str| text.split_whitespace().next().and_then(|word| word.parse().ok());
    for line in log.lines() {
        if let Some((_, rest)) = line.split_once(" cov: ") {
            outcome.edges = number(rest).unwrap_or(outcome.edges);
        } else if line.starts_with("INFO: Loaded") && line.contains("inline 8-bit counters") {
            let counters = line.split_once('(').and_then(|(_, rest)| number(rest));
            outcome.all_edges = counters.unwrap_or(0);
        } else if let Some(rest) = line.strip_prefix("stat::number_of_executed_units:") {
            outcome.runs = number(rest).unwrap_or(0);
        } else if let Some((_, path)) = line.split_once("Test unit written to ") {
            outcome.finding = Some(PathBuf::from(path));
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_libfuzzer_is_read() {
        let log = "INFO: Loaded 1 modules   (5417 inline 8-bit counters): 5417 [0x1, 0x2), \n\
                   #2\tINITED cov: 98 ft: 99 corp: 1/1b exec/s: 0 rss: 36Mb\n\
                   #500\tDONE   cov: 120 ft: 150 corp: 9/60b lim: 4 exec/s: 250 rss: 40Mb\n\
                   stat::number_of_executed_units: 500\n";
        let expected = Outcome { runs: 500, edges: 120, all_edges: 5417, finding: None };
        assert_eq!(read(log), expected);
        let found = read("artifact_prefix='x/'; Test unit written to x/npy-crash-1\n");
        assert_eq!(found.finding, Some(PathBuf::from("x/npy-crash-1")));
    }
}
