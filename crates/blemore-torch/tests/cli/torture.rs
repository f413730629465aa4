//! Commands that are killed, find no space, run twice at once, or meet changed files: no result has a wrong byte, and the
//! same command run again ends with the bytes of one that nothing happened to.
//!
//! `cargo xtask torture` makes more trials than [`TRIALS`].

mod content;
mod trial;
mod work;

use std::collections::BTreeMap;
use std::env;

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Dxsm;

use trial::{Kind, Outcome};
use work::Work;

/// Trials where nobody asks for more: each command and each kind once or more often.
const TRIALS: usize = 10;
/// The variable that asks for more.
const VARIABLE: &str = "BLEMORE_TORTURE_TRIALS";
/// From so many trials on, commands that take seconds are among them.
const MANY: usize = 100;

/// Random numbers of a trial, the same at each run; how far a command is when it is killed is the machine's.
pub(crate) struct Chance(Pcg64Dxsm);

impl Chance {
    /// A number from 0 to below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound.max(1) as u128) >> 64) as usize
    }

    /// A number in [0, 1).
    fn share(&mut self) -> f64 {
        self.below(1 << 20) as f64 / f64::from(1 << 20)
    }
}

#[test]
fn no_trial_leaves_a_wrong_byte() {
    let trials = env::var(VARIABLE).map_or(TRIALS, |trials| trials.parse().unwrap());
    let works = Work::all(trials >= MANY);
    let (mut rows, mut wrong) = (BTreeMap::<_, Vec<Outcome>>::new(), Vec::new());
    for number in 0..trials {
        // Numbers of commands and kinds have no common factor, so that all pairs come in turn.
        let (work, kind) = (&works[number % works.len()], Kind::ALL[number % Kind::ALL.len()]);
        let mut chance = Chance(Pcg64Dxsm::seed_from_u64(number as u64));
        let outcome = trial::run_trial(work, kind, &mut chance);
        if let Outcome::Wrong(what) = &outcome {
            wrong.push(format!("trial {number}, {} ({}): {what}", work.name(), kind.name()));
        }
        rows.entry((work.name(), kind.name())).or_default().push(outcome);
    }
    eprintln!("{}", table(&rows));
    let met = rows.values().flatten().filter(|outcome| !matches!(outcome, Outcome::TooLate)).count();
    eprintln!("{trials} trials, {met} of them met the command at its work, {} went wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A line per command and kind: how many trials, how many of them met the command at its work, how many went wrong.
fn table(rows: &BTreeMap<(&str, &str), Vec<Outcome>>) -> String {
    let line = |[command, kind, trials, met, wrong]: [&str; 5]| {
        format!("{command:<16}{kind:<16}{trials:>8}{met:>8}{wrong:>8}")
    };
    let header = line(["command", "trial", "trials", "met", "wrong"]);
    let rows = rows.iter().map(|((command, kind), outcomes)| {
        let count =
            |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count().to_string();
        let met = count(|outcome| !matches!(outcome, Outcome::TooLate));
        let wrong = count(|outcome| matches!(outcome, Outcome::Wrong(_)));
        line([command, kind, &outcomes.len().to_string(), &met, &wrong])
    });
    std::iter::once(header).chain(rows).collect::<Vec<_>>().join("\n")
}
