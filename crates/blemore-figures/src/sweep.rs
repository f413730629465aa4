//! The combinations of a sweep: what each scores, and how far it is from the baseline.

use crate::canvas::{Anchor, Canvas, Shape, Stroke, TextMark};
use crate::figure::{Figure, Head};
use crate::geometry::{Point, Rect};
use crate::legend::{Legend, Sign};
use crate::panel::{Axis, Panel};
use crate::scale::range_of;
use crate::text;
use crate::theme::{Colour, GAP, LABEL, PAGE, THICK, THIN};

/// The height of a row.
const ROW: f64 = LABEL * text::LINE;
/// The most room that the name of a combination takes.
const NAME: f64 = 200.0;
/// Between the two panels, and to the right of the last.
const BETWEEN: f64 = 3.0 * GAP;
const RADIUS: f64 = 2.2;
/// The most rows: they fit a page.
const MOST: usize = 60;

/// A combination of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPoint {
    /// What it consists of.
    pub name: String,
    /// The composite with epoch and thresholds chosen on the fold itself.
    pub published: f64,
    /// The composite with nothing chosen on the fold itself.
    pub composite: f64,
    /// Its 95 % interval.
    pub composite_ci: (f64, f64),
    /// The composite less that of the baseline; `None` for the baseline.
    pub against_baseline: Option<SweepDifference>,
}

/// A combination less the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepDifference {
    /// The difference of the composites.
    pub value: f64,
    /// Its 95 % interval.
    pub ci: (f64, f64),
    /// Whether the row wins or loses: marked by a star.
    pub is_decided: bool,
}

/// A row per combination: its composite with its interval, and its difference from the baseline. Of more than 60 the
/// best are drawn, and the baseline. Fits both columns.
pub fn sweep(title: &str, points: &[SweepPoint]) -> Figure {
    let shown = best(points);
    let [nested, published] = [0, 1].map(|series| Colour::Series(series).opaque());
    let legend = Legend::empty()
        .with(Sign::Point(Shape::of_series(0), nested), "chosen on the other folds, with its 95 % interval")
        .with(Sign::Symbol(Shape::of_series(1), published), "chosen on the fold itself, as published")
        .with(Sign::Line(Stroke::new(Colour::Ink.opaque(), THICK * 0.7).dashed()), "baseline");
    let head = Head::new(title, &legend, PAGE);
    let rows = Axis::of_names("", shown.iter().map(|point| text::shortened(&point.name, LABEL, NAME)));
    let left = rows.breadth();
    let width = (PAGE - GAP - left - 2.0 * BETWEEN) / 2.0;
    let (x, y) = (GAP + left, head.bottom() + GAP);
    let area = Rect { x, y, width, height: ROW * shown.len().max(1) as f64 };
    let [composite, difference] = axes(&shown);
    let mut canvas = Canvas::new(PAGE, area.bottom() + composite.depth() + GAP);
    head.draw(&mut canvas);

    let panel = Panel::of_rows(area, &composite, &rows);
    draw_axes(panel, &mut canvas, &composite, &rows);
    if let Some(baseline) = shown.iter().find(|point| point.against_baseline.is_none()) {
        draw_baseline(panel, &mut canvas, baseline.composite);
    }
    for (row, point) in shown.iter().enumerate() {
        let place = |value: f64| panel.place(value, row as f64 + 0.5);
        let (low, high) = point.composite_ci;
        canvas.symbol(Shape::of_series(1), RADIUS, place(point.published), published);
        canvas.line([place(low), place(high)], Stroke::new(nested, THICK * 0.7));
        canvas.symbol(Shape::of_series(0), RADIUS, place(point.composite), nested);
    }

    let area = Rect { x: area.right() + BETWEEN, ..area };
    let panel = Panel::of_rows(area, &difference, &rows);
    draw_axes(panel, &mut canvas, &difference, &rows.silent());
    draw_baseline(panel, &mut canvas, 0.0);
    for (row, point) in shown.iter().enumerate() {
        let Some(SweepDifference { value, ci: (low, high), is_decided }) = point.against_baseline else {
            continue;
        };
        let place = |value: f64| panel.place(value, row as f64 + 0.5);
        canvas.line([place(low), place(high)], Stroke::new(nested, THICK * 0.7));
        canvas.symbol(Shape::of_series(0), RADIUS, place(value), nested);
        if is_decided {
            let at = place(high);
            let at = Point { x: at.x + 2.0, y: at.y + LABEL * text::MIDDLE };
            canvas.text(TextMark::new("*", at, Anchor::Start, LABEL));
        }
    }
    Figure::new("sweep", caption(shown.len(), points.len()), canvas)
}

/// The combinations that are drawn, in their order.
fn best(points: &[SweepPoint]) -> Vec<&SweepPoint> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    let is_other = |place: usize| points[place].against_baseline.is_some();
    order.sort_by(|&one, &other| {
        let by_score = points[other].composite.total_cmp(&points[one].composite);
        is_other(one).cmp(&is_other(other)).then(by_score)
    });
    order.truncate(MOST);
    order.sort_unstable();
    order.into_iter().map(|place| &points[place]).collect()
}

/// Of composites and of differences.
fn axes(shown: &[&SweepPoint]) -> [Axis; 2] {
    let composites = shown.iter().flat_map(|point| {
        let (low, high) = point.composite_ci;
        [point.composite, point.published, low, high]
    });
    let differences = shown.iter().filter_map(|point| point.against_baseline);
    let differences = differences.flat_map(|found| [found.value, found.ci.0, found.ci.1]).chain([0.0]);
    [
        Axis::of_values("composite of both accuracies", range_of(composites), 4),
        Axis::of_values("difference from the baseline", range_of(differences), 4),
    ]
}

fn draw_axes(panel: Panel, canvas: &mut Canvas, across: &Axis, rows: &Axis) {
    panel.draw_grid_of_x(canvas, across);
    panel.draw_x(canvas, across);
    panel.draw_y(canvas, rows);
}

fn draw_baseline(panel: Panel, canvas: &mut Canvas, value: f64) {
    let x = panel.x.place(value);
    let line = [panel.area.y, panel.area.bottom()].map(|y| Point { x, y });
    canvas.line(line, Stroke::new(Colour::Ink.opaque(), THIN).dashed());
}

fn caption(shown: usize, all: usize) -> String {
    let which = match shown < all {
        true => format!("The baseline and the best of the other combinations, {shown} of {all}"),
        false => format!("All {all} combinations"),
    };
    format!(
        "{which}: the mean of both accuracies, and its difference from the baseline, with 95 % intervals over actors. \
         *: p below 0.05 by paired permutation, corrected for the number of rows after Holm."
    )
}
