//! Multinomial logistic regression over the 36 labels, with a Gaussian prior on its weights.
//!
//! It minimises `sum of -log P(label) + strength / 2 * sum of w' inv(C) w`, with one `w` of 36 weights per column and no
//! penalty on the biases. `C` says which labels have weights in common: the identity gives the usual L2 penalty, and
//! [`Sharing::parts`] labels with common emotions.
//!
//! The problem is solved in variables whose curvature is about 1. The columns go along the principal axes of the
//! standardised examples and the labels along those of `C`; the curvature of a variable there is about
//! `N * variance * axis of C * frequency of its labels + strength`.

use std::collections::BTreeMap;

use blemore_labels::{Emotion, Label};
use serde::{Deserialize, Serialize};

use crate::kernel::{self, Loss};
use crate::lbfgs;
use crate::matrix::Matrix;
use crate::symmetric;

pub(crate) const LABELS: usize = Label::COUNT;
/// One number per label.
pub(crate) type PerLabel = [f64; LABELS];

/// Axes with less variance than this share of the largest are rounding.
const SMALLEST_AXIS: f64 = 1e-12;

/// The prior standard deviations of the parts of a label's weights in [`Sharing::parts`].
mod deviations {
    pub(super) const EMOTION: f64 = 1.0 / 3.0;
    /// Per 100 % of an emotion.
    pub(super) const SALIENCE: f64 = 1.0;
    /// Of a blend, or a single emotion, at any ratio.
    pub(super) const SET: f64 = 1.0 / 3.0;
    pub(super) const OWN: f64 = 1.0 / 6.0;
}

/// The covariance of the weights of the 36 labels: axes and the deviation along each.
#[derive(Debug, Clone)]
pub(crate) struct Sharing {
    deviations: Vec<f64>,
    axes: Vec<PerLabel>,
}

impl Sharing {
    /// Each label for itself.
    pub(crate) fn none() -> Self {
        Self::of(|row, column| if row == column { 1.0 } else { 0.0 })
    }

    /// The weights of a label are the sum of those of its emotions, of its emotions by salience, of its set of emotions at
    /// any ratio, and some of its own: what is learned of 70/30 serves all blends.
    pub(crate) fn parts() -> Self {
        let shares = |label: Label| {
            label.components().map(|(emotion, percent)| (emotion, f64::from(percent) / 100.0)).collect()
        };
        let labels: Vec<BTreeMap<Emotion, f64>> = Label::all().map(shares).collect();
        Self::of(|row, column| {
            let [first, second] = [&labels[row], &labels[column]];
            let common = first.iter().filter_map(|(emotion, share)| Some((share, second.get(emotion)?)));
            let emotions: f64 =
                common.map(|(a, b)| deviations::EMOTION.powi(2) + deviations::SALIENCE.powi(2) * a * b).sum();
            let set = if first.keys().eq(second.keys()) { deviations::SET.powi(2) } else { 0.0 };
            let own = if row == column { deviations::OWN.powi(2) } else { 0.0 };
            emotions + set + own
        })
    }

    fn of(covariance: impl Fn(usize, usize) -> f64) -> Self {
        let matrix =
            (0..LABELS).map(|row| (0..LABELS).map(|column| covariance(row, column)).collect()).collect();
        let (values, vectors) = symmetric::eigen(matrix);
        let axes = vectors.into_iter().map(|vector| std::array::from_fn(|label| vector[label])).collect();
        Self { deviations: values.into_iter().map(f64::sqrt).collect(), axes }
    }

    /// Weights per label from those along the axes of `C`.
    fn per_label(&self, along: &PerLabel) -> PerLabel {
        let mut weights = [0.0; LABELS];
        for ((value, deviation), axis) in along.iter().zip(&self.deviations).zip(&self.axes) {
            for (weight, a) in weights.iter_mut().zip(axis) {
                *weight += value * deviation * a;
            }
        }
        weights
    }

    /// The transpose of [`Sharing::per_label`], for gradients.
    fn along_axes(&self, weights: &PerLabel) -> PerLabel {
        std::array::from_fn(|index| {
            let axis = &self.axes[index];
            self.deviations[index] * axis.iter().zip(weights).map(|(a, weight)| a * weight).sum::<f64>()
        })
    }
}

/// A fitted regression: the logit of label `k` is `biases[k]` plus the sum over columns of `x * weights[column][k]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Regression {
    /// One row per column of the examples.
    pub(crate) weights: Vec<Vec<f64>>,
    /// One per label.
    pub(crate) biases: Vec<f64>,
}

impl Regression {
    /// The probability of each label.
    pub(crate) fn posterior(&self, row: &[f64]) -> PerLabel {
        let mut logits: PerLabel = std::array::from_fn(|label| self.biases[label]);
        for (x, weights) in row.iter().zip(&self.weights) {
            for (logit, weight) in logits.iter_mut().zip(weights) {
                *logit += x * weight;
            }
        }
        kernel::softmax(&mut logits);
        logits
    }
}

/// Examples in the coordinates of the fit.
pub(crate) struct Problem<'a> {
    labels: &'a [usize],
    means: Vec<f64>,
    /// Standardised columns to principal axes: one row per axis, entries divided by the column's deviation.
    axes: Vec<Vec<f64>>,
    /// The sum of squares along each axis.
    squares: Vec<f64>,
    /// The examples along the axes.
    rows: Matrix,
}

impl<'a> Problem<'a> {
    /// Examples, one row each, with the index of the label of each.
    pub(crate) fn new(examples: &Matrix, labels: &'a [usize]) -> Self {
        let (means, deviations) = examples.moments();
        let count = examples.len() as f64;
        let columns = means.len();
        let mut products = vec![vec![0.0; columns]; columns];
        for row in examples.iter() {
            let standard: Vec<f64> = row
                .iter()
                .zip(&means)
                .zip(&deviations)
                .map(|((x, mean), deviation)| (x - mean) / deviation)
                .collect();
            for (products, x) in products.iter_mut().zip(&standard) {
                for (product, y) in products.iter_mut().zip(&standard) {
                    *product += x * y;
                }
            }
        }
        let (squares, vectors) = symmetric::eigen(products);
        let smallest = squares.iter().copied().fold(0.0, f64::max).max(count * f64::EPSILON) * SMALLEST_AXIS;
        let (squares, axes): (Vec<f64>, Vec<Vec<f64>>) = squares
            .into_iter()
            .zip(vectors)
            .filter(|(square, _)| *square > smallest)
            .map(|(square, axis)| {
                (square, axis.iter().zip(&deviations).map(|(a, deviation)| a / deviation).collect())
            })
            .unzip();
        let rows = examples.map_rows(axes.len(), |row, moved| {
            for (moved, axis) in moved.iter_mut().zip(&axes) {
                *moved = row.iter().zip(&means).zip(axis).map(|((x, mean), a)| (x - mean) * a).sum();
            }
        });
        Self { labels, means, axes, squares, rows }
    }

    /// The regression of each strength; each starts from the one before. `tolerance` is what may be left to gain in the log
    /// likelihood of all examples, twice.
    pub(crate) fn fit(&self, sharing: &Sharing, strengths: &[f64], tolerance: f64) -> Vec<Regression> {
        let mut coefficients = vec![[0.0; LABELS]; self.rows.columns()];
        let mut biases: PerLabel = counts(self.labels).map(f64::ln);
        strengths
            .iter()
            .map(|&strength| {
                self.fit_one(sharing, strength, tolerance, &mut coefficients, &mut biases);
                self.regression(sharing, &coefficients, &biases)
            })
            .collect()
    }

    /// Moves `coefficients`, along the axes of columns and labels, and biases to the optimum.
    fn fit_one(
        &self,
        sharing: &Sharing,
        strength: f64,
        tolerance: f64,
        coefficients: &mut [PerLabel],
        biases: &mut PerLabel,
    ) {
        let scaled = Scaled::new(self, sharing, strength);
        let values = coefficients.iter().flatten().chain(&*biases);
        let start = values.zip(&scaled.scales).map(|(value, scale)| value / scale).collect();
        let found = lbfgs::minimise(start, tolerance, |point, gradient| scaled.loss(point, gradient));
        let values = scaled.values(&found);
        let (chunks, _) = values.as_chunks::<LABELS>();
        for (to, from) in coefficients.iter_mut().chain([biases]).zip(chunks) {
            *to = *from;
        }
    }

    /// The regression on the columns as they came.
    fn regression(&self, sharing: &Sharing, coefficients: &[PerLabel], biases: &PerLabel) -> Regression {
        let along: Vec<PerLabel> = coefficients.iter().map(|along| sharing.per_label(along)).collect();
        let mut biases = biases.to_vec();
        let weights: Vec<Vec<f64>> = (0..self.means.len())
            .map(|column| {
                let mut weights = vec![0.0; LABELS];
                for (axis, along) in self.axes.iter().zip(&along) {
                    for (weight, value) in weights.iter_mut().zip(along) {
                        *weight += axis[column] * value;
                    }
                }
                weights
            })
            .collect();
        for (mean, weights) in self.means.iter().zip(&weights) {
            for (bias, weight) in biases.iter_mut().zip(weights) {
                *bias -= mean * weight;
            }
        }
        Regression { weights, biases }
    }
}

/// The loss in variables whose curvature is about 1.
struct Scaled<'a> {
    problem: &'a Problem<'a>,
    sharing: &'a Sharing,
    strength: f64,
    /// One per variable; the last 36 are the biases'.
    scales: Vec<f64>,
}

impl<'a> Scaled<'a> {
    fn new(problem: &'a Problem<'a>, sharing: &'a Sharing, strength: f64) -> Self {
        // Between that of the labels as frequent as they are and that of labels that are all alike, which the probabilities
        // are between as well.
        let count = problem.labels.len().max(1) as f64;
        let curvatures =
            counts(problem.labels).map(|of_label| 0.5 * (of_label / count + 1.0 / LABELS as f64));
        let of_axis = |(axis, deviation): (&PerLabel, &f64)| {
            deviation.powi(2)
                * axis.iter().zip(&curvatures).map(|(a, curvature)| a * a * curvature).sum::<f64>()
        };
        let of_axes: Vec<f64> = sharing.axes.iter().zip(&sharing.deviations).map(of_axis).collect();
        let squares = problem.squares.iter();
        let of_weights = squares.flat_map(|square| of_axes.iter().map(move |axis| square * axis + strength));
        let of_biases = curvatures.iter().map(|curvature| curvature * count);
        let scales = of_weights.chain(of_biases).map(|curvature| 1.0 / curvature.sqrt()).collect();
        Self { problem, sharing, strength, scales }
    }

    /// Coefficients along the axes of columns and labels, 36 for each column, and biases.
    fn values(&self, point: &[f64]) -> Vec<f64> {
        point.iter().zip(&self.scales).map(|(value, scale)| value * scale).collect()
    }

    /// Gives the loss and writes its gradient.
    fn loss(&self, point: &[f64], gradient: &mut [f64]) -> f64 {
        let values = self.values(point);
        let (coefficients, biases) = values.split_at(values.len() - LABELS);
        let (coefficients, _) = coefficients.as_chunks::<LABELS>();
        let weights: Vec<PerLabel> = coefficients.iter().map(|along| self.sharing.per_label(along)).collect();
        let (mut weights_gradient, mut biases_gradient) = (vec![[0.0; LABELS]; weights.len()], [0.0; LABELS]);
        let mut loss = 0.0;
        let sums = Loss {
            rows: self.problem.rows.values(),
            labels: self.problem.labels,
            weights: &weights,
            biases: &std::array::from_fn(|label| biases[label]),
            gradient: &mut weights_gradient,
            biases_gradient: &mut biases_gradient,
            loss: &mut loss,
        };
        sums.add();
        let (gradients, of_biases) = gradient.split_at_mut(coefficients.len() * LABELS);
        let (gradients, _) = gradients.as_chunks_mut::<LABELS>();
        for ((along, gradient), values) in weights_gradient.iter().zip(gradients).zip(coefficients) {
            *gradient = self.sharing.along_axes(along);
            for (gradient, value) in gradient.iter_mut().zip(values) {
                *gradient += self.strength * value;
                loss += 0.5 * self.strength * value * value;
            }
        }
        of_biases.copy_from_slice(&biases_gradient);
        for (gradient, scale) in gradient.iter_mut().zip(&self.scales) {
            *gradient *= scale;
        }
        loss
    }
}

/// How often each label comes, and half a clip more.
fn counts(labels: &[usize]) -> PerLabel {
    let mut counts = [0.5; LABELS];
    for &label in labels {
        counts[label] += 1.0;
    }
    counts
}

#[cfg(test)]
mod tests {
    use blemore_eval::{ProbabilityTable, Scale};

    use super::*;
    use crate::Outputs;

    #[derive(Deserialize)]
    struct Case {
        strength: f64,
        rows: Vec<Vec<f64>>,
        labels: Vec<usize>,
        posteriors: Vec<Vec<f64>>,
    }

    fn case() -> (Case, Matrix) {
        let case: Case = serde_json::from_str(include_str!("../tests/fixtures/regression.json")).unwrap();
        let mut examples = Matrix::new(case.rows[0].len());
        case.rows.iter().for_each(|row| examples.push(row.iter().copied()));
        (case, examples)
    }

    #[test]
    fn labels_apart_are_scikit_learns_answer() {
        let (case, examples) = case();
        let sharing = Sharing::none();
        let fitted = Problem::new(&examples, &case.labels).fit(&sharing, &[100.0, case.strength], 1e-6);
        assert!(!case.posteriors.is_empty());
        for (row, expected) in examples.iter().zip(&case.posteriors) {
            for (found, expected) in fitted[1].posterior(row).iter().zip(expected) {
                approx::assert_abs_diff_eq!(*found, *expected, epsilon = 1e-4);
            }
        }
    }

    #[derive(Deserialize)]
    struct RealCase {
        strength: f64,
        every: usize,
        probability_of_the_label: Vec<f64>,
        log_likelihood: f64,
    }

    #[test]
    fn labels_apart_are_scikit_learns_answer_on_real_outputs() {
        let Some(folder) = blemore_testing::shared("blemore/hicmae") else { return };
        let expected: RealCase =
            serde_json::from_str(include_str!("../tests/fixtures/regression_real.json")).unwrap();
        let names = ["cross_entropy_50_epochs", "cross_entropy_100_epochs", "kl_50_epochs", "kl_100_epochs"];
        let tables = names.map(|name| {
            ProbabilityTable::read_as(folder.join(format!("{name}.csv")), Scale::Logits).unwrap()
        });
        let folds = tables[0].folds().unwrap();
        let rows: Vec<usize> = (0..folds.len()).filter(|&row| folds[row] != "test").collect();
        let outputs = Outputs::new(names.into_iter().zip(&tables)).unwrap().select(&rows).unwrap();
        let labels: Vec<usize> = outputs.clips().iter().map(|clip| clip.label().unwrap().index()).collect();
        let examples = outputs.features();
        let fitted = Problem::new(&examples, &labels).fit(&Sharing::none(), &[expected.strength], 1e-5);
        let own: Vec<f64> =
            examples.iter().zip(&labels).map(|(row, &label)| fitted[0].posterior(row)[label]).collect();
        let log_likelihood: f64 = own.iter().map(|p| p.ln()).sum();
        approx::assert_relative_eq!(log_likelihood, expected.log_likelihood, max_relative = 1e-4);
        let shown: Vec<f64> = own.into_iter().step_by(expected.every).collect();
        assert_eq!(shown.len(), expected.probability_of_the_label.len());
        for (found, expected) in shown.into_iter().zip(expected.probability_of_the_label) {
            approx::assert_relative_eq!(found, expected, max_relative = 1e-3);
        }
    }

    #[test]
    fn labels_share_what_they_have_in_common() {
        let sharing = Sharing::parts();
        let covariance = |first: &str, second: &str| -> f64 {
            let [first, second] = [first, second].map(|label| label.parse::<Label>().unwrap().index());
            let of_axis =
                |(axis, deviation): (&PerLabel, &f64)| axis[first] * axis[second] * deviation.powi(2);
            sharing.axes.iter().zip(&sharing.deviations).map(of_axis).sum()
        };
        // Emotions 1/9 each, saliences times 1, a set 1/9, a label's own 1/36.
        for (first, second, expected) in [
            ("ang", "ang", 1.0 / 9.0 + 1.0 + 1.0 / 9.0 + 1.0 / 36.0),
            ("ang", "hap", 0.0),
            ("ang", "ang+hap 70/30", 1.0 / 9.0 + 0.7),
            ("ang+hap 70/30", "ang+hap 70/30", 2.0 / 9.0 + 0.49 + 0.09 + 1.0 / 9.0 + 1.0 / 36.0),
            ("ang+hap 70/30", "ang+hap 30/70", 2.0 / 9.0 + 0.21 + 0.21 + 1.0 / 9.0),
            ("ang+hap 70/30", "disg+hap 50/50", 1.0 / 9.0 + 0.15),
            ("ang+hap 50/50", "fea+sad 50/50", 0.0),
        ] {
            approx::assert_abs_diff_eq!(covariance(first, second), expected, epsilon = 1e-12);
        }
    }

    /// The loss in the terms of its definition, with the inverse of the covariance by its axes.
    fn loss(regression: &Regression, case: &Case, examples: &Matrix, sharing: &Sharing) -> f64 {
        let own = |(row, label): (&[f64], &usize)| -regression.posterior(row)[*label].ln();
        let likelihood: f64 = examples.iter().zip(&case.labels).map(own).sum();
        let (_, deviations) = examples.moments();
        let along = |weights: &Vec<f64>, deviation: &f64| -> f64 {
            let of_axis = |(axis, size): (&PerLabel, &f64)| {
                let product: f64 = axis.iter().zip(weights).map(|(a, weight)| a * weight * deviation).sum();
                (product / size).powi(2)
            };
            sharing.axes.iter().zip(&sharing.deviations).map(of_axis).sum()
        };
        let penalty: f64 =
            regression.weights.iter().zip(&deviations).map(|(w, deviation)| along(w, deviation)).sum();
        likelihood + case.strength / 2.0 * penalty
    }

    #[test]
    fn the_fit_is_a_minimum_with_shared_labels_too() {
        let (case, examples) = case();
        let sharing = Sharing::parts();
        let fitted = Problem::new(&examples, &case.labels).fit(&sharing, &[case.strength], 1e-8).remove(0);
        let reached = loss(&fitted, &case, &examples, &sharing);
        for step in 0..200 {
            let mut moved = fitted.clone();
            let shift = if step % 2 == 0 { 1e-2 } else { -1e-2 };
            moved.weights[step % 6][step * 7 % LABELS] += shift;
            moved.biases[step * 11 % LABELS] += shift;
            assert!(loss(&moved, &case, &examples, &sharing) > reached, "step {step}");
        }
    }

    /// The optimum is the same with any scales, but after more steps.
    #[test]
    fn variables_of_the_fit_have_a_curvature_of_about_1() {
        let (case, examples) = case();
        for (sharing, strength) in [
            (Sharing::none(), 3.0),
            (Sharing::parts(), 3.0),
            (Sharing::parts(), 0.3),
            (Sharing::parts(), 300.0),
        ] {
            let problem = Problem::new(&examples, &case.labels);
            let scaled = Scaled::new(&problem, &sharing, strength);
            let variables = scaled.scales.len();
            let point =
                lbfgs::minimise(vec![0.0; variables], 1e-8, |point, gradient| scaled.loss(point, gradient));
            let (mut below, mut above) = (vec![0.0; variables], vec![0.0; variables]);
            let curvatures: Vec<f64> = (0..variables)
                .map(|variable| {
                    let (mut lower, mut upper) = (point.clone(), point.clone());
                    lower[variable] -= 1e-4;
                    upper[variable] += 1e-4;
                    scaled.loss(&lower, &mut below);
                    scaled.loss(&upper, &mut above);
                    (above[variable] - below[variable]) / 2e-4
                })
                .collect();
            let (weights, biases) = curvatures.split_at(variables - LABELS);
            for curvatures in [weights, biases] {
                let mean = curvatures.iter().sum::<f64>() / curvatures.len() as f64;
                let largest = curvatures.iter().copied().fold(0.0, f64::max);
                assert!((0.8..1.05).contains(&mean) && largest < 1.7, "{strength}: {mean} {largest}");
            }
        }
    }

    #[test]
    fn columns_that_say_the_same_or_nothing_do_no_harm() {
        let (case, examples) = case();
        let doubled = examples.map_rows(13, |row, written| {
            written[..6].copy_from_slice(row);
            written[6..12].copy_from_slice(row);
            written[12] = 7.0;
        });
        let sharing = Sharing::none();
        // Twice the same column halves its weights, and so the penalty.
        let once = Problem::new(&examples, &case.labels).fit(&sharing, &[case.strength], 1e-8).remove(0);
        let twice =
            Problem::new(&doubled, &case.labels).fit(&sharing, &[2.0 * case.strength], 1e-8).remove(0);
        for (row, doubled) in examples.iter().zip(doubled.iter()).take(50) {
            for (found, expected) in twice.posterior(doubled).iter().zip(once.posterior(row)) {
                approx::assert_abs_diff_eq!(*found, expected, epsilon = 1e-4);
            }
        }
    }
}
