//! `blemore thresholds` on the published search's own figures.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::program::{blemore, blemore_json, refusal, stderr};

fn shared_file(name: &str) -> Option<String> {
    Some(text_of(&blemore_testing::shared(name)?))
}

/// A path as an argument among others.
fn text_of(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn number(document: &Value, key: &str) -> f64 {
    document[key].as_f64().unwrap_or_else(|| panic!("{key} in {document}"))
}

/// The table on stdout of a run that was done.
fn table(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

const KEYS: [&str; 6] = ["alpha", "beta", "acc_presence", "acc_salience", "presence_only", "salience_only"];

fn figures(document: &Value) -> [f64; 6] {
    KEYS.map(|key| number(document, key))
}

#[test]
fn six_figures_of_fold_0() {
    let Some(probabilities) = shared_file("blemore/hicmae_fold0_probabilities.csv") else { return };
    let document = blemore_json(["thresholds", "--probabilities", &probabilities]);
    let expected =
        [0.28684210526315784, 0.05, 0.12260536398467432, 0.0, 0.12260536398467432, 0.03214285714285714];
    assert_eq!(figures(&document), expected);
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), KEYS.len(), "{keys:?}");
}

#[test]
fn figures_at_three_weights() {
    let Some(probabilities) = shared_file("parity/scoring/probabilities.csv") else { return };
    let Some(expected) = shared_file("parity/scoring/expected.json") else { return };
    let expected: Value = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
    for weight in ["0.5", "0.2", "0.8"] {
        let found =
            blemore_json(["thresholds", "--probabilities", &probabilities, "--presence-weight", weight]);
        assert_eq!(figures(&found), figures(&expected["grid_search"][weight]), "weight {weight}");
    }
}

#[test]
fn truth_from_metadata_is_that_of_the_names() {
    let Some(probabilities) = shared_file("blemore/hicmae_fold0_probabilities.csv") else { return };
    let Some(metadata) = shared_file("blemore/train_metadata.csv") else { return };
    let by_name = blemore_json(["thresholds", "--probabilities", &probabilities]);
    let given = blemore_json(["thresholds", "--probabilities", &probabilities, "--metadata", &metadata]);
    assert_eq!(given, by_name);
}

#[test]
fn the_exact_optimum_is_at_least_that_of_the_grid() {
    let Some(probabilities) = shared_file("parity/scoring/probabilities.csv") else { return };
    let grid = blemore_json(["thresholds", "--probabilities", &probabilities]);
    let exact = blemore_json(["thresholds", "--exact", "--probabilities", &probabilities]);
    let composite = |document| (number(document, "acc_presence") + number(document, "acc_salience")) / 2.0;
    assert!(composite(&exact) >= composite(&grid), "{exact}\n{grid}");
    assert!(number(&exact, "presence_only") >= number(&grid, "presence_only"));
    assert!(number(&exact, "alpha") <= number(&exact["region"], "alpha_to"));
}

#[test]
fn a_table_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probabilities.csv");
    let text = "filename,ang,disg,fea,hap,sad,neu\n\
        A1_ang_int1_ver1,0.9,0.1,0,0,0,0\n\
        A1_mix_ang_hap_50_50_ver1,0.5,0,0,0.5,0,0\n";
    std::fs::write(&path, text).unwrap();
    let path = text_of(&path);
    let table_of_grid = table(&blemore(["thresholds", "--probabilities", &path]));
    for part in ["alpha = 0.1447", "ACC_presence", "1.000", "2/2", "1/1"] {
        assert!(table_of_grid.contains(part), "{part} is not in\n{table_of_grid}");
    }
    let exact = table(&blemore(["thresholds", "--exact", "--probabilities", &path]));
    assert!(exact.contains("0.1000 < alpha <= 0.5000"), "{exact}");
}

#[test]
fn bad_input_ends_with_code_2_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probabilities.csv");
    let with = |row: &str, more: [&str; 2]| {
        std::fs::write(&path, format!("filename,ang,disg,fea,hap,sad,neu\n{row}\n")).unwrap();
        refusal(["thresholds", "--probabilities", &text_of(&path), more[0], more[1]])
    };
    let published = ["--presence-weight", "0.5"];
    let said = with("A1_ang_int1_ver1,0.9,x,0,0,0,0", published);
    assert!(said.contains("probabilities.csv") && said.contains("line 2"), "{said}");
    let said = with("test_0001,1,0,0,0,0,0", published);
    assert!(said.contains("test_0001") && said.contains("metadata"), "{said}");
    let said = with("A1_ang_int1_ver1,1,0,0,0,0,0", ["--presence-weight", "1.5"]);
    assert!(said.contains("1.5"), "{said}");

    let metadata = folder.path().join("metadata.csv");
    std::fs::write(&metadata, "filename\ntest_0002\n").unwrap();
    let said = with("test_0001,1,0,0,0,0,0", ["--metadata", metadata.to_str().unwrap()]);
    assert!(said.contains("metadata.csv") && said.contains("without a label"), "{said}");

    let said = refusal(["thresholds", "--probabilities", "nowhere.csv"]);
    assert!(said.contains("nowhere.csv"), "{said}");
    refusal(["thresholds"]);
}

#[test]
fn help_has_an_example() {
    for command in ["thresholds", "score", "submit"] {
        let help = table(&blemore([command, "--help"]));
        assert!(help.contains(&format!("blemore {command} --p")), "{help}");
    }
}
