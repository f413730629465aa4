//! The figures that the published code gives.

use blemore_eval::{ExactSearch, GridSearch, ProbabilityTable};
use blemore_testing::shared;

/// Six figures: alpha, beta, both accuracies, best presence alone, best salience alone.
fn figures(table: &ProbabilityTable, presence_weight: f64) -> [f64; 6] {
    let search = GridSearch::default().presence_weight(presence_weight);
    let found = search.search(table.probabilities(), &table.labels().unwrap()).unwrap();
    [
        found.thresholds.alpha,
        found.thresholds.beta,
        found.scores.acc_presence(),
        found.scores.acc_salience(),
        found.presence_only,
        found.salience_only,
    ]
}

#[test]
fn hicmae_on_fold_0() {
    let Some(path) = shared("blemore/hicmae_fold0_probabilities.csv") else { return };
    let table = ProbabilityTable::read(path).unwrap();
    assert_eq!(table.len(), 522);
    let expected =
        [0.28684210526315784, 0.05, 0.12260536398467432, 0.0, 0.12260536398467432, 0.03214285714285714];
    assert_eq!(figures(&table, 0.5), expected);
}

#[test]
fn four_hundred_clips_at_three_weights() {
    let Some(path) = shared("parity/scoring/probabilities.csv") else { return };
    let Some(expected) = shared("parity/scoring/expected.json") else { return };
    let table = ProbabilityTable::read(path).unwrap();
    let expected: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(expected).unwrap()).unwrap();
    for weight in ["0.5", "0.2", "0.8"] {
        let case = &expected["grid_search"][weight];
        let keys = ["alpha", "beta", "acc_presence", "acc_salience", "presence_only", "salience_only"];
        let expected = keys.map(|key| case[key].as_f64().unwrap());
        assert_eq!(figures(&table, weight.parse().unwrap()), expected, "weight {weight}");
    }
}

#[test]
fn the_exact_optimum_is_not_below_the_published_one() {
    for file in ["blemore/hicmae_fold0_probabilities.csv", "parity/scoring/probabilities.csv"] {
        let Some(path) = shared(file) else { return };
        let table = ProbabilityTable::read(path).unwrap();
        let labels = table.labels().unwrap();
        let grid = GridSearch::default().search(table.probabilities(), &labels).unwrap();
        let exact = ExactSearch::new().search(table.probabilities(), &labels).unwrap();
        assert!(exact.objective >= grid.objective, "{file}: {} and {}", exact.objective, grid.objective);
        assert!(exact.presence_only >= grid.presence_only && exact.salience_only >= grid.salience_only);
        assert!(exact.region.contains(exact.thresholds));
    }
}
