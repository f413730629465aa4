//! Figures as large as those of the whole dataset: nothing overlaps, nothing is cut.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod drawn;
mod scene;

use blemore_figures::Rect;

use scene::figures;

#[test]
fn no_texts_overlap_and_none_is_cut() {
    for figure in figures() {
        let (width, height) = figure.size();
        let page = Rect { x: 0.0, y: 0.0, width, height };
        let texts: Vec<_> = figure.texts().collect();
        assert!(texts.len() > 3, "{}", figure.name());
        for (number, text) in texts.iter().enumerate() {
            assert!(page.contains(text.bounds), "{}: {text:?} is cut", figure.name());
            for other in &texts[number + 1..] {
                let overlap = text.bounds.overlaps(other.bounds);
                assert!(!overlap, "{}: {text:?} and {other:?}", figure.name());
            }
        }
    }
}

#[test]
fn figures_fit_one_or_both_columns_of_a_page() {
    for figure in figures() {
        let (width, height) = figure.size();
        assert!([252.0, 516.0].contains(&width) && height < 690.0, "{}: {width} x {height}", figure.name());
        let svg = figure.to_svg();
        assert!(svg.starts_with("<svg") && !svg.contains("NaN") && !svg.contains("inf"), "{}", figure.name());
    }
}
