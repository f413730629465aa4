//! `blemore trivial` on the dataset's real labels.

use crate::program::blemore_json;

/// The eight figures of the labels' README, to six decimals.
#[test]
fn the_published_labels_give_the_known_figures() {
    let Some(shared) = blemore_testing::shared("") else { return };
    let metadata = |partition| shared.join(format!("blemore/{partition}_metadata.csv")).into_os_string();
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
