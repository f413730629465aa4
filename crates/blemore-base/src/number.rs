//! Numbers and missing values, as programs and spreadsheets write them.

/// The words that pandas reads as a missing value, in lower case.
const MISSING: [&str; 13] =
    ["", "#n/a", "#n/a n/a", "#na", "<na>", "n/a", "na", "nan", "-nan", "none", "null", "nat", "."];
/// How the C library of Windows writes a value that is not a number, and how others do, in lower case.
const NOT_A_NUMBER: [&str; 8] =
    ["1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind", "1.#snan", "-1.#snan", "nan(ind)", "nan(snan)"];
/// How the C library of Windows writes infinity.
const INFINITE: [(&str, f64); 2] = [("1.#inf", f64::INFINITY), ("-1.#inf", f64::NEG_INFINITY)];

/// Whether a cell stands for a missing value: empty, or one of the words that pandas reads as empty.
///
/// ```
/// use blemore_base::number::is_missing;
/// assert!(["", "NA", "<NA>", "None", "n/a", "NULL", "#N/A", "-nan(ind)"].into_iter().all(is_missing));
/// assert!(!is_missing("neu"));
/// ```
pub fn is_missing(text: &str) -> bool {
    let text = text.trim();
    if text.len() > 12 {
        return false;
    }
    let word = text.to_ascii_lowercase();
    MISSING.contains(&word.as_str()) || is_not_a_number(&word)
}

/// `word` is in lower case.
fn is_not_a_number(word: &str) -> bool {
    NOT_A_NUMBER.contains(&word.strip_prefix('-').unwrap_or(word)) || NOT_A_NUMBER.contains(&word)
}

/// The sign between whole and fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalSign {
    /// `0.5`
    Point,
    /// `0,5`
    Comma,
}

/// A number that was read, and the decimal sign that it has, if any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// The value; NaN for a missing one.
    pub value: f64,
    /// The sign; `None` for whole numbers and words.
    pub sign: Option<DecimalSign>,
}

/// Reads one number. Missing values are NaN. A comma is a decimal sign, never one of thousands.
///
/// ```
/// use blemore_base::number::parse;
/// assert_eq!(parse("0,25").map(|number| number.value), Some(0.25));
/// assert!(parse("-nan(ind)").is_some_and(|number| number.value.is_nan()));
/// assert_eq!(parse("1,234,567"), None);
/// assert_eq!(parse("x"), None);
/// ```
pub fn parse(text: &str) -> Option<Number> {
    let text = text.trim();
    if let Ok(value) = text.parse() {
        let sign = text.contains('.').then_some(DecimalSign::Point);
        return Some(Number { value, sign });
    }
    if text.contains(',') {
        // Two commas become two points, which is no number.
        let has_point = text.contains('.');
        let value = text.replace(',', ".").parse().ok().filter(|_| !has_point)?;
        return Some(Number { value, sign: Some(DecimalSign::Comma) });
    }
    if is_missing(text) {
        return Some(Number { value: f64::NAN, sign: None });
    }
    let infinite = INFINITE.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
    infinite.map(|(_, value)| Number { value: *value, sign: None })
}
