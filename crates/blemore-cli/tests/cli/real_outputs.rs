//! `blemore thresholds` on the outputs of four real models, fold by fold.

use std::fmt::Write;
use std::fs;

use serde_json::Value;

use crate::program::blemore_json;

/// The probabilities of one fold, from logits with the columns `filename,fold` and six emotions.
fn probabilities_of_fold(logits: &str, fold: &str) -> String {
    let mut table = String::from("filename,ang,disg,fea,hap,sad,neu\n");
    for line in logits.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if cells[1] != fold {
            continue;
        }
        let logits: Vec<f64> = cells[2..].iter().map(|cell| cell.parse().unwrap()).collect();
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        table.push_str(cells[0]);
        for power in powers {
            write!(table, ",{}", power / sum).unwrap();
        }
        table.push('\n');
    }
    table
}

#[test]
fn thresholds_of_each_fold_are_the_published_rules() {
    let Some(folder) = blemore_testing::shared("blemore/hicmae") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    for (system, expected) in expected.as_object().unwrap() {
        let logits = fs::read_to_string(folder.join(format!("{system}.csv"))).unwrap();
        let mut means = [0.0; 2];
        for fold in ["0", "1", "2", "3", "4"] {
            let path = scratch.path().join("probabilities.csv");
            fs::write(&path, probabilities_of_fold(&logits, fold)).unwrap();
            let found = blemore_json(["thresholds", "--probabilities", path.to_str().unwrap()]);
            let thresholds = &expected["published"]["thresholds_of_folds"][fold.parse::<usize>().unwrap()];
            assert_eq!(
                [&found["alpha"], &found["beta"]],
                [&thresholds[0], &thresholds[1]],
                "{system} {fold}"
            );
            for (mean, key) in means.iter_mut().zip(["acc_presence", "acc_salience"]) {
                *mean += found[key].as_f64().unwrap() / 5.0;
            }
        }
        for (mean, key) in means.into_iter().zip(["acc_presence", "acc_salience"]) {
            let expected = expected["published"][key]["mean"].as_f64().unwrap();
            approx::assert_abs_diff_eq!(mean, expected, epsilon = 1e-15);
        }
    }
}
