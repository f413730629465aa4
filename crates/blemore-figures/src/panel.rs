//! A plot: an area with an axis along its lower and one along its left side.

use crate::canvas::{Anchor, Canvas, Stroke, TextMark};
use crate::geometry::{Point, Rect};
use crate::scale::{Scale, Tick, ticks};
use crate::text;
use crate::theme::{Colour, LABEL, THIN};

/// The length of the short lines at an axis.
const TICK: f64 = 2.5;
/// Between the short lines and the texts, and between these and the axis' name.
const TO_TEXT: f64 = 2.0;
/// How faint the lines across the area are.
const GRID: f64 = 0.12;

/// What is written along one side.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    name: String,
    low: f64,
    high: f64,
    ticks: Vec<Tick>,
}

impl Axis {
    /// Values from `low` to `high`, some of them written.
    pub(crate) fn of_values(name: impl Into<String>, (low, high): (f64, f64), steps: usize) -> Self {
        Self { name: name.into(), low, high, ticks: ticks(low, high, steps) }
    }

    /// The same with whole numbers alone.
    pub(crate) fn whole(mut self) -> Self {
        self.ticks.retain(|tick| tick.value == tick.value.round());
        self.ticks.iter_mut().for_each(|tick| tick.text = tick.value.to_string());
        self
    }

    /// Names, the first at 0.5, the next at 1.5.
    pub(crate) fn of_names(name: impl Into<String>, names: impl IntoIterator<Item = String>) -> Self {
        let tick = |(place, text): (usize, String)| Tick { value: place as f64 + 0.5, text };
        let ticks: Vec<Tick> = names.into_iter().enumerate().map(tick).collect();
        Self { name: name.into(), low: 0.0, high: ticks.len().max(1) as f64, ticks }
    }

    /// The same with every n-th name alone, so that none overlap in so much room.
    pub(crate) fn thinned(mut self, room: f64) -> Self {
        let width = text::widest(self.ticks.iter().map(|tick| &*tick.text), LABEL) + TO_TEXT;
        let step = (width * self.ticks.len() as f64 / room).ceil().max(1.0) as usize;
        let others = self.ticks.iter_mut().enumerate().filter(|(number, _)| number % step > 0);
        others.for_each(|(_, tick)| tick.text.clear());
        self
    }

    /// The same without texts: another panel beside has them.
    pub(crate) fn silent(&self) -> Self {
        let mut silent = self.clone();
        silent.name.clear();
        silent.ticks.iter_mut().for_each(|tick| tick.text.clear());
        silent
    }

    /// How far it reaches below a panel.
    pub(crate) fn depth(&self) -> f64 {
        TICK + TO_TEXT + LABEL + self.name_room()
    }

    /// How far it reaches to the left of a panel.
    pub(crate) fn breadth(&self) -> f64 {
        TICK + TO_TEXT + text::widest(self.ticks.iter().map(|tick| &*tick.text), LABEL) + self.name_room()
    }

    /// How far the last text of an axis below reaches to the right of a panel.
    pub(crate) fn overhang(&self) -> f64 {
        let Some(last) = self.ticks.last() else { return 0.0 };
        let is_at_end = last.value > self.low + (self.high - self.low) * 0.9;
        if is_at_end { text::width(&last.text, LABEL) / 2.0 } else { 0.0 }
    }

    fn name_room(&self) -> f64 {
        if self.name.is_empty() { 0.0 } else { TO_TEXT + LABEL * text::LINE }
    }
}

/// An area of a figure with a scale in each direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panel {
    pub(crate) area: Rect,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

impl Panel {
    /// With the values of `y` from the bottom to the top.
    pub(crate) fn new(area: Rect, x: &Axis, y: &Axis) -> Self {
        let across = Scale { low: x.low, high: x.high, start: area.x, end: area.right() };
        let up = Scale { low: y.low, high: y.high, start: area.bottom(), end: area.y };
        Self { area, x: across, y: up }
    }

    /// With names from the top to the bottom.
    pub(crate) fn of_rows(area: Rect, x: &Axis, y: &Axis) -> Self {
        let mut panel = Self::new(area, x, y);
        (panel.y.start, panel.y.end) = (area.y, area.bottom());
        panel
    }

    /// The place of a pair of values.
    pub(crate) fn place(self, x: f64, y: f64) -> Point {
        Point { x: self.x.place(x), y: self.y.place(y) }
    }

    /// The rectangle between two pairs of values.
    pub(crate) fn between(self, from: (f64, f64), to: (f64, f64)) -> Rect {
        let (one, other) = (self.place(from.0, from.1), self.place(to.0, to.1));
        let (width, height) = ((one.x - other.x).abs(), (one.y - other.y).abs());
        Rect { x: one.x.min(other.x), y: one.y.min(other.y), width, height }
    }

    /// Lines across the area at the written values of the axis below.
    pub(crate) fn draw_grid_of_x(self, canvas: &mut Canvas, axis: &Axis) {
        for tick in &axis.ticks {
            let x = self.x.place(tick.value);
            let line = [Point { x, y: self.area.y }, Point { x, y: self.area.bottom() }];
            canvas.line(line, Stroke::new(Colour::Ink.faint(GRID), THIN));
        }
    }

    /// Lines across the area at the written values of the axis at the left.
    pub(crate) fn draw_grid_of_y(self, canvas: &mut Canvas, axis: &Axis) {
        for tick in &axis.ticks {
            let y = self.y.place(tick.value);
            let line = [Point { x: self.area.x, y }, Point { x: self.area.right(), y }];
            canvas.line(line, Stroke::new(Colour::Ink.faint(GRID), THIN));
        }
    }

    /// The axis below.
    pub(crate) fn draw_x(self, canvas: &mut Canvas, axis: &Axis) {
        let (left, bottom) = (self.area.x, self.area.bottom());
        canvas.line([Point { x: left, y: bottom }, Point { x: self.area.right(), y: bottom }], ink());
        let baseline = bottom + TICK + TO_TEXT + LABEL * text::ASCENT;
        for tick in &axis.ticks {
            let x = self.x.place(tick.value);
            canvas.line([Point { x, y: bottom }, Point { x, y: bottom + TICK }], ink());
            write(canvas, TextMark::new(&*tick.text, Point { x, y: baseline }, Anchor::Middle, LABEL));
        }
        let at = Point { x: left + self.area.width / 2.0, y: baseline + TO_TEXT + LABEL };
        write(canvas, TextMark::new(&*axis.name, at, Anchor::Middle, LABEL));
    }

    /// The axis at the left.
    pub(crate) fn draw_y(self, canvas: &mut Canvas, axis: &Axis) {
        let left = self.area.x;
        canvas.line([Point { x: left, y: self.area.y }, Point { x: left, y: self.area.bottom() }], ink());
        for tick in &axis.ticks {
            let y = self.y.place(tick.value);
            canvas.line([Point { x: left - TICK, y }, Point { x: left, y }], ink());
            let at = Point { x: left - TICK - TO_TEXT, y: y + LABEL * text::MIDDLE };
            write(canvas, TextMark::new(&*tick.text, at, Anchor::End, LABEL));
        }
        let x = left - axis.breadth() + LABEL * text::ASCENT;
        let at = Point { x, y: self.area.y + self.area.height / 2.0 };
        write(canvas, TextMark::new(&*axis.name, at, Anchor::Middle, LABEL).upward());
    }
}

fn ink() -> Stroke {
    Stroke::new(Colour::Ink.opaque(), THIN)
}

fn write(canvas: &mut Canvas, text: TextMark) {
    if !text.content.is_empty() {
        canvas.text(text);
    }
}
