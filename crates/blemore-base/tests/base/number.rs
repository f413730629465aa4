//! Numbers and missing values, as programs and spreadsheets write them.

use blemore_base::number::*;

#[test]
fn the_words_of_pandas_and_of_windows_are_missing() {
    let words =
        "#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null";
    for word in words.split('|').chain(["", "  ", "-nan(ind)", "nan(snan)"]) {
        assert!(is_missing(word), "{word:?}");
        assert!(parse(word).is_some_and(f64::is_nan), "{word:?}");
    }
    assert!(["ang", "0", "nano", "A1_neu_sit1_ver1"].into_iter().all(|word| !is_missing(word)));
}

#[test]
fn numbers_of_all_kinds() {
    for (text, expected) in
        [("1", 1.0), (" 0.5 ", 0.5), ("1e-3", 1e-3), ("1,5e-3", 1.5e-3), ("+2", 2.0), ("-0,25", -0.25)]
    {
        assert_eq!(parse(text), Some(expected), "{text}");
    }
    assert_eq!([parse("1.#INF"), parse("-1.#INF")], [Some(f64::INFINITY), Some(f64::NEG_INFINITY)]);
    for text in ["x", "1,234,567", "1,2,3", "1.000,5", "0x10", "1 2", "--1", "(1)"] {
        assert_eq!(parse(text), None, "{text}");
    }
}
