//! The best that any system can reach where the probability of every label is known.

use blemore::data::generate::KnownCorpus;
use blemore::labels::{Label, PresenceClass};

/// The composite that the best label of each clip has on average.
pub(crate) fn optimum(corpus: &KnownCorpus) -> f64 {
    let worth = |posterior: &[f64; Label::COUNT]| {
        let mut sets = [0.0; PresenceClass::COUNT];
        for label in Label::all() {
            sets[label.presence().index()] += posterior[label.index()];
        }
        let worth = |label: Label| {
            let of_salience =
                if label.is_blend() { posterior[label.index()] / corpus.blend_share() } else { 0.0 };
            0.5 * (sets[label.presence().index()] + of_salience)
        };
        Label::all().map(worth).fold(0.0, f64::max)
    };
    corpus.posteriors().iter().map(worth).sum::<f64>() / corpus.posteriors().len() as f64
}
