//! Four real models' outputs on all clips of the dataset: thresholds, nested thresholds, the held-out test.
//!
//! The figures to hold against are those of a plain port of the published rules.

use std::fs;

use blemore_eval::{GridSearch, MeanStd, Probabilities, Scores, SearchResult, decode_all, nested_selection};
use blemore_labels::{ClipName, Label};
use serde_json::Value;

const SYSTEMS: [&str; 4] =
    ["cross_entropy_50_epochs", "cross_entropy_100_epochs", "kl_50_epochs", "kl_100_epochs"];
/// Sums over folds may be taken in another order.
const ROUNDING: f64 = 1e-15;

/// Clips of the folds, or of the test partition.
#[derive(Default)]
struct Outputs {
    rows: Vec<[f64; 6]>,
    labels: Vec<Label>,
    folds: Vec<i64>,
}

impl Outputs {
    fn probabilities(&self) -> Probabilities<f64> {
        Probabilities::new(self.rows.clone()).unwrap()
    }

    fn search(&self) -> SearchResult {
        GridSearch::default().search(&self.probabilities(), &self.labels).unwrap()
    }

    fn score(&self, found: &SearchResult) -> [f64; 2] {
        let decoded = decode_all(&self.probabilities(), found.thresholds);
        accuracies(&Scores::of_labels(&self.labels, &decoded).unwrap())
    }

    fn fold(&self, fold: i64) -> Self {
        let mut part = Self::default();
        for clip in (0..self.rows.len()).filter(|clip| self.folds[*clip] == fold) {
            part.push(self.rows[clip], self.labels[clip], fold);
        }
        part
    }

    fn push(&mut self, row: [f64; 6], label: Label, fold: i64) {
        self.rows.push(row);
        self.labels.push(label);
        self.folds.push(fold);
    }
}

fn softmax(logits: [f64; 6]) -> [f64; 6] {
    let largest = logits.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let powers = logits.map(|logit| (logit - largest).exp());
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum)
}

fn accuracies(scores: &Scores) -> [f64; 2] {
    [scores.acc_presence(), scores.acc_salience()]
}

/// Held-out outputs of the five folds, and of the test partition.
fn read(text: &str) -> [Outputs; 2] {
    let mut parts = [Outputs::default(), Outputs::default()];
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let label = cells[0].parse::<ClipName>().unwrap().label().unwrap();
        let row = softmax(std::array::from_fn(|emotion| cells[emotion + 2].parse().unwrap()));
        match cells[1] {
            "test" => parts[1].push(row, label, 0),
            fold => parts[0].push(row, label, fold.parse().unwrap()),
        }
    }
    assert_eq!(parts.each_ref().map(|part| part.rows.len()), [2456, 594]);
    parts
}

fn assert_accuracies(expected: &Value, found: [f64; 2]) {
    for (key, found) in ["acc_presence", "acc_salience"].into_iter().zip(found) {
        assert_eq!(expected[key].as_f64(), Some(found), "{key}");
    }
}

fn assert_spread(expected: &Value, found: [MeanStd; 2]) {
    for (key, found) in ["acc_presence", "acc_salience"].into_iter().zip(found) {
        for (part, found) in [("mean", found.mean), ("std", found.std)] {
            approx::assert_abs_diff_eq!(expected[key][part].as_f64().unwrap(), found, epsilon = ROUNDING);
        }
    }
}

#[test]
fn the_figures_of_four_real_models() {
    let Some(folder) = blemore_testing::shared("blemore/hicmae") else { return };
    let expected: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    for system in SYSTEMS {
        let expected = &expected[system];
        let [train, test] = read(&fs::read_to_string(folder.join(format!("{system}.csv"))).unwrap());

        // Thresholds of the fold itself, as the paper reports.
        let folds: Vec<SearchResult> = (0..5).map(|fold| train.fold(fold).search()).collect();
        for (found, expected) in
            folds.iter().zip(expected["published"]["thresholds_of_folds"].as_array().unwrap())
        {
            let expected = [0, 1].map(|threshold| expected[threshold].as_f64().unwrap());
            assert_eq!([found.thresholds.alpha, found.thresholds.beta], expected, "{system}");
        }
        let grid = |probabilities: &_, labels: &[Label]| {
            Ok(GridSearch::default().search::<f64>(probabilities, labels)?.thresholds)
        };
        let nested = nested_selection(&train.probabilities(), &train.labels, &train.folds, grid).unwrap();
        let [look_ahead, honest] = [nested.look_ahead(), nested.nested()];
        assert_spread(
            &expected["published"],
            [look_ahead.accuracies.presence, look_ahead.accuracies.salience],
        );
        // Thresholds of the other folds.
        assert_spread(&expected["nested"], [honest.accuracies.presence, honest.accuracies.salience]);

        // The held-out test, with the thresholds of the fold with the highest composite: the first of equal ones.
        let composite = |found: &SearchResult| found.scores.composite(0.5);
        let best =
            folds.iter().reduce(|best, fold| if composite(fold) > composite(best) { fold } else { best });
        let best = best.unwrap();
        let thresholds = &expected["test_best_fold"]["thresholds"];
        assert_eq!(thresholds[0].as_f64(), Some(best.thresholds.alpha), "{system}");
        assert_accuracies(&expected["test_best_fold"], test.score(best));
        // With one pair of thresholds from all folds.
        assert_accuracies(&expected["test_all_folds"], test.score(&train.search()));
    }
}
