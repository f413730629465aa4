//! How wide texts are in the font of the figures, and how they are broken into lines.

use std::sync::LazyLock;

use ttf_parser::Face;

/// Noto Sans, of which Latin letters, Greek letters and punctuation are there. Its licence lies beside it.
pub(crate) const FONT: &[u8] = include_bytes!("../fonts/NotoSans-Regular.ttf");
/// The name of the font, then those of others to take where it is not there.
pub(crate) const FAMILIES: &str = "Noto Sans, DejaVu Sans, Arial, sans-serif";

/// Of the size of letters: how far they reach above and below the line that they stand on.
pub(crate) const ASCENT: f64 = 0.76;
pub(crate) const DESCENT: f64 = 0.24;
/// Of the size of letters: from the middle of most letters down to the line that they stand on.
pub(crate) const MIDDLE: f64 = 0.35;
/// Of the size of letters: the distance of two lines.
pub(crate) const LINE: f64 = 1.25;
/// Of the size of letters: the width of one that the font does not have.
const UNKNOWN: f64 = 1.0;
/// What a text that is cut ends with.
const CUT: &str = "…";

static FACE: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(FONT, 0).ok());

/// The width of a text in letters of this size.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|letter| advance(letter).unwrap_or(UNKNOWN)).sum::<f64>() * size
}

/// The width of a letter of size 1.
fn advance(letter: char) -> Option<f64> {
    let face = FACE.as_ref()?;
    let advance = face.glyph_hor_advance(face.glyph_index(letter)?)?;
    Some(f64::from(advance) / f64::from(face.units_per_em()))
}

/// The width of the widest of several texts.
pub(crate) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts.into_iter().map(|text| width(text, size)).fold(0.0, f64::max)
}

/// The text, or as much of it as fits, with a sign that it goes on.
pub(crate) fn shortened(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut short = text.to_owned();
    while short.pop().is_some() && width(&short, size) + width(CUT, size) > room {}
    short + CUT
}

/// The text in lines that fit, broken between words. A word that does not fit is cut.
pub(crate) fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(word, size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shortened(word, size, room)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_is_there_and_has_the_letters_of_the_figures() {
        for letter in "Az09 αβ±×–…%+/.,:()[]".chars() {
            assert!(advance(letter).is_some(), "{letter}");
        }
        assert!(width("m", 10.0) > width("i", 10.0));
    }

    #[test]
    fn long_texts_are_broken_and_long_words_cut() {
        let room = width("one two", 7.0) + 0.1;
        assert_eq!(wrapped("one two three", 7.0, room), ["one two", "three"]);
        let short = shortened("internationalisation", 7.0, 30.0);
        assert!(short.ends_with('…') && short.len() > 5 && width(&short, 7.0) <= 30.0, "{short}");
        assert_eq!(wrapped("", 7.0, room), [""; 0]);
    }
}
