//! Texts where another program draws them.

use std::sync::Arc;

use blemore_figures::Rect;
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Group, Node, Options, Tree};

use crate::scene::figures;

/// Points per pixel.
const POINTS: f32 = 0.75;
/// How far letters may lie from the measured rectangle: a side bearing, rounding.
const TOLERANCE: f64 = 1.2;

/// The rectangle of the letters of each text.
fn drawn(group: &Group) -> Vec<Rect> {
    let of_node = |node: &Node| match node {
        Node::Group(group) => drawn(group),
        Node::Text(text) => {
            let bounds = text.flattened().abs_bounding_box().transform(text.abs_transform()).unwrap();
            let [x, y, width, height] = [bounds.x(), bounds.y(), bounds.width(), bounds.height()]
                .map(|length| f64::from(length * POINTS));
            vec![Rect { x, y, width, height }]
        }
        _ => Vec::new(),
    };
    group.children().iter().flat_map(of_node).collect()
}

#[test]
fn texts_are_drawn_where_they_were_measured() {
    let mut fonts = Database::new();
    fonts.load_font_data(std::fs::read("fonts/NotoSans-Regular.ttf").unwrap());
    let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
    for figure in figures() {
        let tree = Tree::from_str(&figure.to_svg(), &options).unwrap();
        let drawn = drawn(tree.root());
        let measured: Vec<_> = figure.texts().collect();
        assert_eq!(drawn.len(), measured.len(), "{}", figure.name());
        for (drawn, text) in drawn.into_iter().zip(measured) {
            let bounds = text.bounds;
            let room = Rect {
                x: bounds.x - TOLERANCE,
                y: bounds.y - TOLERANCE,
                width: bounds.width + 2.0 * TOLERANCE,
                height: bounds.height + 2.0 * TOLERANCE,
            };
            assert!(room.contains(drawn), "{}: {text:?} is drawn at {drawn:?}", figure.name());
            let (one, other) = (drawn.width.max(drawn.height), bounds.width.max(bounds.height));
            assert!(one > other * 0.6 || other < 12.0, "{}: {text:?} is drawn at {drawn:?}", figure.name());
        }
    }
}

#[cfg(feature = "convert")]
#[test]
fn a_figure_becomes_png_and_pdf_of_its_size() {
    let figure = &figures()[0];
    let png = figure.to_png(144.0).unwrap();
    let number = |from: usize| u32::from_be_bytes(png[from..from + 4].try_into().unwrap());
    let (width, height) = figure.size();
    assert_eq!(&png[1..4], b"PNG");
    assert_eq!(number(16), 2 * width as u32);
    assert!((f64::from(number(20)) - 2.0 * height).abs() <= 2.0, "{} of {height}", number(20));
    let pdf = figure.to_pdf().unwrap();
    assert!(pdf.starts_with(b"%PDF") && pdf.len() < 100_000, "{} bytes", pdf.len());
    assert_eq!(figure.to_pdf().unwrap(), pdf, "the same figure is the same file");
    assert!(figure.to_png(0.0).unwrap_err().to_string().contains("0 dots per inch"));
}
