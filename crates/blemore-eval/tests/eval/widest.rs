//! The widest best region of thresholds, found by decoding every clip in every rectangle of the plane.

use blemore_eval::{Probability, ThresholdRegion};
use blemore_labels::Label;

use crate::reference;

/// The bounds of intervals without gaps: each is from one value to the next, the outer two are infinite.
fn intervals(mut values: Vec<f64>) -> Vec<(f64, f64)> {
    values.extend([f64::NEG_INFINITY, f64::INFINITY]);
    values.sort_by(f64::total_cmp);
    values.dedup();
    values.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// The length of the part within 0 to 1.
fn width((lower, upper): (f64, f64)) -> f64 {
    (upper.clamp(0.0, 1.0) - lower.clamp(0.0, 1.0)).max(0.0)
}

/// The first of the widest.
fn widest<T: Copy>(items: &[T], width: impl Fn(T) -> f64) -> T {
    let longest = items.iter().map(|item| width(*item)).fold(0.0, f64::max);
    *items.iter().find(|item| width(**item) == longest).unwrap()
}

/// ACC_presence, ACC_salience and the objective of a rectangle.
type Cell = (f64, f64, f64);

/// Rectangles with falling alpha, each with the cells of its rising betas.
struct Plane {
    alphas: Vec<(f64, f64)>,
    betas: Vec<(f64, f64)>,
    cells: Vec<Vec<Cell>>,
}

impl Plane {
    fn new<P: Probability>(rows: &[[P; 6]], truths: &[Label], weight: f64) -> Self {
        let at = |clip: usize, alpha, beta| {
            reference::score(&[reference::decode(&rows[clip], alpha, beta)], &truths[clip..=clip])
        };
        let sorted = |clip: usize| {
            let mut sorted = rows[clip];
            sorted.sort_by(|left, right| right.partial_cmp(left).unwrap());
            let second: f64 = sorted[1].into();
            (second, sorted[0].distance(sorted[1]))
        };
        // A value counts where the clip's own score changes at it.
        let clips = 0..rows.len();
        let alphas = clips.clone().map(|clip| (clip, sorted(clip).0));
        let alphas = alphas.filter(|(clip, at_it)| at(*clip, *at_it, 9.0) != at(*clip, at_it.next_up(), 9.0));
        let betas = clips.map(|clip| (clip, sorted(clip).1));
        let betas =
            betas.filter(|(clip, at_it)| at(*clip, -9.0, *at_it) != at(*clip, -9.0, at_it.next_down()));
        let mut alphas = intervals(alphas.map(|(_, alpha)| alpha).collect());
        alphas.reverse();
        let betas = intervals(betas.map(|(_, beta)| beta).collect());
        let cell = |alpha: f64, beta: f64| {
            let decoded: Vec<_> =
                rows.iter().map(|row| reference::decode(row, alpha.min(9.0), beta.max(-9.0))).collect();
            let (presence, salience) = reference::score(&decoded, truths);
            (presence, salience, weight * presence + (1.0 - weight) * salience)
        };
        // An interval of alphas has its upper end, one of betas its lower.
        let row = |&(_, alpha): &(f64, f64)| betas.iter().map(|&(beta, _)| cell(alpha, beta)).collect();
        let cells = alphas.iter().map(row).collect();
        Self { alphas, betas, cells }
    }

    /// The most right saliences of a row: a row has one ACC_presence.
    fn best_of(&self, row: usize) -> Cell {
        self.cells[row].iter().copied().max_by(|left, right| left.1.total_cmp(&right.1)).unwrap()
    }

    /// Runs of columns with the best cell of a row: first and last.
    fn best_runs(&self, row: usize) -> Vec<(usize, usize)> {
        let best = self.best_of(row);
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for column in (0..self.betas.len()).filter(|column| self.cells[row][*column] == best) {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == column => *last = column,
                _ => runs.push((column, column)),
            }
        }
        runs
    }
}

/// Of the rows with the best objective the widest, the highest of equal ones; in it the widest run of betas, the lowest of
/// equal ones; from there on all rows above and below in which the run has one score that is as good.
pub(crate) fn widest_region<P: Probability>(
    rows: &[[P; 6]],
    truths: &[Label],
    weight: f64,
) -> ThresholdRegion {
    let plane = Plane::new(rows, truths, weight);
    let objective = |row: usize| plane.best_of(row).2;
    let best = (0..plane.alphas.len()).map(objective).fold(f64::NEG_INFINITY, f64::max);
    let best_rows: Vec<usize> = (0..plane.alphas.len()).filter(|row| objective(*row) == best).collect();
    let row = widest(&best_rows, |row| width(plane.alphas[row]));
    let betas = |(first, last): (usize, usize)| (plane.betas[first].0, plane.betas[last].1);
    let (first, last) = widest(&plane.best_runs(row), |run| width(betas(run)));
    let is_level = |row: &usize| {
        let run = &plane.cells[*row][first..=last];
        run.iter().all(|cell| *cell == run[0] && cell.2 == best)
    };
    let highest = (0..row).rev().take_while(is_level).last().unwrap_or(row);
    let lowest = (row..plane.alphas.len()).take_while(is_level).last().unwrap_or(row);
    let (beta_from, beta_below) = betas((first, last));
    ThresholdRegion {
        alpha_above: plane.alphas[lowest].0,
        alpha_to: plane.alphas[highest].1,
        beta_from,
        beta_below,
    }
}
