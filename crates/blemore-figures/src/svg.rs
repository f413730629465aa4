//! A canvas as SVG.

use svg::node::element::{Circle, Element, Path, Polyline, Rectangle, Text, Title};
use svg::{Document, Node};

use crate::canvas::{Anchor, Canvas, Mark, Shape, Stroke, Symbol, TextMark};
use crate::geometry::{Point, Rect};
use crate::text;
use crate::theme::{Colour, Paint};

/// The `color` of the SVG, where no style sheet of a page around it sets another.
const INK: &str = "#1b1b1b";
/// The ground. A page with a ground of its own hides what has this class.
const PAPER: (&str, &str) = ("paper", "#ffffff");

/// Letters of a text that is about as wide in every font.
const SHORT: usize = 5;

/// The SVG of a canvas; `title` is what is read aloud for it.
pub(crate) fn svg(canvas: &Canvas, title: &str) -> String {
    let (width, height) = (canvas.width, canvas.height);
    let ground = Rectangle::new().set("width", rounded(width)).set("height", rounded(height));
    let mut document = Document::new()
        .set("viewBox", format!("0 0 {} {}", rounded(width), rounded(height)))
        .set("width", format!("{}pt", rounded(width)))
        .set("height", format!("{}pt", rounded(height)))
        .set("color", INK)
        .set("fill", Colour::Ink.code())
        .set("font-family", text::FAMILIES)
        .set("role", "img")
        .add(Title::new(title))
        .add(ground.set("class", PAPER.0).set("fill", PAPER.1));
    for mark in &canvas.marks {
        document.append(element(mark));
    }
    document.to_string()
}

fn element(mark: &Mark) -> Element {
    match mark {
        Mark::Area(rect, paint) => {
            let mut area = filled(rectangle(*rect), *paint);
            if paint.colour == Colour::Heat {
                // Cells that touch have no seam.
                area.assign("shape-rendering", "crispEdges");
            }
            area
        }
        Mark::Outline(rect, stroke) => stroked(rectangle(*rect), *stroke),
        Mark::Line(points, stroke) => {
            let points: Vec<String> = points.iter().map(|point| place(*point)).collect();
            stroked(Polyline::new().set("points", points.join(" ")).into(), *stroke)
        }
        Mark::Symbol(symbol, at, paint) => filled(shape(*symbol, *at), *paint),
        Mark::Text(text) => line_of_text(text),
    }
}

fn rectangle(rect: Rect) -> Element {
    Rectangle::new()
        .set("x", rounded(rect.x))
        .set("y", rounded(rect.y))
        .set("width", rounded(rect.width))
        .set("height", rounded(rect.height))
        .into()
}

fn shape(Symbol { shape, radius }: Symbol, at: Point) -> Element {
    let Point { x, y } = at;
    let corners: &[(f64, f64)] = match shape {
        Shape::Circle => {
            let circle = Circle::new().set("cx", rounded(x)).set("cy", rounded(y));
            return circle.set("r", rounded(radius)).into();
        }
        Shape::Square => &[(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)],
        Shape::Triangle => &[(0.0, -1.0), (0.95, 0.75), (-0.95, 0.75)],
        Shape::Diamond => &[(0.0, -1.1), (1.1, 0.0), (0.0, 1.1), (-1.1, 0.0)],
    };
    let corner = |&(right, down): &(f64, f64)| place(Point { x: x + right * radius, y: y + down * radius });
    let corners: Vec<String> = corners.iter().map(corner).collect();
    Path::new().set("d", format!("M{}z", corners.join("L"))).into()
}

/// The length is said, so that a text takes the same room in whatever font it is shown; short ones do anyway.
fn line_of_text(text: &TextMark) -> Element {
    let Point { x, y } = text.at;
    let mut element = Text::new(text.content.clone()).set("x", rounded(x)).set("y", rounded(y));
    element.assign("font-size", rounded(text.size));
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => element.assign("text-anchor", "middle"),
        Anchor::End => element.assign("text-anchor", "end"),
    }
    if text.colour != Colour::Ink {
        element.assign("fill", text.colour.code());
    }
    if text.content.chars().count() > SHORT {
        element.assign("textLength", rounded(text.length()));
        element.assign("lengthAdjust", "spacingAndGlyphs");
    }
    if text.is_upward {
        element = element.set("transform", format!("rotate(-90 {})", place(text.at)));
    }
    element.into()
}

fn filled(mut element: Element, paint: Paint) -> Element {
    element.assign("fill", paint.colour.code());
    if paint.opacity < 1.0 {
        element.assign("fill-opacity", rounded(paint.opacity));
    }
    element
}

fn stroked(mut element: Element, stroke: Stroke) -> Element {
    element.assign("fill", "none");
    element.assign("stroke", stroke.paint.colour.code());
    element.assign("stroke-width", rounded(stroke.width));
    if stroke.paint.opacity < 1.0 {
        element.assign("stroke-opacity", rounded(stroke.paint.opacity));
    }
    if stroke.is_dashed {
        element.assign("stroke-dasharray", "2.5 2");
    }
    element
}

fn place(Point { x, y }: Point) -> String {
    format!("{} {}", rounded(x), rounded(y))
}

/// Hundredths are finer than any printer.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}
