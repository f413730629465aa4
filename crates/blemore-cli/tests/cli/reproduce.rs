//! `blemore reproduce` on a generated corpus, through every step, with few epochs.

use crate::program::{blemore, blemore_json, stderr};

/// Few epochs, so that it ends in seconds; the numbers are not looked at.
const QUICK: [&str; 5] = ["reproduce", "--epochs", "1", "--test-epochs", "1"];

#[test]
fn every_row_has_its_numbers_and_says_that_features_are_generated() {
    let temporary = tempfile::tempdir().unwrap();
    let output = temporary.path().join("results");
    let output_option = ["--models", "linear", "-o", output.to_str().unwrap()];
    let document = blemore_json(QUICK.iter().chain(&output_option));
    assert_eq!(document["generated"], true);
    let rows = document["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["encoder"].as_str().unwrap()).collect();
    assert_eq!(names, ["Generated video", "Generated audio", "Generated video + Generated audio"]);
    for row in rows {
        let model = &row["models"][0];
        assert!(model["validation"]["acc_presence"]["mean"].as_f64().unwrap() > 0.0);
        assert_eq!(model["test"]["n_clips"], 594);
        let interval = model["test"]["scores"]["acc_presence_ci"].as_array().unwrap();
        assert!(interval[0].as_f64() < interval[1].as_f64());
        assert!(row["paper"]["validation_mean"]["presence"].as_f64().unwrap() > 0.2);
    }
    assert!(document["trivial"]["blend"]["test"]["acc_salience"].as_f64().unwrap() > 0.0);

    // Run again into the same folder, nothing is trained, and the text says where the numbers come from.
    let again = blemore(QUICK.iter().chain(&output_option));
    assert!(again.status.success(), "{}", stderr(&again));
    let text = String::from_utf8(again.stdout).unwrap();
    let title = text.lines().next().unwrap();
    assert!(title.contains("Table II") && title.contains("GENERATED"), "{title}");
    for part in ["ImageBind + WavLM", "0.345 ± 0.035", "single emotion (trivial)", "No features for"] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}
