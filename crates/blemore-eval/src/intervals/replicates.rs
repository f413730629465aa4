//! Resampling on several threads, with results that do not depend on their number.

use std::num::NonZeroUsize;
use std::thread;

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Dxsm;

use crate::{Error, Scores};

/// More replicates than this would fill gigabytes and take hours; ten thousand do.
pub(super) const MAX_REPLICATES: usize = 10_000_000;
/// More threads than this gain nothing, and the system may refuse them.
const MAX_THREADS: usize = 64;
/// Odd constants of SplitMix64 and of its relatives, which spread neighbouring numbers over all 64 bits.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const MIX: [u64; 2] = [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB];

/// How many replicates, from which seed, on how many threads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plan {
    pub(super) replicates: usize,
    pub(super) seed: u64,
    pub(super) threads: Option<NonZeroUsize>,
}

impl Plan {
    pub(super) fn check(&self, setting: &'static str) -> Result<(), Error> {
        if (1..=MAX_REPLICATES).contains(&self.replicates) {
            return Ok(());
        }
        Err(Error::Setting { setting, found: self.replicates.to_string(), expected: "1 to 10000000" })
    }

    /// The values of all replicates in their order. Each has a generator of its own.
    pub(super) fn run(&self, replicate: impl Fn(&mut Pcg64Dxsm) -> f64 + Sync) -> Vec<f64> {
        let threads = self.threads.or(thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let threads = threads.min(MAX_THREADS);
        let mut values = vec![0.0; self.replicates];
        let share = self.replicates.div_ceil(threads).max(1);
        thread::scope(|scope| {
            for (part, values) in values.chunks_mut(share).enumerate() {
                let replicate = &replicate;
                scope.spawn(move || {
                    for (offset, value) in values.iter_mut().enumerate() {
                        *value = replicate(&mut self.stream((part * share + offset) as u64));
                    }
                });
            }
        });
        values
    }

    fn stream(&self, replicate: u64) -> Pcg64Dxsm {
        Pcg64Dxsm::seed_from_u64(scramble(scramble(self.seed).wrapping_add(replicate.wrapping_mul(GOLDEN))))
    }
}

/// The finaliser of SplitMix64, a bijection.
fn scramble(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(MIX[0]);
    x = (x ^ (x >> 27)).wrapping_mul(MIX[1]);
    x ^ (x >> 31)
}

/// A number below `bound`, by multiplication; the bias is below `bound / 2^64`.
fn below(rng: &mut Pcg64Dxsm, bound: usize) -> usize {
    ((u128::from(rng.next_u64()) * bound as u128) >> 64) as usize
}

/// Counts that can be summed over actors, of one system or of two.
pub(super) trait Tally: Copy + Default + Sync {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
}

impl Tally for Scores {
    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn minus(self, other: Self) -> Self {
        let less = |a: crate::Count, b: crate::Count| crate::Count {
            correct: a.correct.saturating_sub(b.correct),
            total: a.total.saturating_sub(b.total),
        };
        Self { presence: less(self.presence, other.presence), salience: less(self.salience, other.salience) }
    }
}

impl Tally for (Scores, Scores) {
    fn plus(self, other: Self) -> Self {
        (self.0 + other.0, self.1 + other.1)
    }

    fn minus(self, other: Self) -> Self {
        (self.0.minus(other.0), self.1.minus(other.1))
    }
}

pub(super) fn total<T: Tally>(actors: &[T]) -> T {
    actors.iter().copied().fold(T::default(), T::plus)
}

/// As many units as there are, drawn with replacement.
pub(super) fn draw<'a, T>(units: &[&'a T], rng: &mut Pcg64Dxsm) -> Vec<&'a T> {
    (0..units.len()).filter_map(|_| units.get(below(rng, units.len())).copied()).collect()
}

/// The sum over as many actors as there are, drawn with replacement.
pub(super) fn resample<T: Tally>(actors: &[T], rng: &mut Pcg64Dxsm) -> T {
    (0..actors.len())
        .filter_map(|_| actors.get(below(rng, actors.len())).copied())
        .fold(T::default(), T::plus)
}

/// The statistic without each actor in turn.
pub(super) fn jackknife<T: Tally>(actors: &[T], statistic: impl Fn(T) -> f64) -> Vec<f64> {
    let total = total(actors);
    actors.iter().map(|actor| statistic(total.minus(*actor))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(threads: usize) -> Plan {
        Plan { replicates: 1001, seed: 7, threads: NonZeroUsize::new(threads) }
    }

    #[test]
    fn replicates_are_the_same_whatever_the_number_of_threads() {
        let draw = |rng: &mut Pcg64Dxsm| rng.next_u64() as f64;
        let one = plan(1).run(draw);
        for threads in [2, 3, 16, 5000] {
            assert_eq!(one, plan(threads).run(draw));
        }
        let mut distinct = one.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        assert_eq!(distinct.len(), one.len());
    }

    #[test]
    fn draws_are_uniform_over_streams() {
        const SIDES: usize = 6;
        let mut plan = plan(2);
        plan.replicates = 60_000;
        let mut counts = [0_f64; SIDES];
        for side in plan.run(|rng| below(rng, SIDES) as f64) {
            counts[side as usize] += 1.0;
        }
        let expected = plan.replicates as f64 / SIDES as f64;
        let chi_squared: f64 = counts.iter().map(|count| (count - expected).powi(2) / expected).sum();
        // 20.5 is the quantile of 0.999 with five degrees of freedom.
        assert!(chi_squared < 20.5, "{counts:?}");
    }
}
