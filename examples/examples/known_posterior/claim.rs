//! What `docs/sweep.md` says of the row that it recommends, held against what was just measured.

use std::fmt;

use blemore::run::{Combination, Head, Objective, SweepDecoder};

use crate::SEEDS;
use crate::summary::Summary;

/// The share of the way from the baseline to the best possible that the recommended row closes, at least.
const CLOSES: f64 = 0.6;

/// The recommended row: the share that it closes at each difficulty, and whether it wins each sweep.
#[derive(Debug, Default)]
pub(crate) struct Claim {
    shares: Vec<(&'static str, f64)>,
    wins_all: Vec<bool>,
    /// How often any row wins where there is nothing to find.
    false_wins: usize,
}

impl Claim {
    /// Takes the rows of a difficulty.
    pub(crate) fn hold_against(&mut self, difficulty: &'static str, signal: Option<f64>, rows: &[Summary]) {
        if signal.is_none() {
            self.false_wins += rows.iter().map(|row| row.wins).sum::<usize>();
            return;
        }
        for row in rows.iter().filter(|row| is_recommended(&row.combination)) {
            self.shares.push((difficulty, row.closes.unwrap_or_default()));
            self.wins_all.push(row.wins as u64 == SEEDS);
        }
    }

    pub(crate) fn holds(&self) -> bool {
        let closes = self.shares.iter().all(|(_, share)| *share >= CLOSES);
        !self.shares.is_empty() && closes && self.wins_all.iter().all(|wins| *wins) && self.false_wins == 0
    }
}

/// `set-and-ratio` with `multi-task` and `expected-score`.
fn is_recommended(row: &Combination) -> bool {
    row.head == Head::SetAndRatio
        && matches!(row.objective, Objective::MultiTask { .. })
        && row.decoder == SweepDecoder::ExpectedScore
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closes = |(difficulty, share): &(&str, f64)| format!("{:.0} % ({difficulty})", 100.0 * share);
        let shares: Vec<String> = self.shares.iter().map(closes).collect();
        write!(f, "recommended: closes {}, at least {:.0} % asked", shares.join(", "), 100.0 * CLOSES)?;
        let wins = if self.wins_all.iter().all(|wins| *wins) { "every" } else { "NOT every" };
        write!(f, "; wins {wins} sweep; {} wins without signal", self.false_wins)
    }
}
