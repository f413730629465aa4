//! Late fusion: one table of probabilities from those of several systems.

use blemore_eval::{Divergence, GridSearch, PUBLISHED_PRESENCE_WEIGHT, Probabilities};
use blemore_labels::{Emotion, Label};
use serde::{Deserialize, Serialize};

use crate::{Error, Outputs, Training};

/// Steps of the maximisation: more than the third decimal of the weights needs.
const LIKELIHOOD_STEPS: usize = 500;
/// How much weight the direct search moves from one system to another, coarse to fine.
const MOVES: [f64; 3] = [0.2, 0.1, 0.05];

/// How several systems are weighed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fusion {
    /// All alike: the published way.
    #[default]
    Mean,
    /// The weights with the largest likelihood of the training clips' saliences under the mean.
    Likelihood,
    /// The weights with the largest composite score of the training clips, with the best thresholds of the published
    /// grid, by a search from equal weights.
    Score,
}

impl Fusion {
    /// The weight of each system; they are not negative and sum to 1.
    ///
    /// # Errors
    /// [`Error::Eval`] where there are no clips to learn from.
    ///
    /// ```
    /// # use blemore_decode::{Fusion, Outputs, Training};
    /// # use blemore_eval::ProbabilityTable;
    /// let good = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu\nA1_ang_int1_ver1,0.9,0.1,0,0,0,0")?;
    /// let bad = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu\nA1_ang_int1_ver1,0.1,0.9,0,0,0,0")?;
    /// let outputs = Outputs::new([("good", &good), ("bad", &bad)])?;
    /// let training = Training::new(outputs, vec!["ang".parse()?], vec!["A1".to_owned()], vec![0])?;
    /// assert_eq!(Fusion::Mean.weights(&training)?, [0.5, 0.5]);
    /// assert!(Fusion::Likelihood.weights(&training)?[0] > 0.99);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn weights(self, training: &Training) -> Result<Vec<f64>, Error> {
        let systems = training.outputs().systems().len();
        let equal = vec![1.0 / systems as f64; systems];
        match self {
            Self::Mean => Ok(equal),
            Self::Likelihood => Ok(by_likelihood(training, equal)),
            Self::Score => by_score(training, equal),
        }
    }
}

/// The weighted mean of the systems' probabilities. Weights are taken relative to their sum.
///
/// # Errors
/// [`Error::SystemCount`] unless there is a weight per system.
pub fn fuse(outputs: &Outputs, weights: &[f64]) -> Result<Probabilities<f64>, Error> {
    let systems = outputs.systems();
    if systems.len() != weights.len() {
        let expected = format!("{} systems", weights.len());
        return Err(Error::SystemCount {
            expected,
            names: "one per weight".to_owned(),
            found: systems.len(),
        });
    }
    let total: f64 = weights.iter().sum();
    let rows = (0..outputs.clips().len()).map(|clip| {
        let mut sum = [0.0; Emotion::COUNT];
        for (system, weight) in systems.iter().zip(weights) {
            for (sum, p) in sum.iter_mut().zip(&system.rows()[clip]) {
                *sum += weight / total * p;
            }
        }
        sum
    });
    Ok(Probabilities::new(rows.collect())?)
}

/// Expectation maximisation of the sum of `s log(sum of w p)` over clips and emotions, `s` the saliences.
fn by_likelihood(training: &Training, mut weights: Vec<f64>) -> Vec<f64> {
    let systems = training.outputs().systems();
    let cells: Vec<(f64, Vec<f64>)> = training
        .labels()
        .iter()
        .enumerate()
        .flat_map(|(clip, label)| label.components().map(move |component| (clip, component)))
        .map(|(clip, (emotion, percent))| {
            let p = |system: &Probabilities<f64>| {
                system.rows()[clip][emotion.index()].max(Divergence::SMALLEST_PROBABILITY)
            };
            (f64::from(percent), systems.iter().map(p).collect())
        })
        .collect();
    for _ in 0..LIKELIHOOD_STEPS {
        let mut shares = vec![0.0; weights.len()];
        for (salience, probabilities) in &cells {
            let mean: f64 = weights.iter().zip(probabilities).map(|(weight, p)| weight * p).sum();
            for ((share, weight), p) in shares.iter_mut().zip(&weights).zip(probabilities) {
                *share += salience * weight * p / mean;
            }
        }
        let total: f64 = shares.iter().sum();
        if total > 0.0 {
            weights = shares.into_iter().map(|share| share / total).collect();
        }
    }
    weights
}

/// Moves weight between two systems as long as the composite score grows.
fn by_score(training: &Training, mut weights: Vec<f64>) -> Result<Vec<f64>, Error> {
    let composite = |weights: &[f64]| -> Result<f64, Error> {
        let fused = fuse(training.outputs(), weights)?;
        let found = GridSearch::default().search(&fused, training.labels())?;
        Ok(found.scores.composite(PUBLISHED_PRESENCE_WEIGHT))
    };
    let mut best = composite(&weights)?;
    for step in MOVES {
        loop {
            let mut moved: Option<(f64, Vec<f64>)> = None;
            for from in 0..weights.len() {
                for to in (0..weights.len()).filter(|&to| to != from) {
                    let step = step.min(weights[from]);
                    let mut tried = weights.clone();
                    tried[from] -= step;
                    tried[to] += step;
                    let found = composite(&tried)?;
                    if found > moved.as_ref().map_or(best, |(found, _)| *found) {
                        moved = Some((found, tried));
                    }
                }
            }
            let Some((found, tried)) = moved else { break };
            (best, weights) = (found, tried);
        }
    }
    Ok(weights)
}

/// One number that makes all probabilities sharper or flatter: `p` becomes proportional to `p^(1 / temperature)`.
///
/// Fitted by the likelihood of the saliences (temperature scaling, Guo et al. 2017). A system whose outputs are too sure
/// has a temperature above 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Temperature(f64);

impl Temperature {
    /// The range that is searched.
    const RANGE: (f64, f64) = (0.05, 20.0);
    /// Steps of the golden section: the range shrinks to a billionth.
    const STEPS: usize = 50;

    /// The temperature of these probabilities, shape `(N, 6)`, with N labels.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is a label for each row.
    ///
    /// ```
    /// use blemore_decode::Temperature;
    /// use blemore_eval::Probabilities;
    ///
    /// let sure = Probabilities::new(vec![[0.999, 0.001, 0.0, 0.0, 0.0, 0.0]; 2])?;
    /// let temperature = Temperature::fit(&sure, &["ang".parse()?, "disg".parse()?])?;
    /// assert!(temperature.value() > 2.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(probabilities: &Probabilities<f64>, labels: &[Label]) -> Result<Self, Error> {
        if probabilities.len() != labels.len() {
            let (expected, found) = (probabilities.len(), labels.len());
            return Err(Error::LengthMismatch { what: "labels", expected, found });
        }
        let logarithms: Vec<[f64; Emotion::COUNT]> = probabilities
            .iter()
            .map(|row| row.map(|p| p.max(Divergence::SMALLEST_PROBABILITY).ln()))
            .collect();
        // Convex in the sharpness, one over the temperature.
        let loss = |sharpness: f64| -> f64 {
            let of_clip = |(row, label): (&[f64; Emotion::COUNT], &Label)| {
                let total: f64 = row.iter().map(|value| (sharpness * value).exp()).sum();
                let own: f64 = label
                    .components()
                    .map(|(emotion, percent)| f64::from(percent) / 100.0 * sharpness * row[emotion.index()])
                    .sum();
                total.ln() - own
            };
            logarithms.iter().zip(labels).map(of_clip).sum()
        };
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        let (mut low, mut high) = (1.0 / Self::RANGE.1, 1.0 / Self::RANGE.0);
        let inner = |low: f64, high: f64| (high - golden * (high - low), low + golden * (high - low));
        let (mut left, mut right) = inner(low, high);
        let (mut at_left, mut at_right) = (loss(left), loss(right));
        for _ in 0..Self::STEPS {
            if at_left <= at_right {
                (high, right, at_right) = (right, left, at_left);
                left = inner(low, high).0;
                at_left = loss(left);
            } else {
                (low, left, at_left) = (left, right, at_right);
                right = inner(low, high).1;
                at_right = loss(right);
            }
        }
        Ok(Self(2.0 / (low + high)))
    }

    /// The number itself, above 0.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The calibrated probabilities.
    ///
    /// # Errors
    /// None for a fitted temperature; rows are checked as all probabilities are.
    pub fn apply(self, probabilities: &Probabilities<f64>) -> Result<Probabilities<f64>, Error> {
        let rows = probabilities.iter().map(|row| {
            let largest = row.iter().copied().fold(Divergence::SMALLEST_PROBABILITY, f64::max);
            let powers = row.map(|p| (p / largest).powf(1.0 / self.0));
            let sum: f64 = powers.iter().sum();
            powers.map(|power| power / sum)
        });
        Ok(Probabilities::new(rows.collect())?)
    }
}
