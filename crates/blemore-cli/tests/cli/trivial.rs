//! `blemore trivial` on the dataset's real labels.

use crate::program::{blemore, blemore_json, stderr};

/// The eight figures of the labels' README, to six decimals.
#[test]
fn the_published_labels_give_the_known_figures() {
    let Some(labels) = blemore_testing::shared("blemore") else { return };
    let metadata = |partition| labels.join(format!("{partition}_metadata.csv")).into_os_string();
    let document = blemore_json([
        "trivial".into(),
        "--train-metadata".into(),
        metadata("train"),
        "--test-metadata".into(),
        metadata("test"),
    ]);
    let figure = |pointer: &str| format!("{:.6}", document.pointer(pointer).unwrap().as_f64().unwrap());
    for (pointer, expected) in [
        ("/single/validation/acc_presence/mean", "0.076651"),
        ("/single/validation/acc_presence/std", "0.004517"),
        ("/single/validation/acc_salience/mean", "0.000000"),
        ("/single/test/acc_presence", "0.074074"),
        ("/single/test/acc_salience", "0.000000"),
        ("/blend/validation/acc_presence/mean", "0.056419"),
        ("/blend/validation/acc_presence/std", "0.004847"),
        ("/blend/validation/acc_salience/mean", "0.034614"),
        ("/blend/validation/acc_salience/std", "0.002619"),
        ("/blend/test/acc_presence", "0.055556"),
        ("/blend/test/acc_salience", "0.032934"),
    ] {
        assert_eq!(figure(pointer), expected, "{pointer}");
    }
}

#[test]
fn a_leak_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let [train, test] = ["train.csv", "test.csv"].map(|name| folder.path().join(name));
    std::fs::write(&train, "filename,fold\nA1_hap_int1_ver1,0\nA2_hap_int1_ver1,1\n").unwrap();
    std::fs::write(&test, "filename\nA2_sad_int1_ver1\n").unwrap();
    let [train, test] = [train, test].map(|path| path.display().to_string());
    let output = blemore(["trivial", "--train-metadata", &train, "--test-metadata", &test]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("actors in both the training and the test metadata: A2"),
        "{}",
        stderr(&output)
    );
}
