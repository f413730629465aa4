//! A table of shaded cells, with names at the left and below.

use crate::canvas::{Anchor, Canvas, Stroke, TextMark};
use crate::geometry::{Point, Rect};
use crate::text;
use crate::theme::{Colour, THIN, text_on_heat};

/// How faint the lines between cells are.
const LINES: f64 = 0.15;
/// Between the table and the texts around it.
const TO_TEXT: f64 = 2.5;

/// Cells in rows and columns within an area.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeatMap {
    pub(crate) area: Rect,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl HeatMap {
    /// The rectangle of a cell.
    pub(crate) fn cell(self, row: usize, column: usize) -> Rect {
        let (width, height) = (self.area.width / self.columns as f64, self.area.height / self.rows as f64);
        let (x, y) = (self.area.x + column as f64 * width, self.area.y + row as f64 * height);
        Rect { x, y, width, height }
    }

    /// The cells, each as full as `share` says (0 to 1), and the lines between them.
    pub(crate) fn draw_cells(self, canvas: &mut Canvas, share: impl Fn(usize, usize) -> f64) {
        for (row, column) in self.places() {
            let share = share(row, column);
            if share > 0.0 {
                canvas.area(self.cell(row, column), Colour::Heat.faint(share.min(1.0)));
            }
        }
        let faint = Stroke::new(Colour::Ink.faint(LINES), THIN / 2.0);
        for row in 1..self.rows {
            let y = self.cell(row, 0).y;
            canvas.line([self.area.x, self.area.right()].map(|x| Point { x, y }), faint);
        }
        for column in 1..self.columns {
            let x = self.cell(0, column).x;
            canvas.line([self.area.y, self.area.bottom()].map(|y| Point { x, y }), faint);
        }
        canvas.outline(self.area, Stroke::new(Colour::Ink.opaque(), THIN));
    }

    /// Lines of text in the middle of each cell that is so full.
    pub(crate) fn draw_texts(
        self,
        canvas: &mut Canvas,
        size: f64,
        share: impl Fn(usize, usize) -> f64,
        lines: impl Fn(usize, usize) -> Vec<String>,
    ) {
        for (row, column) in self.places() {
            let lines = lines(row, column);
            let centre = self.cell(row, column).centre();
            let top = centre.y - lines.len() as f64 * size * text::LINE / 2.0;
            for (number, line) in lines.into_iter().enumerate() {
                let y = top + size * (number as f64 * text::LINE + text::ASCENT + (text::LINE - 1.0) / 2.0);
                let text = TextMark::new(line, Point { y, ..centre }, Anchor::Middle, size);
                canvas.text(text.coloured(text_on_heat(share(row, column))));
            }
        }
    }

    /// A name at the left of each row.
    pub(crate) fn draw_row_names(self, canvas: &mut Canvas, names: &[String], size: f64) {
        for (row, name) in names.iter().enumerate() {
            let y = self.cell(row, 0).centre().y + size * text::MIDDLE;
            let at = Point { x: self.area.x - TO_TEXT, y };
            canvas.text(TextMark::new(name.clone(), at, Anchor::End, size));
        }
    }

    /// A name below each column, from the bottom to the top.
    pub(crate) fn draw_column_names(self, canvas: &mut Canvas, names: &[String], size: f64) {
        for (column, name) in names.iter().enumerate() {
            let x = self.cell(0, column).centre().x + size * text::MIDDLE;
            let at = Point { x, y: self.area.bottom() + TO_TEXT };
            canvas.text(TextMark::new(name.clone(), at, Anchor::End, size).upward());
        }
    }

    fn places(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.rows).flat_map(move |row| (0..self.columns).map(move |column| (row, column)))
    }
}

/// The room of names beside or below a heat map.
pub(crate) fn name_room(names: &[String], size: f64) -> f64 {
    TO_TEXT + text::widest(names.iter().map(String::as_str), size)
}

/// What the shades stand for: a bar from `low` to `high`, with these texts at its ends and a name above.
pub(crate) fn draw_shades(canvas: &mut Canvas, area: Rect, (low, high): (&str, &str), name: &str, size: f64) {
    const STEPS: usize = 40;
    let width = area.width / STEPS as f64;
    for step in 0..STEPS {
        let x = area.x + step as f64 * width;
        let share = (step as f64 + 0.5) / STEPS as f64;
        canvas.area(Rect { x, width, ..area }, Colour::Heat.faint(share));
    }
    canvas.outline(area, Stroke::new(Colour::Ink.opaque(), THIN));
    let baseline = area.y + area.height / 2.0 + size * text::MIDDLE;
    let before = Point { x: area.x - TO_TEXT, y: baseline };
    let after = Point { x: area.right() + TO_TEXT, y: baseline };
    canvas.text(TextMark::new(format!("{name}: {low}"), before, Anchor::End, size));
    canvas.text(TextMark::new(high, after, Anchor::Start, size));
}
