//! Resampling on several threads, with results that do not depend on their number.

use std::array;
use std::iter;
use std::num::NonZeroUsize;
use std::thread;

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Dxsm;

use crate::{Count, Error, Scores};

/// More replicates than this would fill gigabytes and take hours; ten thousand do.
const MAX_REPLICATES: usize = 10_000_000;
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

impl Default for Plan {
    /// So many replicates give the ends of a 95 % interval to about two decimals of a percentage.
    fn default() -> Self {
        Self { replicates: 10_000, seed: 42, threads: None }
    }
}

/// The setters of what has a `plan`, of which `$count` sets the number of replicates.
macro_rules! plan_setters {
    ($count:ident) => {
        #[doc = concat!("Sets the number of ", stringify!($count), ", 1 to 10,000,000.")]
        #[must_use]
        pub fn $count(mut self, $count: usize) -> Self {
            self.plan.replicates = $count;
            self
        }

        /// Sets the seed: the same seed gives the same result, on any machine and any number of threads.
        #[must_use]
        pub fn seed(mut self, seed: u64) -> Self {
            self.plan.seed = seed;
            self
        }

        /// Sets the number of threads, which does not change the result.
        #[must_use]
        pub fn threads(mut self, threads: NonZeroUsize) -> Self {
            self.plan.threads = Some(threads);
            self
        }
    };
}

pub(super) use plan_setters;

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

/// So many of the units, drawn with replacement; the bias of a draw is below their number / 2^64.
pub(super) fn draw<'a, T>(
    units: &'a [T],
    count: usize,
    rng: &'a mut Pcg64Dxsm,
) -> impl Iterator<Item = &'a T> {
    let below = |bound: usize| ((u128::from(rng.next_u64()) * bound as u128) >> 64) as usize;
    iter::repeat_n(units.len(), count).map(below).filter_map(|unit| units.get(unit))
}

/// The counts of some actors together; of one system or of two.
pub(super) fn total<const N: usize>(actors: impl Iterator<Item = [Scores; N]>) -> [Scores; N] {
    let start = [Scores::default(); N];
    actors.fold(start, |sum, actor| array::from_fn(|system| sum[system] + actor[system]))
}

/// The statistic without each actor in turn.
pub(super) fn jackknife<const N: usize>(
    actors: &[[Scores; N]],
    statistic: impl Fn([Scores; N]) -> f64,
) -> Vec<f64> {
    let less =
        |all: Count, one: Count| Count { correct: all.correct - one.correct, total: all.total - one.total };
    let all = total(actors.iter().copied());
    let without = |actor: &[Scores; N]| {
        statistic(array::from_fn(|system| Scores {
            presence: less(all[system].presence, actor[system].presence),
            salience: less(all[system].salience, actor[system].salience),
        }))
    };
    actors.iter().map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(correct: u64, blends_correct: u64) -> Scores {
        Scores {
            presence: Count { correct, total: 10 },
            salience: Count { correct: blends_correct, total: 4 },
        }
    }

    #[test]
    fn the_jackknife_leaves_out_the_counts_of_each_actor_in_turn() {
        let actors =
            [[scores(1, 0), scores(9, 4)], [scores(5, 3), scores(2, 1)], [scores(8, 2), scores(3, 0)]];
        let of = |value: fn([Scores; 2]) -> f64| jackknife(&actors, value);
        assert_eq!(of(|[first, _]| first.acc_presence()), [13.0 / 20.0, 9.0 / 20.0, 6.0 / 20.0]);
        assert_eq!(of(|[_, second]| second.acc_presence()), [5.0 / 20.0, 12.0 / 20.0, 11.0 / 20.0]);
        assert_eq!(of(|[first, _]| first.acc_salience()), [5.0 / 8.0, 2.0 / 8.0, 3.0 / 8.0]);
        assert_eq!(of(|[_, second]| second.acc_salience()), [1.0 / 8.0, 4.0 / 8.0, 5.0 / 8.0]);
    }
}
