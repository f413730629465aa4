//! Many actors, of which those with equal counts are drawn together.
//!
//! Resampling asks how often each actor is drawn, and only the sum of the counts is used. Of `A` draws, the number that
//! falls on one of `m` actors with equal counts is binomial with the probability `m / A`; of the draws that are left, the
//! number that falls on the next group is binomial again. So a replicate takes one random number per group instead of one
//! per actor, and has the same distribution.

use std::array;

use rand_core::Rng;
use rand_pcg::Pcg64Dxsm;

use super::binomial::binomial;
use super::replicates::{draw, total};
use crate::{Count, Scores};

/// Up to this many actors each one is drawn by itself, in the order in which published results were drawn.
const MOST_DRAWN_SINGLY: usize = 10_000;
/// A binomial number takes about as long as so many draws.
const SMALLEST_GROUP: usize = 64;

/// The counts of actors, of one system or of two.
pub(super) struct Crowd<const N: usize> {
    /// Counts that many actors have, with the number of these actors.
    groups: Vec<([Scores; N], usize)>,
    /// Actors that are drawn one by one.
    singles: Vec<[Scores; N]>,
}

impl<const N: usize> Crowd<N> {
    pub(super) fn new(actors: &[[Scores; N]]) -> Self {
        if actors.len() > MOST_DRAWN_SINGLY {
            Self::grouped(actors)
        } else {
            Self { groups: Vec::new(), singles: actors.to_vec() }
        }
    }

    fn grouped(actors: &[[Scores; N]]) -> Self {
        let mut sorted = actors.to_vec();
        sorted.sort_unstable_by_key(|actor| {
            let counts = |Count { correct, total }| (total, correct);
            actor.map(|scores| (counts(scores.presence), counts(scores.salience)))
        });
        let (mut groups, mut singles) = (Vec::new(), Vec::new());
        for equal in sorted.chunk_by(PartialEq::eq) {
            match equal {
                [actor, ..] if equal.len() >= SMALLEST_GROUP => groups.push((*actor, equal.len())),
                _ => singles.extend_from_slice(equal),
            }
        }
        Self { groups, singles }
    }

    /// The counts of as many actors as there are, drawn with replacement.
    pub(super) fn resampled(&self, rng: &mut Pcg64Dxsm) -> [Scores; N] {
        let mut actors = self.groups.iter().map(|(_, members)| members).sum::<usize>() + self.singles.len();
        let mut draws = actors;
        let mut sum = [Scores::default(); N];
        for (scores, members) in &self.groups {
            let taken = binomial(draws as u64, *members as f64 / actors as f64, rng);
            sum = add(sum, times(scores, taken));
            draws -= taken as usize;
            actors -= members;
        }
        add(sum, total(draw(&self.singles, draws, rng).copied()))
    }
}

impl Crowd<2> {
    /// The counts after the two systems have been exchanged for about half of the actors.
    pub(super) fn exchanged(&self, rng: &mut Pcg64Dxsm) -> [Scores; 2] {
        let mut sum = [Scores::default(); 2];
        for ([first, second], members) in &self.groups {
            let swapped = binomial(*members as u64, 0.5, rng);
            let kept = *members as u64 - swapped;
            sum = add(sum, add(times(&[*first, *second], kept), times(&[*second, *first], swapped)));
        }
        add(sum, exchanged(&self.singles, |_| rng.next_u64() >> 63 == 1))
    }
}

/// The counts after the two systems have been exchanged for the chosen actors.
pub(super) fn exchanged(actors: &[[Scores; 2]], mut chosen: impl FnMut(usize) -> bool) -> [Scores; 2] {
    let pair = |(actor, pair): (usize, &[Scores; 2])| {
        // Taken by number: a branch would be guessed wrong half of the time.
        let first = usize::from(chosen(actor));
        [pair[first], pair[1 - first]]
    };
    total(actors.iter().enumerate().map(pair))
}

fn add<const N: usize>(left: [Scores; N], right: [Scores; N]) -> [Scores; N] {
    array::from_fn(|system| left[system] + right[system])
}

/// The counts of so many actors that have these counts each.
fn times<const N: usize>(scores: &[Scores; N], actors: u64) -> [Scores; N] {
    let count = |count: Count| Count { correct: count.correct * actors, total: count.total * actors };
    scores.map(|scores| Scores { presence: count(scores.presence), salience: count(scores.salience) })
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    const REPLICATES: usize = 20_000;

    fn scores(presence: (u64, u64), salience: (u64, u64)) -> Scores {
        let count = |(correct, total)| Count { correct, total };
        Scores { presence: count(presence), salience: count(salience) }
    }

    /// Three groups, and 50 actors that differ from each other and say much.
    fn mixed() -> Vec<[Scores; 2]> {
        let equal = |first, second, members| vec![[first, second]; members];
        let weak = scores((1, 5), (0, 2));
        let strong = scores((4, 5), (1, 2));
        let other = (0..50).map(|number| {
            [scores((number, 60), (number / 3, 20)), scores((60 - number, 60), (number / 4, 20))]
        });
        [equal(weak, strong, 300), equal(strong, weak, 150), equal(weak, weak, 64), other.collect()].concat()
    }

    fn replicates(drawn: impl Fn(&mut Pcg64Dxsm) -> [Scores; 2]) -> Vec<[Scores; 2]> {
        let mut rng = Pcg64Dxsm::seed_from_u64(11);
        (0..REPLICATES).map(|_| drawn(&mut rng)).collect()
    }

    fn sorted(replicates: &[[Scores; 2]], of: fn([Scores; 2]) -> f64) -> Vec<f64> {
        let mut values: Vec<f64> = replicates.iter().copied().map(of).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    /// The largest distance of two distribution functions (Kolmogorov and Smirnov).
    fn distance(left: &[f64], right: &[f64]) -> f64 {
        let share = |values: &[f64], bound| {
            values.partition_point(|value| *value <= bound) as f64 / values.len() as f64
        };
        let distances =
            left.iter().chain(right).map(|bound| (share(left, *bound) - share(right, *bound)).abs());
        distances.fold(0.0, f64::max)
    }

    /// What of the counts is compared; the last looks at how presences and saliences of both systems go together.
    const STATISTICS: [fn([Scores; 2]) -> f64; 4] = [
        |[first, _]| first.acc_presence(),
        |[_, second]| second.acc_salience(),
        |[first, _]| first.presence.total as f64,
        |[first, second]| first.acc_presence() * second.acc_salience() - second.acc_presence(),
    ];

    #[test]
    fn groups_have_the_distribution_of_actors_drawn_one_by_one() {
        let actors = mixed();
        let (together, singly) = (Crowd::grouped(&actors), Crowd::new(&actors));
        assert_eq!((together.groups.len(), together.singles.len()), (3, 50));
        assert_eq!((singly.groups.len(), singly.singles.len()), (0, actors.len()));
        // The quantile of 0.999 for two samples.
        let bound = 1.95 * (2.0 / REPLICATES as f64).sqrt();
        let resampled = [&together, &singly].map(|crowd| replicates(|rng| crowd.resampled(rng)));
        let exchanged = [&together, &singly].map(|crowd| replicates(|rng| crowd.exchanged(rng)));
        for (drawn, crowds) in [("resampled", resampled), ("exchanged", exchanged)] {
            for (number, statistic) in STATISTICS.into_iter().enumerate() {
                let [grouped, single] = crowds.each_ref().map(|replicates| sorted(replicates, statistic));
                let found = distance(&grouped, &single);
                assert!(found < bound, "{drawn}, statistic {number}: {found}");
            }
        }
    }

    #[test]
    fn every_replicate_has_as_many_actors_as_there_are() {
        let one_clip = vec![[scores((1, 1), (0, 0))]; MOST_DRAWN_SINGLY + 1];
        let crowd = Crowd::new(&one_clip);
        assert_eq!((crowd.groups.len(), crowd.singles.len()), (1, 0));
        let [all] = crowd.resampled(&mut Pcg64Dxsm::seed_from_u64(1));
        assert_eq!(all.presence.total, one_clip.len() as u64);
        assert!(Crowd::new(&one_clip[1..]).groups.is_empty(), "10,000 are drawn one by one");
    }
}
