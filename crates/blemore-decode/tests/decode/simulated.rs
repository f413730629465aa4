//! Clips whose outputs are drawn from a known model, so that the best decoder is known.

use blemore_decode::{Outputs, Training};
use blemore_eval::{Probabilities, ProbabilityTable};
use blemore_labels::{ClipName, Emotion, Label};
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Dxsm;

/// How far the outputs of an emotion are from those of another, in standard deviations of the noise.
const DISTANCE: f64 = 2.5;

/// Clips with their outputs, and the probability of each label given these outputs.
pub(crate) struct Clips {
    pub(crate) table: ProbabilityTable,
    pub(crate) labels: Vec<Label>,
    pub(crate) actors: Vec<String>,
    pub(crate) posteriors: Probabilities<f64, 36>,
}

impl Clips {
    /// `count` clips of the dataset's labels in turn, one actor after another.
    ///
    /// The outputs are a softmax of the label's saliences times [`DISTANCE`] plus normal noise, so that the posterior is a
    /// multinomial regression on their logarithms.
    pub(crate) fn draw(count: usize, actors: usize, seed: u64) -> Self {
        let mut rng = Pcg64Dxsm::seed_from_u64(seed);
        let all: Vec<Label> = Label::all().collect();
        let (mut names, mut rows, mut labels, mut of_clips, mut posteriors) =
            (vec![], vec![], vec![], vec![], vec![]);
        for clip in 0..count {
            let label = all[(uniform(&mut rng) * 36.0) as usize];
            let logits = mean_of(label).map(|mean| mean + normal(&mut rng));
            let actor = format!("A{}", clip * actors / count);
            // The version keeps the names of an actor's clips apart.
            let name = match label {
                Label::Single(emotion) => format!("{actor}_{emotion}_int1_ver{}", clip + 1),
                Label::Blend(blend) => {
                    let (a, b) = blend.ratio().percentages();
                    format!("{actor}_mix_{}_{}_{a}_{b}_ver{}", blend.first(), blend.second(), clip + 1)
                }
            };
            names.push(ClipName::parse(&name).unwrap());
            rows.push(softmax(logits));
            posteriors.push(posterior(&logits, &all));
            labels.push(label);
            of_clips.push(actor);
        }
        Self {
            table: ProbabilityTable::new(names, Probabilities::new(rows).unwrap()).unwrap(),
            labels,
            actors: of_clips,
            posteriors: Probabilities::new(posteriors).unwrap(),
        }
    }

    pub(crate) fn outputs(&self) -> Outputs {
        Outputs::new([("simulated", &self.table)]).unwrap()
    }

    /// In five folds by actor.
    pub(crate) fn training(&self) -> Training {
        let folds = Training::folds_by_actor(&self.actors, 5);
        Training::new(self.outputs(), self.labels.clone(), self.actors.clone(), folds).unwrap()
    }
}

fn mean_of(label: Label) -> [f64; 6] {
    let mut mean = [0.0; Emotion::COUNT];
    for (emotion, percent) in label.components() {
        mean[emotion.index()] = f64::from(percent) / 100.0 * DISTANCE;
    }
    mean
}

/// Of equally frequent labels. A softmax loses what all six logits have in common, so only differences count.
fn posterior(logits: &[f64; 6], all: &[Label]) -> [f64; 36] {
    let centred = |values: &[f64; 6]| {
        let mean = values.iter().sum::<f64>() / 6.0;
        values.map(|value| value - mean)
    };
    let seen = centred(logits);
    softmax(std::array::from_fn(|index| {
        let expected = centred(&mean_of(all[index]));
        -0.5 * seen.iter().zip(expected).map(|(seen, expected)| (seen - expected).powi(2)).sum::<f64>()
    }))
}

pub(crate) fn softmax<const N: usize>(logits: [f64; N]) -> [f64; N] {
    let powers = logits.map(f64::exp);
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum)
}

pub(crate) fn uniform(rng: &mut Pcg64Dxsm) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// By Box and Muller.
pub(crate) fn normal(rng: &mut Pcg64Dxsm) -> f64 {
    (-2.0 * (1.0 - uniform(rng)).ln()).sqrt() * (std::f64::consts::TAU * uniform(rng)).cos()
}
