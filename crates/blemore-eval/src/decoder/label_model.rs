//! A probability for each of the 36 labels from six probabilities.

use blemore_labels::{Emotion, Label, Ratio};

use super::Training;
use crate::{Divergence, Error, Probabilities, Probability};

/// The precision of the Gaussian prior of each parameter, centred at [`PRIOR_MEAN`]: worth a hundredth of what one clip
/// can tell, it decides only what the clips leave open (a kind that none has, labels that are told apart perfectly).
const PRIOR_PRECISION: f64 = 0.01;

/// Sharpness 1, as the paper's loss has it, and all kinds of labels equally likely.
const PRIOR_MEAN: Parameters = [1.0, 0.0, 0.0, 0.0];

/// Newton's method on a concave function of four parameters: it ends after about ten steps.
const MOST_STEPS: usize = 100;

/// The improvement, a clip, below which the fit has converged.
const SMALLEST_IMPROVEMENT: f64 = 1e-12;

const PARAMETERS: usize = 4;
/// Sharpness, then the log prior odds of neutral, of 50/50 and of 70/30 labels against a single emotion.
type Parameters = [f64; PARAMETERS];

/// A simple model of the label behind six probabilities: `P(label | p)` proportional to
/// `exp(-sharpness * KL(s || p) + prior of its kind)`, where `s` is the label's salience vector.
///
/// A network that was trained on soft labels by the KL divergence (section "Models") puts `p` near the salience vector
/// of what it sees; how near is one number, the sharpness. The four kinds of labels, single emotions, neutral, blends
/// at 50/50 and blends at 70/30, have a prior each, since a label of one kind is more frequent than one of another.
/// The four parameters are fitted to training clips by maximum likelihood, a concave problem with one optimum.
///
/// ```
/// use blemore_eval::{LabelModel, Probabilities, Training};
/// use blemore_labels::Label;
///
/// let labels: Vec<Label> = Label::all().collect();
/// let rows = labels.iter().map(|label| label.salience().as_array()).collect();
/// let probabilities = Probabilities::new(rows)?;
/// let model = LabelModel::fit(&Training::new(&probabilities, &labels)?)?;
/// let posterior = model.posterior(&[0.0_f32, 0.0, 0.3, 0.7, 0.0, 0.0]);
/// assert!(posterior["fea+hap 30/70".parse::<Label>()?.index()] > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LabelModel {
    parameters: Parameters,
    shapes: [LabelShape; Label::COUNT],
}

impl LabelModel {
    /// Fits the four parameters to training clips.
    ///
    /// # Errors
    /// [`Error::NoClips`] for an empty training set.
    pub fn fit<P: Probability>(training: &Training<'_, P>) -> Result<Self, Error> {
        training.check_not_empty("a model of the labels")?;
        let mut model = Self { parameters: PRIOR_MEAN, shapes: label_shapes() };
        let clips: Vec<TrainingClip> = training
            .probabilities()
            .iter()
            .zip(training.labels())
            .map(|(row, truth)| TrainingClip { divergences: model.divergences(row), truth: truth.index() })
            .collect();
        let mut likelihood = model.likelihood(&clips);
        for _ in 0..MOST_STEPS {
            let step = model.newton_step(&clips);
            let before = likelihood;
            likelihood = model.climb(&clips, step, likelihood);
            if likelihood - before <= SMALLEST_IMPROVEMENT * clips.len() as f64 {
                break;
            }
        }
        Ok(model)
    }

    /// How sharply the probability of a label falls with its divergence from the six probabilities.
    pub fn sharpness(&self) -> f64 {
        self.parameters[0]
    }

    /// The four parameters: the sharpness, and the log prior odds of neutral, of 50/50 and of 70/30 labels against a
    /// single emotion.
    pub fn parameters(&self) -> [f64; 4] {
        self.parameters
    }

    /// The model with these [`parameters`](LabelModel::parameters).
    pub fn from_parameters(parameters: [f64; 4]) -> Self {
        Self { parameters, shapes: label_shapes() }
    }

    /// The probability of each label, in the order of [`Label::all`]; they sum to 1.
    pub fn posterior<P: Probability>(&self, row: &[P; Emotion::COUNT]) -> [f64; Label::COUNT] {
        self.softmax(&self.divergences(row)).probabilities
    }

    /// The probability of each label for each clip, shape `(N, 36)`.
    ///
    /// # Errors
    /// None for a fitted model; the rows are checked as all probabilities are.
    pub fn posteriors<P: Probability>(
        &self,
        probabilities: &Probabilities<P>,
    ) -> Result<Probabilities<f64, { Label::COUNT }>, Error> {
        Probabilities::new(probabilities.iter().map(|row| self.posterior(row)).collect())
    }

    /// KL(s || p) for the salience vector s of each label.
    fn divergences<P: Probability>(&self, row: &[P; Emotion::COUNT]) -> [f64; Label::COUNT] {
        let logarithms = row.map(|value| {
            let value: f64 = value.into();
            value.max(Divergence::SMALLEST_PROBABILITY).ln()
        });
        self.shapes.map(|shape| {
            let crossed: f64 =
                shape.saliences.iter().zip(&logarithms).map(|(salience, log)| salience * log).sum();
            shape.negative_entropy - crossed
        })
    }

    fn softmax(&self, divergences: &[f64; Label::COUNT]) -> Softmax {
        let mut scores = [0.0; Label::COUNT];
        for ((score, divergence), shape) in scores.iter_mut().zip(divergences).zip(&self.shapes) {
            *score = dot(&shape.features(*divergence), &self.parameters);
        }
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let exponentials = scores.map(|score| (score - largest).exp());
        let sum: f64 = exponentials.iter().sum();
        let log_normaliser = largest + sum.ln();
        Softmax { probabilities: exponentials.map(|value| value / sum), scores, log_normaliser }
    }

    /// The log likelihood of the clips, with that of the prior, at the model's parameters.
    fn likelihood(&self, clips: &[TrainingClip]) -> f64 {
        let of_clips: f64 = clips
            .iter()
            .map(|clip| {
                let softmax = self.softmax(&clip.divergences);
                softmax.scores[clip.truth] - softmax.log_normaliser
            })
            .sum();
        let distance: f64 =
            self.parameters.iter().zip(PRIOR_MEAN).map(|(value, mean)| (value - mean).powi(2)).sum();
        of_clips - PRIOR_PRECISION / 2.0 * distance
    }

    /// The inverse of the curvature times the gradient.
    fn newton_step(&self, clips: &[TrainingClip]) -> Parameters {
        let mut gradient = [0.0; PARAMETERS];
        let mut curvature = [[0.0; PARAMETERS]; PARAMETERS];
        for index in 0..PARAMETERS {
            gradient[index] = -PRIOR_PRECISION * (self.parameters[index] - PRIOR_MEAN[index]);
            curvature[index][index] = PRIOR_PRECISION;
        }
        for clip in clips {
            let softmax = self.softmax(&clip.divergences);
            let features: Vec<Parameters> = self
                .shapes
                .iter()
                .zip(&clip.divergences)
                .map(|(shape, value)| shape.features(*value))
                .collect();
            let mut mean = [0.0; PARAMETERS];
            for (probability, features) in softmax.probabilities.iter().zip(&features) {
                add_scaled(&mut mean, features, *probability);
            }
            add_scaled(&mut gradient, &features[clip.truth], 1.0);
            add_scaled(&mut gradient, &mean, -1.0);
            for (probability, features) in softmax.probabilities.iter().zip(&features) {
                let mut deviation = *features;
                add_scaled(&mut deviation, &mean, -1.0);
                for (row, left) in curvature.iter_mut().zip(deviation) {
                    add_scaled(row, &deviation, probability * left);
                }
            }
        }
        solve_positive_definite(curvature, gradient)
    }

    /// Goes along the step, by a half, a quarter, ... of it where the whole of it leads down.
    fn climb(&mut self, clips: &[TrainingClip], step: Parameters, from: f64) -> f64 {
        const MOST_HALVINGS: i32 = 40;
        let start = self.parameters;
        for halvings in 0..MOST_HALVINGS {
            self.parameters = start;
            add_scaled(&mut self.parameters, &step, 0.5_f64.powi(halvings));
            let reached = self.likelihood(clips);
            if reached > from {
                return reached;
            }
        }
        self.parameters = start;
        from
    }
}

/// What the model knows of a label.
#[derive(Debug, Clone, Copy, PartialEq)]
struct LabelShape {
    saliences: [f64; Emotion::COUNT],
    /// The sum of `s log s`.
    negative_entropy: f64,
    /// Which prior it has; none for single emotions, which the others are measured against.
    prior: Option<usize>,
}

impl LabelShape {
    fn of(label: Label) -> Self {
        let mut saliences = [0.0; Emotion::COUNT];
        for (emotion, percent) in label.components() {
            saliences[emotion.index()] = f64::from(percent) / 100.0;
        }
        let negative_entropy =
            saliences.iter().filter(|&&value| value > 0.0).map(|value| value * value.ln()).sum();
        let prior = match label {
            Label::Single(Emotion::Neutral) => Some(1),
            Label::Single(_) => None,
            Label::Blend(blend) if blend.ratio() == Ratio::Equal => Some(2),
            Label::Blend(_) => Some(3),
        };
        Self { saliences, negative_entropy, prior }
    }

    /// What the parameters are multiplied with.
    fn features(&self, divergence: f64) -> Parameters {
        let mut features = [0.0; PARAMETERS];
        features[0] = -divergence;
        if let Some(prior) = self.prior {
            features[prior] = 1.0;
        }
        features
    }
}

fn label_shapes() -> [LabelShape; Label::COUNT] {
    let mut shapes = [LabelShape::of(Label::Single(Emotion::Anger)); Label::COUNT];
    for (shape, label) in shapes.iter_mut().zip(Label::all()) {
        *shape = LabelShape::of(label);
    }
    shapes
}

struct TrainingClip {
    divergences: [f64; Label::COUNT],
    truth: usize,
}

struct Softmax {
    probabilities: [f64; Label::COUNT],
    scores: [f64; Label::COUNT],
    log_normaliser: f64,
}

fn dot(left: &Parameters, right: &Parameters) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn add_scaled(sum: &mut Parameters, other: &Parameters, scale: f64) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += scale * other;
    }
}

/// Solves `matrix * x = vector` by Gaussian elimination; a positive definite matrix needs no pivoting.
fn solve_positive_definite(mut matrix: [Parameters; PARAMETERS], mut vector: Parameters) -> Parameters {
    for pivot in 0..PARAMETERS {
        let (done, below) = matrix.split_at_mut(pivot + 1);
        let pivot_row = done[pivot];
        for (row, entry) in below.iter_mut().zip(pivot + 1..) {
            let factor = row[pivot] / pivot_row[pivot];
            add_scaled(row, &pivot_row, -factor);
            vector[entry] -= factor * vector[pivot];
        }
    }
    for pivot in (0..PARAMETERS).rev() {
        let known: f64 = (pivot + 1..PARAMETERS).map(|column| matrix[pivot][column] * vector[column]).sum();
        vector[pivot] = (vector[pivot] - known) / matrix[pivot][pivot];
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elimination_solves() {
        let matrix = [[4.0, 1.0, 0.5, 0.0], [1.0, 3.0, 0.0, 0.5], [0.5, 0.0, 2.0, 1.0], [0.0, 0.5, 1.0, 5.0]];
        let solution = [1.0, -2.0, 3.0, 0.5];
        let vector = matrix.map(|row| dot(&row, &solution));
        for (found, expected) in solve_positive_definite(matrix, vector).iter().zip(solution) {
            assert!((found - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn the_likelihood_is_that_of_the_clips_and_of_the_prior() {
        let rows = [[0.4, 0.2, 0.1, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.3, 0.3, 0.1]];
        let model = LabelModel::from_parameters([2.0, -1.0, 0.5, 3.0]);
        let clips: Vec<TrainingClip> = rows
            .iter()
            .zip([0, 20])
            .map(|(row, truth)| TrainingClip { divergences: model.divergences(row), truth })
            .collect();
        let of_clips = model.posterior(&rows[0])[0].ln() + model.posterior(&rows[1])[20].ln();
        // A precision of 0.01 around a sharpness of 1 and even odds.
        let of_prior = -0.005 * (1.0 + 1.0 + 0.25 + 9.0);
        assert!((model.likelihood(&clips) - of_clips - of_prior).abs() < 1e-12);
    }
}
