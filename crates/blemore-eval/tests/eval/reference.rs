//! The published search as its description has it: every clip decoded through maps at every cell of the grid.

use std::collections::{BTreeMap, BTreeSet};

use blemore_eval::Probability;
use blemore_labels::{Emotion, Label};

/// Emotion to salience in percent.
pub(crate) type Decoded = BTreeMap<Emotion, u8>;

/// Steps 1 to 5 of the description, each on its own.
pub(crate) fn decode<P: Probability>(row: &[P; 6], alpha: f64, beta: f64) -> Decoded {
    let mut order: Vec<usize> = (0..6).collect();
    // A stable sort: of equal values the earlier emotion stays before the later one.
    order.sort_by(|&left, &right| row[right].partial_cmp(&row[left]).unwrap());
    let largest = order[0];
    let mut kept: BTreeMap<usize, P> = order[..2].iter().map(|&index| (index, row[index])).collect();
    let alone = |index: usize| Decoded::from([(Emotion::ALL[index], 100)]);

    let widened = |value: P| -> f64 { value.into() };
    if widened(row[largest]) < alpha {
        return alone(largest);
    }
    kept.retain(|_, value| widened(*value) >= alpha);
    let entries: Vec<(usize, P)> = kept.into_iter().collect();
    let &[(i, p_i), (j, p_j)] = &entries[..] else { return alone(entries[0].0) };
    if Emotion::ALL[j] == Emotion::Neutral {
        return alone(if p_i >= p_j { i } else { j });
    }
    let (salience_i, salience_j) = if p_i.distance(p_j) <= beta {
        (50, 50)
    } else if p_i > p_j {
        (70, 30)
    } else {
        (30, 70)
    };
    Decoded::from([(Emotion::ALL[i], salience_i), (Emotion::ALL[j], salience_j)])
}

/// ACC_presence and ACC_salience of decoded clips.
pub(crate) fn score(predicted: &[Decoded], truths: &[Label]) -> (f64, f64) {
    let (mut presence, mut salience, mut blends) = (0, 0, 0);
    for (predicted, truth) in predicted.iter().zip(truths) {
        let truth: Decoded = truth.components().collect();
        let emotions = |decoded: &Decoded| decoded.keys().copied().collect::<BTreeSet<_>>();
        presence += usize::from(emotions(predicted) == emotions(&truth));
        if truth.len() == 2 {
            blends += 1;
            salience += usize::from(*predicted == truth);
        }
    }
    let share = |right: usize, of: usize| if of == 0 { 0.0 } else { right as f64 / of as f64 };
    (share(presence, truths.len()), share(salience, blends))
}

#[derive(Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) alpha: f64,
    pub(crate) beta: f64,
    pub(crate) acc_presence: f64,
    pub(crate) acc_salience: f64,
    pub(crate) objective: f64,
    pub(crate) presence_only: f64,
    pub(crate) salience_only: f64,
}

/// All cells in order; the first best one.
pub(crate) fn search<P: Probability>(
    rows: &[[P; 6]],
    truths: &[Label],
    alphas: &[f64],
    betas: &[f64],
    weight: f64,
) -> Found {
    let mut best = Found {
        alpha: f64::NAN,
        beta: f64::NAN,
        acc_presence: 0.0,
        acc_salience: 0.0,
        objective: f64::NEG_INFINITY,
        presence_only: 0.0,
        salience_only: 0.0,
    };
    for &alpha in alphas {
        for &beta in betas {
            let predicted: Vec<Decoded> = rows.iter().map(|row| decode(row, alpha, beta)).collect();
            let (acc_presence, acc_salience) = score(&predicted, truths);
            let objective = weight * acc_presence + (1.0 - weight) * acc_salience;
            let presence_only = best.presence_only.max(acc_presence);
            let salience_only = best.salience_only.max(acc_salience);
            if objective > best.objective {
                best = Found { alpha, beta, acc_presence, acc_salience, objective, ..best };
            }
            (best.presence_only, best.salience_only) = (presence_only, salience_only);
        }
    }
    best
}
