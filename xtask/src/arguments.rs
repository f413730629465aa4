//! The command line of `cargo xtask`.

use std::ffi::OsString;

use crate::commands::{Benchmark, Part};
use crate::error::Error;
use crate::slowest;

/// What `cargo xtask` and `cargo xtask help` print.
pub(crate) const USAGE: &str = "\
Usage: cargo xtask COMMAND

  reproduce [ARGUMENTS]        set up, build in release mode, run `blemore reproduce ARGUMENTS`
  test [ARGUMENTS]             set up, then every test of the workspace (or `cargo test ARGUMENTS`), and the ten slowest; the
                               last line names the tests that this machine could not run
  python [ARGUMENTS]           only the tests of the Python package (or `pytest ARGUMENTS`); needs no libtorch
  bench [NAMES] [-- ARGUMENTS] benchmarks beside their peers, and a table of them: aggregation, encoders, training,
                               finetuning, thresholds, programs, python; and scale, up to a million clips (`all`, or
                               no NAMES); ARGUMENTS go to Criterion, and to encoders the names of some
  fuzz [--seconds N] [NAMES]   parsers on made-up bytes, each for N seconds (60) or ten million runs; a table of runs, edges
                               and findings (all parsers without NAMES)
  torture [--trials N]         N trials (500) of commands that are killed, find no space, run twice at once, or meet changed
                               files; a table of what came of them
  mutants [ARGUMENTS]          changed lines that no test of their package sees; ARGUMENTS go to cargo-mutants (--shard 0/4)
  nightly [PARTS]              what takes too long for every change, and a table of it: processors, fuzz, torture, mutants,
                               coverage, encoders, scale, sweep-table, screenshots, licences, python, dependency-budget (all
                               without PARTS)
  dependency-budget            what blemore-eval costs a project that depends on it, against its budget
  setup                        only get libtorch, the face detector, and ffmpeg where there is none, into target

A LIBTORCH or LIBTORCH_USE_PYTORCH of your own is used as it is.";

/// One command, with its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Setup,
    Reproduce {
        arguments: Vec<OsString>,
    },
    Test {
        arguments: Vec<OsString>,
    },
    Bench {
        benchmarks: Vec<Benchmark>,
        arguments: Vec<OsString>,
    },
    Python {
        arguments: Vec<OsString>,
    },
    Fuzz {
        seconds: u32,
        names: Vec<String>,
    },
    Torture {
        trials: u32,
    },
    Mutants {
        arguments: Vec<OsString>,
    },
    /// Not for users: cargo starts test programs with it.
    RunTestProgram {
        words: Vec<OsString>,
    },
    Nightly {
        parts: Vec<Part>,
    },
    DependencyBudget,
}

/// How long a parser is tried without `--seconds`.
const FUZZ_SECONDS: u32 = 60;
/// How many trials there are without `--trials`.
const TORTURE_TRIALS: u32 = 500;

impl Command {
    /// Parses the words after `cargo xtask`.
    pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let mut words = words.into_iter();
        let Some(name) = words.next() else { return Ok(Self::Help) };
        let rest: Vec<OsString> = words.collect();
        match name.to_str() {
            Some("help" | "--help" | "-h") => Ok(Self::Help),
            Some("setup") => none("setup", &rest).map(|()| Self::Setup),
            Some(slowest::RUNNER) => Ok(Self::RunTestProgram { words: rest }),
            Some("reproduce") => Ok(Self::Reproduce { arguments: rest }),
            Some("test") => Ok(Self::Test { arguments: rest }),
            Some("python") => Ok(Self::Python { arguments: rest }),
            Some("bench") => bench(rest),
            Some("fuzz") => {
                let (seconds, names) = number_and_rest("--seconds", FUZZ_SECONDS, rest)?;
                let names = names.into_iter().map(|name| name.display().to_string()).collect();
                Ok(Self::Fuzz { seconds, names })
            }
            Some("torture") => {
                let (trials, rest) = number_and_rest("--trials", TORTURE_TRIALS, rest)?;
                none("torture", &rest).map(|()| Self::Torture { trials })
            }
            Some("mutants") => Ok(Self::Mutants { arguments: rest }),
            Some("nightly") => nightly(&rest),
            Some("dependency-budget") => none("dependency-budget", &rest).map(|()| Self::DependencyBudget),
            _ => Err(Error::Usage(format!("there is no command {}", name.display()))),
        }
    }
}

/// The whole number after an option, or another one where the option is not there, and the other words.
fn number_and_rest(
    option: &str,
    other: u32,
    mut words: Vec<OsString>,
) -> Result<(u32, Vec<OsString>), Error> {
    let Some(place) = words.iter().position(|word| word == option) else { return Ok((other, words)) };
    let number =
        words.get(place + 1).and_then(|word| word.to_str()?.parse().ok()).filter(|number| *number > 0);
    let number = number.ok_or_else(|| Error::Usage(format!("{option} needs a whole number above 0")))?;
    words.drain(place..place + 2);
    Ok((number, words))
}

fn none(command: &str, rest: &[OsString]) -> Result<(), Error> {
    match rest.first() {
        None => Ok(()),
        Some(word) => Err(Error::Usage(format!("{command} takes no arguments, and got {}", word.display()))),
    }
}

fn nightly(rest: &[OsString]) -> Result<Command, Error> {
    let parts: Vec<Part> = rest.iter().map(|word| Part::parse(word)).collect::<Result<_, _>>()?;
    Ok(Command::Nightly { parts: if parts.is_empty() { Part::ALL.to_vec() } else { parts } })
}

fn bench(rest: Vec<OsString>) -> Result<Command, Error> {
    let mut words = rest.into_iter();
    let mut benchmarks = Vec::new();
    for word in words.by_ref().take_while(|word| word != "--") {
        benchmarks.push(word);
    }
    let all = benchmarks.is_empty() || benchmarks == ["all"];
    let benchmarks = if all {
        Benchmark::ALL.to_vec()
    } else {
        benchmarks.iter().map(|word| Benchmark::parse(word)).collect::<Result<_, _>>()?
    };
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
        for line in ["bench", "bench all"] {
            let all = Command::Bench { benchmarks: Benchmark::ALL.to_vec(), arguments: Vec::new() };
            assert_eq!(parse(line).unwrap(), all);
        }
    }

    #[test]
    fn numbers_and_parts_have_defaults() {
        let names = || vec!["npy".to_owned(), "npz".to_owned()];
        let expected = Command::Fuzz { seconds: 5, names: names() };
        assert_eq!(parse("fuzz npy --seconds 5 npz").unwrap(), expected);
        assert_eq!(parse("fuzz npy npz").unwrap(), Command::Fuzz { seconds: FUZZ_SECONDS, names: names() });
        assert_eq!(parse("torture --trials 10").unwrap(), Command::Torture { trials: 10 });
        assert_eq!(
            parse("nightly torture fuzz").unwrap(),
            Command::Nightly { parts: vec![Part::Torture, Part::Fuzz] }
        );
        assert_eq!(parse("nightly").unwrap(), Command::Nightly { parts: Part::ALL.to_vec() });
        assert!(parse("torture --trials none").unwrap_err().to_string().contains("--trials"));
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
