//! The outputs of four real models on all 3,050 clips of the dataset.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::blemore_json;

const SYSTEMS: [&str; 4] =
    ["cross_entropy_50_epochs", "cross_entropy_100_epochs", "kl_50_epochs", "kl_100_epochs"];
const ALL: &str = "all 4";
const MEASURES: [[&str; 2]; 2] = [["acc_presence", "presence"], ["acc_salience", "salience"]];

/// Holds the rows of one system against the figures of a plain port of the published rules.
fn assert_published(rows: &[Value], system: &str, expected: &Value) {
    let row = |method: &str| {
        let is_it = |row: &&Value| row["systems"] == json!([system]) && row["method"] == method;
        rows.iter().find(is_it).unwrap_or_else(|| panic!("{system}, {method}"))
    };
    for (method, of_folds, of_test) in
        [("published", "published", "test_best_fold"), ("grid", "nested", "test_all_folds")]
    {
        for [key, measure] in MEASURES {
            for figure in ["mean", "std"] {
                let found = row(method)["folds"][key][figure].as_f64().unwrap();
                let known = expected[of_folds][key][figure].as_f64().unwrap();
                approx::assert_abs_diff_eq!(found, known, epsilon = 1e-12);
            }
            assert_eq!(row(method)["test"][measure]["value"], expected[of_test][key], "{system}, {method}");
        }
    }
}

/// The cells of a row as the documents show it.
fn cells(row: &Value) -> Vec<String> {
    let number = |value: &Value| format!("{:.3}", value.as_f64().unwrap());
    let spread = |value: &Value| format!("{} ± {}", number(&value["mean"]), number(&value["std"]));
    let [systems, test, composite] = [&row["systems"], &row["test"], &row["test"]["composite"]];
    let is_marked = row["by_actor"] != json!({"centre": false, "balance": false});
    let against = &row["against_reference"];
    let [folds, on_test] = [
        MEASURES.map(|[key, _]| spread(&row["folds"][key])).join(", "),
        MEASURES.map(|[_, measure]| number(&test[measure]["value"])).join(", "),
    ];
    let bounds = [0, 1].map(|bound| number(&composite["bca"][bound])).join(", ");
    vec![
        systems
            .as_array()
            .filter(|names| names.len() == 1)
            .map_or(ALL, |names| names[0].as_str().unwrap())
            .to_owned(),
        format!("{}{}", row["method"].as_str().unwrap(), if is_marked { " *" } else { "" }),
        folds,
        on_test,
        format!("{} [{bounds}]", number(&composite["value"])),
        match against.is_null() {
            true => "reference".to_owned(),
            false => ["p_permutation", "p_corrected"].map(|p| number(&against[p])).join(", "),
        },
    ]
}

/// The rows of a document's tables that begin with the name of a system.
fn written(document: &str) -> Vec<Vec<String>> {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(document)).unwrap();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let rows = text.lines().filter(|line| line.starts_with("| ")).map(cells);
    rows.filter(|row: &Vec<String>| SYSTEMS.contains(&row[0].as_str()) || row[0] == ALL).collect()
}

#[test]
fn what_each_way_of_decoding_gains_is_what_the_documents_say() {
    let Some(folder) = blemore_testing::shared("blemore/hicmae") else { return };
    let tables = SYSTEMS.map(|name| folder.join(format!("{name}.csv")).to_str().unwrap().to_owned());
    let options =
        ["evaluate", "--logits", "--centre-by", "actor", "--balance-by", "actor", "--probabilities"];
    let document = blemore_json(options.into_iter().chain(tables.iter().map(String::as_str)));
    let rows = document["rows"].as_array().unwrap();

    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    for system in SYSTEMS {
        assert_published(rows, system, &expected[system]);
    }

    let shown: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let listing = || shown.iter().map(|row| format!("| {} |\n", row.join(" | "))).collect::<String>();
    assert_eq!(written("docs/decoders.md"), shown, "measured:\n{}", listing());
    let of_readme = written("README.md");
    assert!(of_readme.len() > 5);
    for row in of_readme {
        assert!(shown.contains(&row), "README.md: {row:?} is none of\n{}", listing());
    }
}
