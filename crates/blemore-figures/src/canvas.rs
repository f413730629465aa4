//! What a figure is made of: marks at places.

use crate::Rect;
use crate::geometry::Point;
use crate::text;
use crate::theme::{Colour, Paint};

/// Everything that is drawn, in order.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) marks: Vec<Mark>,
}

#[derive(Clone, Debug)]
pub(crate) enum Mark {
    Area(Rect, Paint),
    Outline(Rect, Stroke),
    /// Connected points.
    Line(Vec<Point>, Stroke),
    Symbol(Symbol, Point, Paint),
    Text(TextMark),
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub(crate) paint: Paint,
    pub(crate) width: f64,
    pub(crate) is_dashed: bool,
}

impl Stroke {
    pub(crate) fn new(paint: Paint, width: f64) -> Self {
        Self { paint, width, is_dashed: false }
    }

    pub(crate) fn dashed(self) -> Self {
        Self { is_dashed: true, ..self }
    }
}

/// A small filled shape that stands for a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol {
    pub(crate) shape: Shape,
    /// From its centre to its outermost point.
    pub(crate) radius: f64,
}

/// Shapes that tell series apart where colours do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
}

impl Shape {
    /// The shape of the series of this number.
    pub(crate) fn of_series(number: usize) -> Self {
        [Self::Circle, Self::Triangle, Self::Square, Self::Diamond][number % 4]
    }
}

/// One line of text.
#[derive(Clone, Debug)]
pub(crate) struct TextMark {
    pub(crate) content: String,
    /// Where the line that the letters stand on begins, ends, or has its middle.
    pub(crate) at: Point,
    pub(crate) anchor: Anchor,
    pub(crate) size: f64,
    pub(crate) colour: Colour,
    /// Whether the text runs from the bottom to the top.
    pub(crate) is_upward: bool,
}

/// Which place of a text is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl TextMark {
    /// Black letters that run to the right.
    pub(crate) fn new(content: impl Into<String>, at: Point, anchor: Anchor, size: f64) -> Self {
        Self { content: content.into(), at, anchor, size, colour: Colour::Ink, is_upward: false }
    }

    /// The same from the bottom to the top.
    pub(crate) fn upward(self) -> Self {
        Self { is_upward: true, ..self }
    }

    pub(crate) fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    pub(crate) fn length(&self) -> f64 {
        text::width(&self.content, self.size)
    }

    /// The rectangle that the letters lie in.
    pub(crate) fn bounds(&self) -> Rect {
        let length = self.length();
        let before = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => length / 2.0,
            Anchor::End => length,
        };
        let (ascent, height) = (text::ASCENT * self.size, (text::ASCENT + text::DESCENT) * self.size);
        let Point { x, y } = self.at;
        if self.is_upward {
            Rect { x: x - ascent, y: y + before - length, width: height, height: length }
        } else {
            Rect { x: x - before, y: y - ascent, width: length, height }
        }
    }
}

impl Canvas {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, marks: Vec::new() }
    }

    pub(crate) fn area(&mut self, rect: Rect, paint: Paint) {
        self.marks.push(Mark::Area(rect, paint));
    }

    pub(crate) fn outline(&mut self, rect: Rect, stroke: Stroke) {
        self.marks.push(Mark::Outline(rect, stroke));
    }

    pub(crate) fn line(&mut self, points: impl IntoIterator<Item = Point>, stroke: Stroke) {
        self.marks.push(Mark::Line(points.into_iter().collect(), stroke));
    }

    pub(crate) fn symbol(&mut self, shape: Shape, radius: f64, at: Point, paint: Paint) {
        self.marks.push(Mark::Symbol(Symbol { shape, radius }, at, paint));
    }

    /// Points with a line through them.
    pub(crate) fn points(&mut self, places: &[Point], stroke: Stroke, symbol: Symbol) {
        self.line(places.iter().copied(), stroke);
        self.marks.extend(places.iter().map(|place| Mark::Symbol(symbol, *place, stroke.paint)));
    }

    pub(crate) fn text(&mut self, text: TextMark) {
        self.marks.push(Mark::Text(text));
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &TextMark> {
        self.marks.iter().filter_map(|mark| match mark {
            Mark::Text(text) => Some(text),
            _ => None,
        })
    }
}
