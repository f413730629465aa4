//! What colours and shapes stand for.

use crate::canvas::{Anchor, Canvas, Shape, Stroke, TextMark};
use crate::geometry::{Point, Rect};
use crate::text;
use crate::theme::{LABEL, Paint, THICK};

/// Between a sign and its name.
const TO_NAME: f64 = 3.0;
/// Between a name and the next sign.
const TO_NEXT: f64 = 10.0;
/// The room of a sign.
const SIGN: f64 = 8.0;
const ROW: f64 = LABEL * 1.4;

/// Signs and their names, in rows.
#[derive(Debug)]
pub(crate) struct Legend {
    entries: Vec<(Sign, String)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Sign {
    Area(Paint),
    Line(Stroke),
    Symbol(Shape, Paint),
    /// A symbol with a line through it.
    Point(Shape, Paint),
}

impl Legend {
    pub(crate) const fn empty() -> Self {
        Self { entries: Vec::new() }
    }

    pub(crate) fn with(mut self, sign: Sign, name: impl Into<String>) -> Self {
        self.entries.push((sign, name.into()));
        self
    }

    /// The height in so much width.
    pub(crate) fn height(&self, room: f64) -> f64 {
        match self.places(room).last() {
            Some((_, y)) => y + ROW + 2.0,
            None => 0.0,
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, at: Point, room: f64) {
        for ((sign, name), (x, y)) in self.entries.iter().zip(self.places(room)) {
            let (x, y) = (at.x + x, at.y + y);
            let middle = y + ROW / 2.0;
            sign.draw(canvas, Rect { x, y: middle - 3.0, width: SIGN, height: 6.0 });
            let at = Point { x: x + SIGN + TO_NAME, y: middle + LABEL * text::MIDDLE };
            canvas.text(TextMark::new(name.clone(), at, Anchor::Start, LABEL));
        }
    }

    /// Where each entry begins, from the upper left corner.
    fn places(&self, room: f64) -> Vec<(f64, f64)> {
        let (mut x, mut y) = (0.0, 0.0);
        let place = |(_, name): &(Sign, String)| {
            let width = SIGN + TO_NAME + text::width(name, LABEL);
            if x > 0.0 && x + width > room {
                (x, y) = (0.0, y + ROW);
            }
            let place = (x, y);
            x += width + TO_NEXT;
            place
        };
        self.entries.iter().map(place).collect()
    }
}

impl Sign {
    fn draw(self, canvas: &mut Canvas, room: Rect) {
        let centre = room.centre();
        let across = [Point { x: room.x, ..centre }, Point { x: room.right(), ..centre }];
        match self {
            Self::Area(paint) => canvas.area(room, paint),
            Self::Line(stroke) => canvas.line(across, stroke),
            Self::Symbol(shape, paint) => canvas.symbol(shape, 2.4, centre, paint),
            Self::Point(shape, paint) => {
                canvas.line(across, Stroke::new(paint, THICK * 0.7));
                canvas.symbol(shape, 2.4, centre, paint);
            }
        }
    }
}
