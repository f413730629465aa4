//! Actors to folds, so that all folds are alike.
//!
//! Each actor is a row of counts: its clips, its blends, its clips of each class, and itself as one of its gender. Folds are
//! alike when the sums of these rows are. The cost of a distribution is the squared difference of each sum from its equal
//! share, divided by that share; before it goes the number of folds that lack a class. Actors are dealt to the cheapest
//! fold, the largest first. Then actors move and change places as long as this lowers the cost.

use crate::random::Random;

/// Changes of the cost that are smaller than this are rounding.
const ROUNDING: f64 = 1e-9;
/// Tries to change places, per round, of all actors together: what bounds the time for many actors.
const TRIES: usize = 4_000_000;
/// Tries of each actor at least, however many there are.
const MIN_TRIES: usize = 4;
/// Rounds, each of which tries every actor; few are needed.
const MAX_ROUNDS: usize = 50;

/// The counts of all actors, `width` per actor.
pub(super) struct Counts {
    pub(super) values: Vec<i64>,
    pub(super) width: usize,
    /// Whether every fold should have some of this count.
    pub(super) is_needed: Vec<bool>,
}

impl Counts {
    fn of(&self, actor: usize) -> &[i64] {
        &self.values[actor * self.width..][..self.width]
    }

    fn actors(&self) -> usize {
        self.values.len() / self.width
    }
}

/// How much better or worse a distribution gets.
#[derive(Clone, Copy)]
struct Change {
    /// Counts that become 0 in a fold, less those that do no longer.
    lacking: i64,
    cost: f64,
}

impl Change {
    fn is_better_than(self, other: Change) -> bool {
        self.lacking < other.lacking || (self.lacking == other.lacking && self.cost < other.cost - ROUNDING)
    }
}

const NO_CHANGE: Change = Change { lacking: 0, cost: 0.0 };

struct Distribution<'a> {
    counts: &'a Counts,
    /// What one squared difference counts: one divided by the equal share.
    weights: Vec<f64>,
    /// The sums of each fold.
    sums: Vec<Vec<i64>>,
    /// Actors in each fold.
    sizes: Vec<usize>,
    fold_of: Vec<usize>,
}

/// The fold of each actor, 0 to `folds` - 1; no fold is empty. `folds` is at most the number of actors.
pub(super) fn balanced(counts: &Counts, folds: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed, "folds");
    let mut order: Vec<usize> = (0..counts.actors()).collect();
    random.shuffle(&mut order);
    order.sort_by_key(|actor| std::cmp::Reverse(counts.of(*actor)[0]));
    let mut distribution = Distribution::dealt(counts, folds, &order);
    for _ in 0..MAX_ROUNDS {
        random.shuffle(&mut order);
        if !distribution.improve(&order, &mut random) {
            break;
        }
    }
    distribution.fold_of
}

impl<'a> Distribution<'a> {
    fn dealt(counts: &'a Counts, folds: usize, order: &[usize]) -> Self {
        let share = |place: usize| {
            let total: i64 = (0..counts.actors()).map(|actor| counts.of(actor)[place]).sum();
            folds as f64 / total.max(1) as f64
        };
        let mut dealt = Distribution {
            counts,
            weights: (0..counts.width).map(share).collect(),
            sums: vec![vec![0; counts.width]; folds],
            sizes: vec![0; folds],
            fold_of: vec![0; counts.actors()],
        };
        for (position, &actor) in order.iter().enumerate() {
            // The last actors fill what is empty.
            let empty = dealt.sizes.iter().filter(|size| **size == 0).count();
            let only_empty = order.len() - position <= empty;
            let mut best = None;
            for fold in 0..folds {
                if only_empty && dealt.sizes[fold] > 0 {
                    continue;
                }
                let added = dealt.added(counts.of(actor), fold);
                if best.is_none_or(|(_, least)| added < least - ROUNDING) {
                    best = Some((fold, added));
                }
            }
            if let Some((fold, _)) = best {
                dealt.put(actor, fold, 1);
            }
        }
        dealt
    }

    /// What the fold's share of the cost rises by, up to a constant for all folds, when it takes these counts.
    fn added(&self, row: &[i64], fold: usize) -> f64 {
        let terms = row.iter().zip(&self.sums[fold]).zip(&self.weights);
        terms.map(|((count, sum), weight)| weight * (count * (2 * sum + count)) as f64).sum()
    }

    /// Adds the actor to the fold, or takes it out with a `sign` of -1.
    fn put(&mut self, actor: usize, fold: usize, sign: i64) {
        for (sum, count) in self.sums[fold].iter_mut().zip(self.counts.of(actor)) {
            *sum += sign * count;
        }
        if sign > 0 {
            self.sizes[fold] += 1;
            self.fold_of[actor] = fold;
        } else {
            self.sizes[fold] -= 1;
        }
    }

    /// The change when the fold `from` gives `actor` to `to` and takes `other` for it, where there is one.
    fn change(&self, actor: usize, other: Option<usize>, from: usize, to: usize) -> Change {
        let mut change = NO_CHANGE;
        for place in 0..self.counts.width {
            let taken = other.map_or(0, |other| self.counts.of(other)[place]);
            let moved = self.counts.of(actor)[place] - taken;
            let (before, after) = (self.sums[from][place], self.sums[to][place]);
            // (before - moved)^2 + (after + moved)^2, less the squares of before; the shares cancel.
            change.cost += self.weights[place] * (2 * moved * (after - before + moved)) as f64;
            if self.counts.is_needed[place] {
                let lacking = |sums: [i64; 2]| sums.into_iter().filter(|sum| *sum == 0).count() as i64;
                change.lacking += lacking([before - moved, after + moved]) - lacking([before, after]);
            }
        }
        change
    }

    /// Gives each actor the best of its moves and changes of place; false where none has one.
    fn improve(&mut self, order: &[usize], random: &mut Random) -> bool {
        let mut improved = false;
        let tries = (TRIES / order.len()).max(MIN_TRIES);
        for &actor in order {
            let from = self.fold_of[actor];
            let mut best = (NO_CHANGE, None, from);
            if self.sizes[from] > 1 {
                for to in (0..self.sizes.len()).filter(|to| *to != from) {
                    let change = self.change(actor, None, from, to);
                    if change.is_better_than(best.0) {
                        best = (change, None, to);
                    }
                }
            }
            let start = random.below(order.len());
            for &other in order[start..].iter().chain(&order[..start]).take(tries) {
                let to = self.fold_of[other];
                if to != from {
                    let change = self.change(actor, Some(other), from, to);
                    if change.is_better_than(best.0) {
                        best = (change, Some(other), to);
                    }
                }
            }
            let (_, other, to) = best;
            if to != from {
                self.put(actor, from, -1);
                self.put(actor, to, 1);
                if let Some(other) = other {
                    self.put(other, to, -1);
                    self.put(other, from, 1);
                }
                improved = true;
            }
        }
        improved
    }
}
