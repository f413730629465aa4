//! The losses that are not published, one clip after the other: in f64, with their gradients in closed form.
//!
//! Each is a sum of three kinds of terms: the cross-entropy of a softmax, a squared difference, and the logistic loss of
//! the difference of two logits. A batch has so few outputs that plain code costs nothing beside the layers.

use blemore_labels::{Blend, Emotion, Label, PresenceClass, Ratio};
use tch::Tensor;

use super::Loss;
use crate::libtorch::{assign, to_vec, zeros};
use crate::{Error, Head, Objective};

/// The saliences of a clip, in the order of [`Emotion::ALL`].
type Saliences = [f64; Emotion::COUNT];

/// The loss of a batch, averaged over it, and its gradient with respect to the logits.
pub(super) fn value_and_gradient(
    loss: Loss,
    logits: &Tensor,
    targets: &Tensor,
) -> Result<(f64, Tensor), Error> {
    let outputs = loss.head.outputs();
    let (values, targets) = (to_vec(logits)?, to_vec(targets)?);
    let clips = targets.as_chunks::<{ Emotion::COUNT }>().0;
    let share = 1.0 / clips.len().max(1) as f64;
    let mut gradients = Vec::with_capacity(values.len());
    let mut sum = 0.0;
    for (row, target) in values.chunks_exact(outputs).zip(clips) {
        let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
        let (value, gradient) = of_clip(loss, &row, label_of(target));
        sum += value;
        #[expect(clippy::cast_possible_truncation, reason = "gradients are f32 from here on")]
        gradients.extend(gradient.iter().map(|value| (value * share) as f32));
    }
    let mut gradient = zeros(&[clips.len(), outputs], tch::Device::Cpu)?;
    assign(&mut gradient, &gradients)?;
    Ok((sum * share, gradient.f_to_device(logits.device())?))
}

/// The label of a soft label.
fn label_of(target: &[f32; Emotion::COUNT]) -> Label {
    let shown = |place: usize| (place < Emotion::COUNT && target[place] > 0.0).then_some(place);
    let mut places = (0..Emotion::COUNT).filter_map(shown);
    let first = places.next().unwrap_or_default();
    let single = Label::Single(Emotion::ALL[first]);
    let Some(second) = places.next() else { return single };
    let ratio = match target[first].total_cmp(&target[second]) {
        std::cmp::Ordering::Equal => Ratio::Equal,
        std::cmp::Ordering::Greater => Ratio::FirstDominant,
        std::cmp::Ordering::Less => Ratio::SecondDominant,
    };
    Label::blend(Emotion::ALL[first], Emotion::ALL[second], ratio).unwrap_or(single)
}

/// The loss of one clip, and its gradient with respect to the outputs of the head.
pub(crate) fn of_clip(loss: Loss, outputs: &[f64], label: Label) -> (f64, Vec<f64>) {
    let mut terms = Terms { outputs, value: 0.0, gradient: vec![0.0; outputs.len()] };
    match (loss.head, loss.objective) {
        (Head::Proportions, _) => terms.square(&saliences(label)),
        (Head::Emotions, objective) => of_emotions(&mut terms, objective, label),
        (Head::SetAndRatio, objective) => of_set_and_ratio(&mut terms, weights(objective), label),
        (Head::Labels, objective) => of_labels(&mut terms, weights(objective), label),
    }
    (terms.value, terms.gradient)
}

/// The weights of presence and salience. Their sum is 1 in several tasks; where they are 1 and 1, the loss is the negative
/// log likelihood of the label.
fn weights(objective: Objective) -> [f64; 2] {
    match objective {
        Objective::MultiTask { salience_weight } => [1.0 - salience_weight, salience_weight],
        _ => [1.0, 1.0],
    }
}

fn of_emotions(terms: &mut Terms<'_>, objective: Objective, label: Label) {
    let target = saliences(label);
    match objective {
        Objective::SquaredError => terms.square_of_softmax(&target),
        Objective::Ranking => {
            let pairs = ranked_pairs(&target);
            pairs.iter().for_each(|pair| terms.rank(1.0 / pairs.len() as f64, *pair));
        }
        Objective::MultiTask { .. } => {
            let [presence, salience] = weights(objective);
            let shown = label.components().count() as f64;
            let target = target.map(|value| if value > 0.0 { 1.0 / shown } else { 0.0 });
            terms.cross_entropy(presence, 0..Emotion::COUNT, &target);
            if let Label::Blend(blend) = label {
                terms.rank(salience, Pair::of_blend(blend));
            }
        }
        // Fits have libtorch's operations for these; the KL divergence has the same gradient, and differs by a constant.
        Objective::KlDivergence | Objective::SoftCrossEntropy => {
            terms.cross_entropy(1.0, 0..Emotion::COUNT, &target);
        }
    }
}

fn of_set_and_ratio(terms: &mut Terms<'_>, [presence, salience]: [f64; 2], label: Label) {
    let set = label.presence().index();
    terms.cross_entropy(presence, 0..PresenceClass::COUNT, &one_hot::<{ PresenceClass::COUNT }>(set));
    if let Label::Blend(blend) = label {
        let start = ratios_of(set - Emotion::COUNT);
        let ratio = one_hot::<{ Ratio::ALL.len() }>(blend.ratio() as usize);
        terms.cross_entropy(salience, start..start + Ratio::ALL.len(), &ratio);
    }
}

/// Where the ratios of a pair begin among the outputs of [`Head::SetAndRatio`].
pub(crate) const fn ratios_of(pair: usize) -> usize {
    PresenceClass::COUNT + pair * Ratio::ALL.len()
}

/// Presence is the cross-entropy of the sum over the labels of a set, salience that of the label given its set.
fn of_labels(terms: &mut Terms<'_>, [presence, salience]: [f64; 2], label: Label) {
    // -log P(set) = -log P(label) - (-log P(label | set)).
    terms.cross_entropy(presence, 0..Label::COUNT, &one_hot::<{ Label::COUNT }>(label.index()));
    if let Label::Blend(blend) = label {
        let start = label.index() - blend.ratio() as usize;
        let ratio = one_hot::<{ Ratio::ALL.len() }>(blend.ratio() as usize);
        terms.cross_entropy(salience - presence, start..start + Ratio::ALL.len(), &ratio);
    }
}

fn saliences(label: Label) -> Saliences {
    let mut saliences = [0.0; Emotion::COUNT];
    label.components().for_each(|(emotion, percent)| saliences[emotion.index()] = f64::from(percent) / 100.0);
    saliences
}

fn one_hot<const N: usize>(place: usize) -> [f64; N] {
    let mut target = [0.0; N];
    target[place] = 1.0;
    target
}

/// Two outputs, and the share of the first in being the larger: 1, 0, or one half for equal ones.
#[derive(Debug, Clone, Copy)]
struct Pair {
    first: usize,
    second: usize,
    first_wins: f64,
}

impl Pair {
    fn of_blend(blend: Blend) -> Self {
        let first_wins = match blend.ratio() {
            Ratio::Equal => 0.5,
            Ratio::FirstDominant => 1.0,
            Ratio::SecondDominant => 0.0,
        };
        Self { first: blend.first().index(), second: blend.second().index(), first_wins }
    }
}

/// The pairs of emotions of which at least one is shown: the two that are shown against each other, and each against those
/// that are not.
fn ranked_pairs(target: &Saliences) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for first in 0..Emotion::COUNT {
        for second in first + 1..Emotion::COUNT {
            let (one, other) = (target[first], target[second]);
            if one > 0.0 || other > 0.0 {
                let first_wins = if one == other { 0.5 } else { f64::from(u8::from(one > other)) };
                pairs.push(Pair { first, second, first_wins });
            }
        }
    }
    pairs
}

/// A loss and its gradient, of terms that are added up.
struct Terms<'a> {
    outputs: &'a [f64],
    value: f64,
    gradient: Vec<f64>,
}

impl Terms<'_> {
    /// Adds `weight` times the cross-entropy of the softmax over some outputs.
    fn cross_entropy(&mut self, weight: f64, range: std::ops::Range<usize>, target: &[f64]) {
        let logarithms = log_softmax(&self.outputs[range.clone()]);
        for ((gradient, logarithm), target) in self.gradient[range].iter_mut().zip(logarithms).zip(target) {
            self.value -= weight * target * logarithm;
            *gradient += weight * (logarithm.exp() - target);
        }
    }

    /// Adds the sum of squared differences from the target.
    fn square(&mut self, target: &[f64]) {
        for ((gradient, output), target) in self.gradient.iter_mut().zip(self.outputs).zip(target) {
            self.value += (output - target).powi(2);
            *gradient += 2.0 * (output - target);
        }
    }

    /// Adds the sum of squared differences of the softmax from the target.
    fn square_of_softmax(&mut self, target: &[f64]) {
        let probabilities: Vec<f64> = log_softmax(self.outputs).into_iter().map(f64::exp).collect();
        let differences: Vec<f64> = probabilities.iter().zip(target).map(|(p, target)| p - target).collect();
        let mean: f64 = differences.iter().zip(&probabilities).map(|(difference, p)| difference * p).sum();
        for ((gradient, difference), p) in self.gradient.iter_mut().zip(&differences).zip(&probabilities) {
            self.value += difference.powi(2);
            *gradient += 2.0 * p * (difference - mean);
        }
    }

    /// Adds `weight` times the logistic loss of the difference of two outputs (Burges et al. 2005, RankNet).
    fn rank(&mut self, weight: f64, pair: Pair) {
        let difference = self.outputs[pair.first] - self.outputs[pair.second];
        // log(1 + exp(d)), without overflow.
        let softplus = difference.max(0.0) + (-difference.abs()).exp().ln_1p();
        self.value += weight * (softplus - pair.first_wins * difference);
        let slope = weight * (logistic(difference) - pair.first_wins);
        self.gradient[pair.first] += slope;
        self.gradient[pair.second] -= slope;
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The logarithms of the softmax.
pub(crate) fn log_softmax(outputs: &[f64]) -> Vec<f64> {
    let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = outputs.iter().map(|output| (output - largest).exp()).sum();
    let normaliser = largest + sum.ln();
    outputs.iter().map(|output| output - normaliser).collect()
}
