//! The best row of a plane.
//!
//! Right saliences of a column are the sum of what changes at it and before it; the most of any column are the largest such
//! sum. A tree keeps that sum from row to row, at the cost of a path to its root per clip. With millions of clips such a path
//! is not in the processor's cache, and few rows come into question.
//!
//! So the rows are cut into parts. From row to row presences become right and wrong, but saliences only right: a presence
//! that is wrong has no right salience above its row. The last row of a part therefore has the most saliences of all its
//! rows, and these, with the most presences of any of its rows, bound what the part can reach. Parts that cannot reach what
//! some row is known to have are passed over. What is left is cut again; columns at which nothing changes within a part are
//! added up to the one before them, so that a part costs time by its own length.

use super::plane::{Counts, Plane, Step, useful_width};

/// Parts of the rows at each level.
const PARTS: usize = 8;
/// Up to this many steps or columns a part is seen row by row; a tree of them stays in the processor's second cache.
const SMALL: usize = 1 << 12;

/// The row that reaches the best objective; of several the one with the widest range of alpha, of these the highest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Best {
    pub(super) objective: f64,
    pub(super) counts: Counts,
    /// The steps that alpha has passed in this row.
    pub(super) passed: usize,
    width: f64,
    /// The most of any row.
    pub(super) presence_only: i64,
    /// The most of any row.
    pub(super) salience_only: i64,
}

/// Lets alpha fall through the rows of a plane.
pub(super) fn best_row(plane: &Plane) -> Best {
    best_row_with(plane, SMALL)
}

fn best_row_with(plane: &Plane, small: usize) -> Best {
    let top = Counts { presence: plane.presence_at_top, salience: 0 };
    let best = Best {
        objective: f64::NEG_INFINITY,
        counts: top,
        passed: 0,
        width: 0.0,
        presence_only: top.presence,
        salience_only: top.salience,
    };
    let mut search = Search { plane, small, reached: f64::NEG_INFINITY, best };
    search.row(0, top);
    let columns = vec![Run::default(); plane.differences.len() + 1];
    search.part(Position { passed: 0, presence: top.presence, in_first: 0 }, columns, &plane.steps);
    search.best
}

struct Search<'a> {
    plane: &'a Plane,
    small: usize,
    /// An objective that some row has.
    reached: f64,
    best: Best,
}

/// A row, and what is right there.
#[derive(Clone, Copy)]
struct Position {
    passed: usize,
    presence: i64,
    /// Right saliences in the first column.
    in_first: i64,
}

impl Position {
    fn pass(&mut self, step: Step) {
        self.passed += 1;
        self.presence += i64::from(step.presence);
        self.in_first += step.in_first();
    }
}

impl Search<'_> {
    /// Looks at the rows to which these steps lead from the row `at`. `runs` hold the changes of all steps before, and the
    /// steps' columns count them.
    fn part(&mut self, mut at: Position, mut runs: Vec<Run>, steps: &[Step]) {
        if runs.len().min(steps.len()) <= self.small {
            return self.row_by_row(at, &runs, steps);
        }
        let parts = cut(steps);
        let [_, _, ..] = parts[..] else { return self.row_by_row(at, &runs, steps) };
        let within = self.most_within(at, runs.clone(), &parts);
        for (part, within) in parts.into_iter().zip(within) {
            if within >= self.reached {
                let (runs, steps) = within_part(&runs, part);
                self.part(at, runs, &steps);
            }
            for step in part {
                at.pass(*step);
                runs[step.column()].add(step.salience);
            }
        }
    }

    /// The most that any row of each part can reach.
    fn most_within(&mut self, mut at: Position, mut runs: Vec<Run>, parts: &[&[Step]]) -> Vec<f64> {
        let most_within = |part: &&[Step]| {
            let mut presence = i64::MIN;
            for row in part.chunk_by(Step::same_row) {
                for step in row {
                    at.pass(*step);
                    runs[step.column()].add(step.salience);
                }
                presence = presence.max(at.presence);
            }
            let last = Counts {
                presence: at.presence,
                salience: at.in_first + i64::from(Run::of_all(&runs).largest),
            };
            self.see(Counts { presence, ..last });
            self.reached = self.reached.max(self.plane.objective(last));
            self.plane.objective(Counts { presence, ..last })
        };
        parts.iter().map(most_within).collect()
    }

    fn row_by_row(&mut self, mut at: Position, runs: &[Run], steps: &[Step]) {
        let mut tree = Tree::new(runs);
        for row in steps.chunk_by(Step::same_row) {
            for step in row {
                at.pass(*step);
                if step.salience != 0 {
                    tree.add(step.column(), step.salience);
                }
            }
            let salience = at.in_first + i64::from(tree.all().largest);
            self.row(at.passed, Counts { presence: at.presence, salience });
        }
    }

    fn row(&mut self, passed: usize, counts: Counts) {
        self.see(counts);
        let (lower, upper) = self.plane.alphas(passed);
        let (objective, width) = (self.plane.objective(counts), useful_width(lower, upper));
        self.reached = self.reached.max(objective);
        let best = &mut self.best;
        if objective > best.objective || (objective == best.objective && width > best.width) {
            *best = Best { objective, counts, passed, width, ..*best };
        }
    }

    /// Each of these counts is that of some row.
    fn see(&mut self, counts: Counts) {
        self.best.presence_only = self.best.presence_only.max(counts.presence);
        self.best.salience_only = self.best.salience_only.max(counts.salience);
    }
}

/// About equal parts of whole rows; one part only where there is one row.
fn cut(steps: &[Step]) -> Vec<&[Step]> {
    let mut parts = Vec::with_capacity(PARTS);
    let mut start = 0;
    for part in 1..PARTS {
        let alpha = steps[steps.len() * part / PARTS].alpha;
        let row_begins = steps.partition_point(|step| step.alpha > alpha);
        let row_ends = steps.partition_point(|step| step.alpha >= alpha);
        let end = if row_begins > start { row_begins } else { row_ends };
        if end > start && end < steps.len() {
            parts.push(&steps[start..end]);
            start = end;
        }
    }
    parts.push(&steps[start..]);
    parts
}

/// The runs of a part: each begins at a column at which the part changes something. With the steps of the part.
fn within_part(runs: &[Run], part: &[Step]) -> (Vec<Run>, Vec<Step>) {
    let mut begins = vec![false; runs.len()];
    for step in part {
        begins[step.column()] = true;
    }
    begins[0] = true;
    let (mut shorter, mut places) = (Vec::with_capacity(part.len() + 1), Vec::with_capacity(runs.len()));
    for (&run, &begin) in runs.iter().zip(&begins) {
        match shorter.last_mut() {
            Some(last) if !begin => *last = Run::before(*last, run),
            _ => shorter.push(run),
        }
        places.push(shorter.len() - 1);
    }
    (shorter, part.iter().map(|step| step.at(places[step.column()])).collect())
}

/// The sum, and the largest sum of a prefix, of some changes in a row, of which only the first will get others.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    sum: i32,
    largest: i32,
}

impl Run {
    fn add(&mut self, by: i8) {
        self.sum += i32::from(by);
        self.largest += i32::from(by);
    }

    fn before(self, next: Self) -> Self {
        Self { sum: self.sum + next.sum, largest: self.largest.max(self.sum + next.largest) }
    }

    fn of_all(runs: &[Self]) -> Self {
        runs.iter().copied().reduce(Self::before).unwrap_or_default()
    }
}

/// A binary tree over runs.
struct Tree {
    /// The root is at 1, the children of `i` at `2 i` and `2 i + 1`, the leaves start at half the length.
    nodes: Vec<Run>,
}

impl Tree {
    /// The zeros that fill up the last level repeat the last sum, so they change nothing.
    fn new(runs: &[Run]) -> Self {
        let leaves = runs.len().next_power_of_two();
        let mut nodes = vec![Run::default(); leaves];
        nodes.extend(runs);
        nodes.resize(2 * leaves, Run::default());
        for node in (1..leaves).rev() {
            nodes[node] = nodes[2 * node].before(nodes[2 * node + 1]);
        }
        Self { nodes }
    }

    fn add(&mut self, column: usize, by: i8) {
        let mut node = self.nodes.len() / 2 + column;
        self.nodes[node].add(by);
        while node > 1 {
            node /= 2;
            self.nodes[node] = self.nodes[2 * node].before(self.nodes[2 * node + 1]);
        }
    }

    fn all(&self) -> Run {
        self.nodes[1]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Steps of clips with few and with many different probabilities.
    fn plane() -> impl Strategy<Value = Plane> {
        let clip = |values: u32| {
            (0..values, 0..values, prop::sample::select(vec![(-1, 0), (1, 0), (1, 1), (1, -1)]))
        };
        let clips = (1_u32..200).prop_flat_map(move |values| prop::collection::vec(clip(values), 0..300));
        (clips, prop::sample::select(vec![0.0, 0.3, 0.5, 1.0])).prop_map(|(clips, presence_weight)| {
            let columns = clips.iter().map(|(_, difference, _)| *difference).max().unwrap_or(0);
            let step = |&(alpha, difference, (presence, salience)): &(u32, u32, (i8, i8))| {
                let column = if salience == 0 { 0 } else { difference as usize + 1 };
                Step::new(f64::from(alpha) / 256.0, presence, salience).at(column)
            };
            let mut steps: Vec<Step> = clips.iter().map(step).collect();
            steps.sort_by(|left, right| right.alpha.total_cmp(&left.alpha));
            let blends = steps.iter().filter(|step| step.presence > 0).count();
            Plane {
                presence_at_top: (steps.len() - blends) as i64,
                differences: (0..=columns).map(|difference| f64::from(difference) / 256.0).collect(),
                clips: steps.len() as u64,
                blends: blends as u64,
                steps,
                presence_weight,
            }
        })
    }

    proptest! {
        #[test]
        fn parts_that_are_passed_over_hold_nothing_better(plane in plane(), small in 0_usize..20) {
            prop_assert_eq!(best_row_with(&plane, small), best_row_with(&plane, usize::MAX));
        }
    }

    /// Wrong cuts would cost time and change no result.
    #[test]
    fn parts_are_of_whole_rows_and_about_equal() {
        for (rows, expected) in [
            (vec![1; 84], vec![10, 11, 10, 11, 10, 11, 10, 11]),
            (vec![5; 16], vec![10; 8]),
            (vec![6; 12], vec![6, 12, 6, 12, 6, 12, 6, 12]),
            (vec![30; 3], vec![30; 3]),
            (vec![60, 4], vec![60, 4]),
            (vec![4, 60], vec![4, 60]),
            (vec![7], vec![7]),
        ] {
            let row =
                |(number, count): (usize, &usize)| vec![Step::new(1.0 - number as f64 / 128.0, 1, 0); *count];
            let steps: Vec<Step> = rows.iter().enumerate().flat_map(row).collect();
            let parts = cut(&steps);
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), expected);
            let alphas = parts.concat().into_iter().map(|step| step.alpha);
            assert!(alphas.eq(steps.iter().map(|step| step.alpha)), "{rows:?}");
            assert!(parts.windows(2).all(|pair| pair[0][pair[0].len() - 1].alpha > pair[1][0].alpha));
        }
    }

    /// So is a part with more columns than it changes.
    #[test]
    fn columns_that_a_part_does_not_change_are_added_to_those_before_them() {
        let runs = [3, -1, 2, -4, 5, 1].map(|sum: i32| Run { sum, largest: sum }).to_vec();
        let part = [4, 2, 4].map(|column| Step::new(0.5, 1, 1).at(column));
        let (shorter, steps) = within_part(&runs, &part);
        let found: Vec<(i32, i32)> = shorter.iter().map(|run| (run.sum, run.largest)).collect();
        assert_eq!(found, [(2, 3), (-2, 2), (6, 6)]);
        assert_eq!(steps.iter().map(|step| step.column()).collect::<Vec<_>>(), [2, 1, 2]);
        assert_eq!(Run::of_all(&shorter).sum, Run::of_all(&runs).sum);
        assert_eq!(Run::of_all(&shorter).largest, Run::of_all(&runs).largest);
    }
}
