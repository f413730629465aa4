//! The numbers of the paper's Tables II and III, to print beside measured ones.

use blemore_eval::PerMeasure;
use serde::Serialize;

/// One row of a table: validation mean and standard deviation over five folds, and the test accuracies.
///
/// ```
/// let row = blemore_run::paper::table_ii("HiCMAE").ok_or("no such row")?;
/// assert_eq!(row.test.map(|test| test.salience), Some(0.180));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PublishedRow {
    /// The encoder, or encoders joined by ` + `, as the paper's table names it.
    pub encoder: &'static str,
    /// Mean accuracies on the validation folds.
    pub validation_mean: PerMeasure<f64>,
    /// Their sample standard deviations over the five folds.
    pub validation_std: PerMeasure<f64>,
    /// Accuracies on the held-out test clips; Table III has none.
    pub test: Option<PerMeasure<f64>>,
}

const fn validated(encoder: &'static str, presence: [f64; 2], salience: [f64; 2]) -> PublishedRow {
    PublishedRow {
        encoder,
        validation_mean: PerMeasure { presence: presence[0], salience: salience[0] },
        validation_std: PerMeasure { presence: presence[1], salience: salience[1] },
        test: None,
    }
}

const fn row(encoder: &'static str, presence: [f64; 2], salience: [f64; 2], test: [f64; 2]) -> PublishedRow {
    let test = Some(PerMeasure { presence: test[0], salience: test[1] });
    PublishedRow { test, ..validated(encoder, presence, salience) }
}

/// Table II of the paper, in its order.
pub const TABLE_II: [PublishedRow; 14] = [
    row("CLIP", [0.266, 0.021], [0.105, 0.012], [0.258, 0.096]),
    row("ImageBind", [0.290, 0.028], [0.130, 0.008], [0.261, 0.087]),
    row("OpenFace", [0.228, 0.014], [0.119, 0.014], [0.226, 0.081]),
    row("VideoMAEv2", [0.273, 0.025], [0.106, 0.014], [0.293, 0.054]),
    row("VideoSwin", [0.225, 0.026], [0.089, 0.033], [0.214, 0.093]),
    row("HuBERT", [0.243, 0.023], [0.104, 0.024], [0.274, 0.120]),
    row("WavLM", [0.265, 0.027], [0.121, 0.012], [0.311, 0.084]),
    row("ImageBind + WavLM", [0.345, 0.035], [0.170, 0.055], [0.327, 0.114]),
    row("ImageBind + HuBERT", [0.339, 0.023], [0.158, 0.053], [0.298, 0.084]),
    row("VideoMAEv2 + WavLM", [0.343, 0.022], [0.140, 0.028], [0.332, 0.102]),
    row("VideoMAEv2 + HuBERT", [0.332, 0.016], [0.138, 0.012], [0.332, 0.114]),
    row("HiCMAE", [0.298, 0.025], [0.180, 0.036], [0.268, 0.180]),
    row(SINGLE_EMOTION_ROW, [0.077, 0.005], [0.0, 0.0], [0.074, 0.0]),
    row(BLEND_ROW, [0.056, 0.005], [0.035, 0.003], [0.056, 0.033]),
];

/// The name of the row of the single-emotion trivial baseline.
pub const SINGLE_EMOTION_ROW: &str = "single emotion (trivial)";
/// The name of the row of the blend trivial baseline.
pub const BLEND_ROW: &str = "blend (trivial)";

/// What joins the encoders of an early fusion in the name of a row.
pub const FUSION_SEPARATOR: &str = " + ";

/// The row of Table II for an encoder or a fusion, if the paper has one.
///
/// ```
/// assert!(blemore_run::paper::table_ii("generated video").is_none());
/// ```
pub fn table_ii(encoder: &str) -> Option<&'static PublishedRow> {
    TABLE_II.iter().find(|row| row.encoder == encoder)
}

/// The early fusions of Table II: pairs of encoder names.
///
/// ```
/// assert!(blemore_run::paper::fusions().any(|pair| pair == ("ImageBind", "WavLM")));
/// ```
pub fn fusions() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE_II.iter().filter_map(|row| row.encoder.split_once(FUSION_SEPARATOR))
}

/// Table III of the paper: subsampled training, on the validation folds alone.
pub const TABLE_III: [PublishedRow; 2] = [
    validated("VideoMAEv2", [0.260, 0.030], [0.124, 0.027]),
    validated("VideoSwin", [0.210, 0.024], [0.103, 0.020]),
];

/// The row of Table III for an encoder, if the paper has one.
///
/// ```
/// assert!(blemore_run::paper::table_iii("CLIP").is_none());
/// ```
pub fn table_iii(encoder: &str) -> Option<&'static PublishedRow> {
    TABLE_III.iter().find(|row| row.encoder == encoder)
}
