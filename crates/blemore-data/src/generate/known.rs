//! Clips whose labels have an exactly known probability, given the features.
//!
//! The features of a clip are `signal * (sum_e response(s_e) * prototype_e + own * prototype_pair) + offset_a + noise`: s
//! is the salience of its label, which is drawn from known shares; a blend has something of its own, whatever its ratio;
//! offsets of actors and noise are normal. For whoever does not know the actor, offset and noise are one normal noise, so
//! the probability of each label is a softmax of squared distances.

use blemore_features::FeatureTable;
use blemore_labels::{ClipName, Emotion, Label, PresenceClass};
use ndarray::Array2;

use super::expression::{normals, response};
use crate::random::Random;
use crate::{ClipRecord, Error, Folds, Metadata};

/// As many actors and clips of each as the published training partition has, nearly.
const ACTORS: usize = 47;
const CLIPS_PER_ACTOR: usize = 52;
const FOLDS: usize = 5;
/// The share of blends, as in Table I.
const BLEND_SHARE: f64 = 1660.0 / 3050.0;
/// How often an actor shows each emotion alone, where it shows each label of a blend once, so that every label is worth the
/// same to whoever knows nothing of a clip: the composite score of each is half of 1/12. With other numbers, saying blends
/// more or less often is a difference that is no chance; with drawn ones, so is saying what was drawn often.
const EVEN_SINGLES: usize = 5;
/// The share of blends that these are.
const EVEN_BLEND_SHARE: f64 = 0.5;
/// Features of a clip, D.
const WIDTH: usize = 16;
/// How much of its own a blend has, where an emotion alone has 1.
const OWN: f64 = 0.8;
/// Standard deviations of an actor's offset and of the noise, where a prototype's is 1.
const OFFSET: f64 = 0.5;
const NOISE: f64 = 1.0;

/// Generated clips with the probability of each label given the features of the clip.
///
/// ```
/// use blemore_data::generate::KnownCorpus;
///
/// let corpus = KnownCorpus::generate(1, 2.0)?;
/// let (metadata, posteriors) = (corpus.metadata(), corpus.posteriors());
/// assert_eq!((metadata.len(), corpus.features().len(), posteriors.len()), (2444, 2444, 2444));
/// assert!((posteriors[0].iter().sum::<f64>() - 1.0).abs() < 1e-12);
/// # Ok::<(), blemore_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KnownCorpus {
    metadata: Metadata,
    features: FeatureTable,
    posteriors: Vec<[f64; Label::COUNT]>,
    blend_share: f64,
}

impl KnownCorpus {
    /// 2,444 clips of 47 actors in five folds. `signal` says how clearly the features tell the emotions, above 0.
    ///
    /// # Errors
    /// None for a finite signal: what is made is checked as files are.
    pub fn generate(seed: u64, signal: f64) -> Result<Self, Error> {
        Self::of_labels(seed, signal, BLEND_SHARE, CLIPS_PER_ACTOR, |random, _| draw(random))
    }

    /// 2,820 clips whose features say nothing. Each actor shows each emotion alone five times, and each label of a blend
    /// once, so that every label is worth the same in every fold: no system is better than another, but by chance.
    ///
    /// # Errors
    /// None: what is made is checked as files are.
    pub fn without_signal(seed: u64) -> Result<Self, Error> {
        let count = |label: Label| if label.is_blend() { 1 } else { EVEN_SINGLES };
        let labels: Vec<Label> =
            Label::all().flat_map(|label| std::iter::repeat_n(label, count(label))).collect();
        Self::of_labels(seed, 0.0, EVEN_BLEND_SHARE, labels.len(), |_, clip| labels[clip - 1])
    }

    /// Clips of which `label` gives the label, by their number of the actor from 1.
    fn of_labels(
        seed: u64,
        signal: f64,
        blend_share: f64,
        clips_per_actor: usize,
        label: impl Fn(&mut Random, usize) -> Label,
    ) -> Result<Self, Error> {
        let mut random = Random::new(seed, "known prototypes");
        // Of the single emotions and of the pairs.
        let prototypes: Vec<Vec<f64>> =
            PresenceClass::all().map(|_| normals(&mut random, WIDTH, 1.0)).collect();
        let means: Vec<Vec<f64>> = Label::all().map(|label| mean(label, &prototypes, signal)).collect();
        let (mut records, mut values) = (Vec::new(), Vec::new());
        for actor in 1..=ACTORS {
            let mut random = Random::new(seed, &format!("known actor {actor}"));
            let offset = normals(&mut random, WIDTH, OFFSET);
            for clip in 1..=clips_per_actor {
                let label = label(&mut random, clip);
                records.push(ClipRecord::of_name(name(actor, label, clip)?));
                let noise = normals(&mut random, WIDTH, NOISE);
                let sum = means[label.index()].iter().zip(&offset).zip(noise);
                values.extend(sum.map(|((mean, offset), noise)| (mean + offset + noise) as f32));
            }
        }
        let posteriors = values.chunks(WIDTH).map(|row| posterior(row, &means, blend_share)).collect();
        let folds = Folds::make(&Metadata::from_records(&records)?, FOLDS, seed)?;
        records.iter_mut().zip(folds.of_rows()).for_each(|(record, fold)| record.fold = Some(*fold));
        let clips = records.iter().map(|record| record.clip.clone());
        let shape = (records.len(), WIDTH);
        let values =
            Array2::from_shape_vec(shape, values).map_err(|error| Error::Mismatch(error.to_string()))?;
        let table = FeatureTable::new(clips, values)
            .map_err(|source| Error::Features { path: "generated".into(), source: Box::new(source) })?;
        let metadata = Metadata::generated(&records, "generated clips of known probabilities")?;
        Ok(Self { metadata, features: table, posteriors, blend_share })
    }

    /// The N clips, with folds.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The features, shape `(N, 16)`, in the order of the metadata.
    pub fn features(&self) -> &FeatureTable {
        &self.features
    }

    /// The probability of each label given the features of the clip alone, in the order of [`Label::all`].
    pub fn posteriors(&self) -> &[[f64; Label::COUNT]] {
        &self.posteriors
    }

    /// The share of blends among all clips: what labels are drawn with, or have exactly.
    pub fn blend_share(&self) -> f64 {
        self.blend_share
    }
}

/// The share of clips with this label.
fn share(label: Label, of_blends: f64) -> f64 {
    let blends = Label::COUNT - Emotion::COUNT;
    if label.is_blend() { of_blends / blends as f64 } else { (1.0 - of_blends) / Emotion::COUNT as f64 }
}

fn draw(random: &mut Random) -> Label {
    let mut left = random.uniform();
    let found = Label::all().find(|label| {
        left -= share(*label, BLEND_SHARE);
        left < 0.0
    });
    found.unwrap_or(Label::Single(Emotion::Neutral))
}

/// The number of the clip is its version, so that names differ.
fn name(actor: usize, label: Label, clip: usize) -> Result<ClipName, Error> {
    let shown = match label {
        Label::Single(emotion) => format!("{emotion}_int1"),
        Label::Blend(blend) => {
            let (first, second) = blend.ratio().percentages();
            format!("mix_{}_{}_{first}_{second}", blend.first(), blend.second())
        }
    };
    Ok(ClipName::parse(&format!("A{actor:03}_{shown}_ver{clip}"))?)
}

fn mean(label: Label, prototypes: &[Vec<f64>], signal: f64) -> Vec<f64> {
    let mut mean = vec![0.0; WIDTH];
    let mut add = |weight: f64, prototype: &[f64]| {
        mean.iter_mut().zip(prototype).for_each(|(mean, value)| *mean += signal * weight * value);
    };
    for (emotion, percent) in label.components() {
        add(response(f64::from(percent) / 100.0), &prototypes[emotion.index()]);
    }
    if label.is_blend() {
        add(OWN, &prototypes[label.presence().index()]);
    }
    mean
}

fn posterior(row: &[f32], means: &[Vec<f64>], blend_share: f64) -> [f64; Label::COUNT] {
    let variance = OFFSET * OFFSET + NOISE * NOISE;
    let mut scores = [0.0; Label::COUNT];
    for ((score, label), mean) in scores.iter_mut().zip(Label::all()).zip(means) {
        let distance: f64 = row.iter().zip(mean).map(|(x, mean)| (f64::from(*x) - mean).powi(2)).sum();
        *score = libm::log(share(label, blend_share)) - distance / (2.0 * variance);
    }
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers = scores.map(|score| libm::exp(score - largest));
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum)
}
