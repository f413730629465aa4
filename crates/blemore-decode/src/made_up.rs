//! Clips for tests: outputs that tell something of the labels, and not all.

use blemore_eval::ProbabilityTable;
use blemore_labels::Label;
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Dxsm;

use crate::{Outputs, Training};

/// `folds` folds of three actors each, every actor with every label once.
pub(crate) fn training(folds: usize) -> Training {
    let clips = folds * 3 * Label::COUNT;
    let labels: Vec<Label> = (0..folds * 3).flat_map(|_| Label::all()).collect();
    let mut rng = Pcg64Dxsm::seed_from_u64(1);
    let mut rows = String::from("filename,ang,disg,fea,hap,sad,neu");
    for (clip, label) in labels.iter().enumerate() {
        let mut outputs: [f64; 6] =
            std::array::from_fn(|_| (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64);
        for (emotion, percent) in label.components() {
            outputs[emotion.index()] += f64::from(percent) / 100.0;
        }
        let sum: f64 = outputs.iter().sum();
        rows.push_str(&format!("\ntest_{clip:04}"));
        outputs.iter().for_each(|p| rows.push_str(&format!(",{}", p / sum)));
    }
    let table = ProbabilityTable::parse(rows.as_bytes()).unwrap();
    let outputs = Outputs::new([("made up", &table)]).unwrap();
    let actors = (0..clips).map(|clip| format!("A{:02}", clip / Label::COUNT)).collect();
    let folds = (0..clips).map(|clip| (clip / (3 * Label::COUNT)) as i64).collect();
    Training::new(outputs, labels, actors, folds).unwrap()
}
