//! Numbers and missing values, as programs and spreadsheets write them.

/// The words that pandas reads as a missing value, in lower case.
const MISSING: [&str; 11] = ["", "#n/a", "#n/a n/a", "#na", "<na>", "n/a", "na", "none", "null", "nat", "."];
/// A value that is not a number: in a word, and as C libraries write it, in lower case; with or without a sign.
const NOT_A_NUMBER: [&str; 6] = ["nan", "1.#qnan", "1.#ind", "1.#snan", "nan(ind)", "nan(snan)"];

/// Whether a cell stands for a missing value: empty, or one of the words that pandas reads as empty.
pub fn is_missing(text: &str) -> bool {
    let word = text.trim();
    let is_among = |words: &[&str], word: &str| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    is_among(&MISSING, word) || is_among(&NOT_A_NUMBER, word.strip_prefix('-').unwrap_or(word))
}

/// Reads one number. Missing values are NaN. A comma is a decimal sign, never one of thousands.
pub fn parse(text: &str) -> Option<f64> {
    with_sign(text).map(|(value, _)| value)
}

/// A number and the decimal sign that it has; none for whole numbers and words.
pub(crate) fn with_sign(text: &str) -> Option<(f64, Option<char>)> {
    let text = text.trim();
    if let Ok(value) = text.parse() {
        return Some((value, text.contains('.').then_some('.')));
    }
    if text.contains(',') {
        // Two commas become two points, which is no number.
        let value = text.replace(',', ".").parse().ok().filter(|_| !text.contains('.'))?;
        return Some((value, Some(',')));
    }
    // As the C library of Windows writes infinity.
    match text.to_ascii_lowercase().as_str() {
        "1.#inf" => Some((f64::INFINITY, None)),
        "-1.#inf" => Some((f64::NEG_INFINITY, None)),
        _ => is_missing(text).then_some((f64::NAN, None)),
    }
}
