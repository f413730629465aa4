//! The command line of `cargo xtask`.

use std::ffi::OsString;

use crate::commands::Benchmark;
use crate::error::Error;

/// What `cargo xtask` and `cargo xtask help` print.
pub(crate) const USAGE: &str = "\
Usage: cargo xtask COMMAND

  reproduce [ARGUMENTS]        set up, build in release mode, run `blemore reproduce ARGUMENTS`
  test [ARGUMENTS]             set up, then every test of the workspace (or `cargo test ARGUMENTS`); the last line names
                               the tests that this machine could not run
  python [ARGUMENTS]           only the tests of the Python package (or `pytest ARGUMENTS`); needs no libtorch
  bench [NAMES] [-- ARGUMENTS] benchmarks beside their peers: aggregation, encoders, training, finetuning, thresholds,
                               python; and scale, up to a million clips (all without NAMES); ARGUMENTS go to Criterion,
                               and to encoders the names of some
  nightly                      what takes too long for every change: training as on other processors, types of the Python
                               package, licences, budgets
  dependency-budget            what blemore-eval costs a project that depends on it, against its budget
  setup                        only get libtorch, the face detector, and ffmpeg where there is none, into target

A LIBTORCH or LIBTORCH_USE_PYTORCH of your own is used as it is.";

/// One command, with its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Setup,
    Reproduce { arguments: Vec<OsString> },
    Test { arguments: Vec<OsString> },
    Bench { benchmarks: Vec<Benchmark>, arguments: Vec<OsString> },
    Python { arguments: Vec<OsString> },
    Nightly,
    DependencyBudget,
}

impl Command {
    /// Parses the words after `cargo xtask`.
    pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let mut words = words.into_iter();
        let Some(name) = words.next() else { return Ok(Self::Help) };
        let rest: Vec<OsString> = words.collect();
        match name.to_str() {
            Some("help" | "--help" | "-h") => Ok(Self::Help),
            Some("setup") => none("setup", &rest).map(|()| Self::Setup),
            Some("reproduce") => Ok(Self::Reproduce { arguments: rest }),
            Some("test") => Ok(Self::Test { arguments: rest }),
            Some("python") => Ok(Self::Python { arguments: rest }),
            Some("bench") => bench(rest),
            Some("nightly") => none("nightly", &rest).map(|()| Self::Nightly),
            Some("dependency-budget") => none("dependency-budget", &rest).map(|()| Self::DependencyBudget),
            _ => Err(Error::Usage(format!("there is no command {}", name.display()))),
        }
    }
}

fn none(command: &str, rest: &[OsString]) -> Result<(), Error> {
    match rest.first() {
        None => Ok(()),
        Some(word) => Err(Error::Usage(format!("{command} takes no arguments, and got {}", word.display()))),
    }
}

fn bench(rest: Vec<OsString>) -> Result<Command, Error> {
    let mut words = rest.into_iter();
    let mut benchmarks = Vec::new();
    for word in words.by_ref().take_while(|word| word != "--") {
        benchmarks.push(Benchmark::parse(&word)?);
    }
    if benchmarks.is_empty() {
        benchmarks.extend(Benchmark::ALL);
    }
    Ok(Command::Bench { benchmarks, arguments: words.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, Error> {
        Command::parse(line.split_whitespace().map(OsString::from))
    }

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn arguments_of_the_program_and_of_cargo_are_passed_on_untouched() {
        assert_eq!(
            parse("reproduce --data DIR --help").unwrap(),
            Command::Reproduce { arguments: words("--data DIR --help") }
        );
        assert_eq!(
            parse("test -p blemore-eval -- search").unwrap(),
            Command::Test { arguments: words("-p blemore-eval -- search") }
        );
    }

    #[test]
    fn benchmarks_by_name_all_without_a_name_and_arguments_after_the_dashes() {
        assert_eq!(
            parse("bench training aggregation -- --quick").unwrap(),
            Command::Bench {
                benchmarks: vec![Benchmark::Training, Benchmark::Aggregation],
                arguments: words("--quick")
            }
        );
        assert_eq!(
            parse("bench").unwrap(),
            Command::Bench { benchmarks: Benchmark::ALL.to_vec(), arguments: Vec::new() }
        );
    }

    #[test]
    fn a_wrong_word_is_named() {
        for (line, word) in
            [("tset", "tset"), ("bench agregation", "agregation"), ("setup --force", "--force")]
        {
            let message = parse(line).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn no_command_asks_for_help() {
        assert_eq!(parse("").unwrap(), Command::Help);
        assert_eq!(parse("--help").unwrap(), Command::Help);
    }
}
