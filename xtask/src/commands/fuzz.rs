//! `cargo xtask fuzz`: every parser on bytes that libFuzzer makes up. Needs no nightly Rust: the counters of libFuzzer are a
//! pass of LLVM, which the stable compiler has too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use super::setup;
use crate::cargo::Cargo;
use crate::error::Error;
use crate::folders::create;
use crate::note;
use crate::rustc;
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
    seconds: u64,
    edges: u64,
    all_edges: u64,
    finding: Option<PathBuf>,
}

/// Runs the parsers of these names, or all, as many at once as there are processors, each for so many seconds or
/// [`MOST_RUNS`]; prints a table, and gives the sum of it.
///
/// # Errors
/// [`Error::Found`] with the inputs on which a parser did not hold.
pub(crate) fn fuzz(workspace: &Workspace, seconds: u32, names: &[String]) -> Result<String, Error> {
    let known = targets(workspace)?;
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        return Err(Error::Usage(format!("there is no parser {name}, only {}", known.join(", "))));
    }
    let names = if names.is_empty() { known } else { names.to_vec() };
    let programs = build(workspace)?;
    let outcomes = in_turn(&names, |name| run(workspace, &programs, name, seconds));
    let outcomes = outcomes.into_iter().collect::<Result<Vec<Outcome>, Error>>()?;
    let row = |(name, found): (&String, &Outcome)| {
        let finding = found.finding.as_ref().map_or("none".to_owned(), |path| path.display().to_string());
        let numbers =
            [found.runs, found.seconds, found.edges, found.all_edges].map(|number| number.to_string());
        let [runs, seconds, edges, all_edges] = numbers;
        [name.clone(), runs, seconds, edges, all_edges, finding]
    };
    let rows: Vec<[String; 6]> = names.iter().zip(&outcomes).map(row).collect();
    note::print(&table::render(["parser", "runs", "seconds", "edges", "of", "found"], &rows));
    let runs: u64 = outcomes.iter().map(|found| found.runs).sum();
    let findings: Vec<PathBuf> = outcomes.into_iter().filter_map(|found| found.finding).collect();
    if findings.is_empty() {
        Ok(format!("{} parsers, {:.1} million runs, no findings", names.len(), runs as f64 / 1e6))
    } else {
        Err(Error::Found { findings })
    }
}

/// What comes of each name, in the order of the names; as many are worked at as there are processors.
fn in_turn<T: Send>(names: &[String], work: impl Fn(&str) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|place| *place < names.len());
        std::iter::from_fn(take).map(|place| (place, work(&names[place]))).collect::<Vec<_>>()
    };
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..count).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect()
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, outcome)| outcome).collect()
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
    // With it named, the flags do not reach build scripts, which have no libFuzzer.
    let host = rustc::field("host")?;
    Cargo::of_manifest(&folder(workspace).join("Cargo.toml"), "build")
        .args(["--release", "--bins", "--target", &host, "--target-dir"])
        .args([target.as_os_str()])
        .env("RUSTFLAGS", FLAGS)
        .with(&libtorch)
        .run()?;
    Ok(target.join(host).join("release"))
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
    let start = Instant::now();
    let output = command.output().map_err(|source| Error::Start { program: name.to_owned(), source })?;
    let log = String::from_utf8_lossy(&output.stderr);
    let found = Outcome { seconds: start.elapsed().as_secs(), ..read(&log) };
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
    fn each_name_is_worked_at_once_and_its_outcome_stands_at_its_place() {
        let names: Vec<String> = (0..50).map(|number| format!("parser{number}")).collect();
        assert_eq!(in_turn(&names, str::to_owned), names);
        assert!(in_turn(&[], str::to_owned).is_empty());
    }

    #[test]
    fn a_log_of_libfuzzer_is_read() {
        let log = "INFO: Loaded 1 modules   (5417 inline 8-bit counters): 5417 [0x1, 0x2), \n\
                   #2\tINITED cov: 98 ft: 99 corp: 1/1b exec/s: 0 rss: 36Mb\n\
                   #500\tDONE   cov: 120 ft: 150 corp: 9/60b lim: 4 exec/s: 250 rss: 40Mb\n\
                   stat::number_of_executed_units: 500\n";
        let expected = Outcome { runs: 500, seconds: 0, edges: 120, all_edges: 5417, finding: None };
        assert_eq!(read(log), expected);
        let found = read("artifact_prefix='x/'; Test unit written to x/npy-crash-1\n");
        assert_eq!(found.finding, Some(PathBuf::from("x/npy-crash-1")));
    }
}
