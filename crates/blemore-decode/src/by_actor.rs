//! Ways to use all clips of an actor together.

use std::collections::BTreeMap;

use blemore_labels::Label;
use serde::{Deserialize, Serialize};

use crate::matrix::Matrix;
use crate::regression::PerLabel;

/// Rounds of the balance; its sums are right within a thousandth after a few.
const BALANCE_ROUNDS: usize = 20;

/// What a learned decoder makes of all clips of an actor together. Nothing, unless it is asked for.
///
/// Both ways need to know which clips are one actor's, and see clips that are still to be decoded. Both gain from the
/// dataset's design, in which every actor shows every class about as often as the others. Results with them are not
/// comparable to those of systems that see one clip at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByActor {
    /// Each output less its mean over the actor's clips stands beside the plain one.
    pub centre: bool,
    /// The probabilities of the labels are scaled until their sums over an actor's clips are in the proportion of the
    /// training clips.
    pub balance: bool,
}

impl ByActor {
    /// Whether actors must be known.
    pub fn is_used(self) -> bool {
        self.centre || self.balance
    }
}

/// The rows of each actor.
fn rows_by_actor(actors: &[String]) -> Vec<Vec<usize>> {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, actor) in actors.iter().enumerate() {
        rows.entry(actor).or_default().push(row);
    }
    rows.into_values().collect()
}

/// The columns as they are, and beside them each less its mean over the clips of the actor.
pub(crate) fn centred_beside_plain(features: &Matrix, actors: &[String]) -> Matrix {
    let columns = features.columns();
    let mut means = vec![Vec::new(); features.len()];
    for rows in rows_by_actor(actors) {
        let (mean, _) = features.select(&rows).moments();
        for row in rows {
            means[row].clone_from(&mean);
        }
    }
    let mut means = means.into_iter();
    features.map_rows(2 * columns, |row, written| {
        let mean = means.next().unwrap_or_default();
        let (plain, centred) = written.split_at_mut(columns);
        plain.copy_from_slice(row);
        for ((centred, x), mean) in centred.iter_mut().zip(row).zip(mean) {
            *centred = x - mean;
        }
    })
}

/// Scales the probabilities of each actor's clips until the sums of labels over them are in the proportion of the shares,
/// and the sum of a clip is 1, by turns (Sinkhorn and Knopp 1967).
pub(crate) fn balance(posteriors: &mut [PerLabel], actors: &[String], shares: &[f64]) {
    for rows in rows_by_actor(actors) {
        for _ in 0..BALANCE_ROUNDS {
            let mut sums = [0.0; Label::COUNT];
            for &row in &rows {
                for (sum, p) in sums.iter_mut().zip(&posteriors[row]) {
                    *sum += p;
                }
            }
            for &row in &rows {
                let posterior = &mut posteriors[row];
                for ((p, share), sum) in posterior.iter_mut().zip(shares).zip(&sums) {
                    *p *= share / sum.max(f64::MIN_POSITIVE);
                }
                let total: f64 = posterior.iter().sum();
                posterior.iter_mut().for_each(|p| *p /= total.max(f64::MIN_POSITIVE));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actors(names: &str) -> Vec<String> {
        names.chars().map(String::from).collect()
    }

    #[test]
    fn each_clip_stands_beside_itself_less_its_actors_mean() {
        let mut features = Matrix::new(2);
        [[1.0, 10.0], [2.0, 20.0], [5.0, 0.0]].into_iter().for_each(|row| features.push(row));
        let both = centred_beside_plain(&features, &actors("BAB"));
        assert_eq!(both.columns(), 4);
        assert_eq!(both.values(), [1.0, 10.0, -2.0, 5.0, 2.0, 20.0, 0.0, 0.0, 5.0, 0.0, 2.0, -5.0]);
    }

    /// Sums of rows and columns, and proportions that scaling leaves as they are, determine the result.
    #[test]
    fn balanced_clips_of_an_actor_show_each_label_as_often_as_the_shares_say() {
        let before: Vec<PerLabel> = (0..5)
            .map(|clip| std::array::from_fn(|label| (1 + (clip * 31 + label * 17) % 13) as f64 / 13.0))
            .collect();
        let shares: Vec<f64> = (1..=Label::COUNT).map(|place| place as f64 / 666.0).collect();
        let mut balanced = before.clone();
        balance(&mut balanced, &actors("BABBA"), &shares);
        for clips in [vec![0, 2, 3], vec![1, 4]] {
            for (label, share) in shares.iter().enumerate() {
                let sum: f64 = clips.iter().map(|&clip| balanced[clip][label]).sum();
                approx::assert_relative_eq!(sum, share * clips.len() as f64, max_relative = 1e-3);
            }
            for pair in clips.windows(2) {
                let of = |table: &[PerLabel], label: usize| {
                    table[pair[0]][label] * table[pair[1]][0] / (table[pair[0]][0] * table[pair[1]][label])
                };
                for label in 1..Label::COUNT {
                    approx::assert_relative_eq!(
                        of(&balanced, label),
                        of(&before, label),
                        max_relative = 1e-9
                    );
                }
            }
        }
        for clip in balanced {
            approx::assert_abs_diff_eq!(clip.iter().sum::<f64>(), 1.0, epsilon = 1e-12);
        }
    }
}
