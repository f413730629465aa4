//! A finished figure.

use crate::Rect;
use crate::canvas::{Anchor, Canvas, TextMark};
use crate::geometry::Point;
use crate::legend::Legend;
use crate::panel::{Axis, Panel};
use crate::theme::{GAP, TITLE};
use crate::{svg, text};

/// A picture that fits one or both columns of a two-column page.
#[derive(Clone, Debug)]
pub struct Figure {
    name: String,
    caption: String,
    canvas: Canvas,
}

/// A text of a figure, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct TextBox {
    /// The text.
    pub text: String,
    /// The rectangle that its letters lie in, in points.
    pub bounds: Rect,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, caption: impl Into<String>, canvas: Canvas) -> Self {
        Self { name: name.into(), caption: caption.into(), canvas }
    }

    /// What kind of figure it is: the beginning of a file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it shows, as a sentence to stand below it.
    pub fn caption(&self) -> &str {
        &self.caption
    }

    /// Width and height in points of 1/72 inch.
    pub fn size(&self) -> (f64, f64) {
        (self.canvas.width, self.canvas.height)
    }

    /// The figure as SVG. Texts stay texts, in Noto Sans or in a font that is like it; their lengths are set. Lines and
    /// letters have the `color` of the SVG, dark unless a style sheet of a page around it sets another. The white ground has
    /// the class `paper`.
    pub fn to_svg(&self) -> String {
        svg::svg(&self.canvas, &self.caption)
    }

    /// All its texts.
    pub fn texts(&self) -> impl Iterator<Item = TextBox> {
        self.canvas.texts().map(|text| TextBox { text: text.content.clone(), bounds: text.bounds() })
    }
}

/// What stands above the plots: a title, then a legend.
pub(crate) struct Head<'a> {
    lines: Vec<String>,
    legend: &'a Legend,
    width: f64,
}

impl<'a> Head<'a> {
    /// For a figure of this width.
    pub(crate) fn new(title: &str, legend: &'a Legend, width: f64) -> Self {
        Self { lines: text::wrapped(title, TITLE, width - 2.0 * GAP), legend, width }
    }

    /// Where the plots begin.
    pub(crate) fn bottom(&self) -> f64 {
        self.legend_top() + self.legend.height(self.width - 2.0 * GAP)
    }

    fn legend_top(&self) -> f64 {
        GAP + self.lines.len() as f64 * TITLE * text::LINE
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas) {
        for (number, line) in self.lines.iter().enumerate() {
            let y = GAP + TITLE * (text::ASCENT + number as f64 * text::LINE);
            canvas.text(TextMark::new(line.clone(), Point { x: GAP, y }, Anchor::Start, TITLE));
        }
        let at = Point { x: GAP, y: self.legend_top() };
        self.legend.draw(canvas, at, self.width - 2.0 * GAP);
    }

    /// The area of a plot of this height below it, with this room at its left and at its right for texts.
    pub(crate) fn area_below(&self, left: f64, right: f64, height: f64) -> Rect {
        let (x, y) = (GAP + left, self.bottom() + GAP);
        Rect { x, y, width: self.width - x - GAP - right, height }
    }

    /// A canvas with this head and a plot in this area: its grid and its axes.
    pub(crate) fn with_plot(&self, area: Rect, across: &Axis, up: &Axis) -> (Canvas, Panel) {
        let mut canvas = Canvas::new(self.width, area.bottom() + across.depth() + GAP);
        self.draw(&mut canvas);
        let panel = Panel::new(area, across, up);
        panel.draw_grid_of_y(&mut canvas, up);
        panel.draw_x(&mut canvas, across);
        panel.draw_y(&mut canvas, up);
        (canvas, panel)
    }
}
