//! Corrected p values for several comparisons.

/// Corrects p values so that the chance of any false finding among them stays below the level at which they are read
/// (Holm 1979): the smallest times their number, the next times one less, and so on; none above 1, none below one before it.
///
/// ```
/// assert_eq!(blemore_decode::holm(&[0.01, 0.5, 0.02]), [0.03, 0.5, 0.04]);
/// ```
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut corrected = vec![1.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (before, place) in order.into_iter().enumerate() {
        largest = largest.max(p_values[place] * (p_values.len() - before) as f64).min(1.0);
        corrected[place] = largest;
    }
    corrected
}
