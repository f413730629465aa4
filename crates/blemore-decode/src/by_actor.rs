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

/// Scales the probabilities of each actor's clips until the sum of a label over them is its share of the clips, and the
/// sum of a clip is 1, by turns (Sinkhorn and Knopp 1967).
pub(crate) fn balance(posteriors: &mut [PerLabel], actors: &[String], shares: &[f64]) {
    for rows in rows_by_actor(actors) {
        let clips = rows.len() as f64;
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
                    *p *= share * clips / sum.max(f64::MIN_POSITIVE);
                }
                let total: f64 = posterior.iter().sum();
                posterior.iter_mut().for_each(|p| *p /= total.max(f64::MIN_POSITIVE));
            }
        }
    }
}
