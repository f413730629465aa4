//! Accuracy over the grid of the two thresholds, and which thresholds were chosen.

use blemore_eval::{Surface, Thresholds};

use crate::canvas::{Anchor, Canvas, Shape, TextMark};
use crate::figure::{Figure, Head};
use crate::geometry::{Point, Rect};
use crate::heat_map::{HeatMap, draw_shades};
use crate::legend::Legend;
use crate::panel::{Axis, Panel};
use crate::scale::extent;
use crate::text;
use crate::theme::{COLUMN, Colour, GAP, LABEL, SMALL};

/// The most chosen thresholds that have a line each.
const OWN_LINES: usize = 26;

/// The mean of both accuracies at each cell of the grid, and the thresholds that were chosen, by name (of a fold, say). Fits
/// one column. The grid must be evenly spaced.
pub fn surface(title: &str, surface: &Surface, chosen: &[(String, Thresholds)]) -> Figure {
    let objective = surface.objective();
    let (low, high) = extent(objective.iter().copied());
    let points = distinct(chosen);
    let legend = Legend::empty();
    let head = Head::new(title, &legend, COLUMN);
    let across = Axis::of_values("β", edges(surface.betas()), 5);
    let up = Axis::of_values("α", edges(surface.alphas()), 5);
    let (x, y) = (GAP + up.breadth(), head.bottom() + GAP);
    let side = COLUMN - x - GAP - across.overhang();
    let area = Rect { x, y, width: side, height: side * 0.8 };
    let panel = Panel::new(area, &across, &up);
    let below = area.bottom() + across.depth() + 2.0 * GAP;
    let lines = lines(&points, COLUMN - 2.0 * GAP);
    let line = LABEL * text::LINE;
    let height = below + LABEL + GAP + lines.len() as f64 * line + GAP;

    let mut canvas = Canvas::new(COLUMN, height);
    head.draw(&mut canvas);
    let (rows, columns) = (surface.alphas().len(), surface.betas().len());
    let map = HeatMap { area, rows, columns };
    // The first alpha is at the bottom.
    let value = |row: usize, column: usize| objective[(rows - 1 - row) * columns + column];
    map.draw_cells(&mut canvas, |row, column| (value(row, column) - low) / (high - low).max(f64::EPSILON));
    panel.draw_x(&mut canvas, &across);
    panel.draw_y(&mut canvas, &up);
    for point in &points {
        let at = panel.place(point.thresholds.beta, point.thresholds.alpha);
        canvas.symbol(Shape::Circle, SMALL * 0.8, at, Colour::Series(1).opaque());
        let at = Point { y: at.y + SMALL * text::MIDDLE, ..at };
        canvas.text(TextMark::new(&*point.sign, at, Anchor::Middle, SMALL).coloured(Colour::White));
    }
    let (worst, best) = (format!("{low:.3}"), format!("{high:.3}"));
    let bar = Rect { x: COLUMN - GAP - 30.0 - 70.0, y: below, width: 70.0, height: LABEL };
    draw_shades(&mut canvas, bar, (&worst, &best), "mean of both accuracies", LABEL);
    for (number, text) in lines.into_iter().enumerate() {
        let at = Point { x: GAP, y: below + LABEL + GAP + number as f64 * line + LABEL };
        canvas.text(TextMark::new(text, at, Anchor::Start, LABEL));
    }
    let caption = "Mean of both accuracies over the thresholds α (presence) and β (salience). Circles: chosen thresholds.";
    Figure::new("threshold-surface", caption, canvas)
}

/// The outer edges of the cells around these values.
fn edges(values: &[f64]) -> (f64, f64) {
    let (first, last) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(1.0));
    let half = (last - first) / values.len().saturating_sub(1).max(1) as f64 / 2.0;
    let half = if half > 0.0 { half } else { 0.5 };
    (first - half, last + half)
}

/// Thresholds that one or several chose.
struct Chosen {
    /// A letter, or a number where letters run out.
    sign: String,
    thresholds: Thresholds,
    names: Vec<String>,
}

impl Chosen {
    fn text(&self) -> String {
        let Thresholds { alpha, beta } = self.thresholds;
        format!("{}: α {alpha:.2}, β {beta:.2}: {}", self.sign, self.names.join(", "))
    }
}

/// What stands below: each of the chosen on its own line, or one after the other where the page is too short for that.
fn lines(points: &[Chosen], room: f64) -> Vec<String> {
    let texts: Vec<String> = points.iter().map(Chosen::text).collect();
    let texts = if texts.len() > OWN_LINES { vec![texts.join("; ")] } else { texts };
    texts.iter().flat_map(|text| text::wrapped(text, LABEL, room)).collect()
}

/// Each pair of thresholds once, with a sign.
fn distinct(chosen: &[(String, Thresholds)]) -> Vec<Chosen> {
    let mut points: Vec<Chosen> = Vec::new();
    for (name, thresholds) in chosen {
        match points.iter_mut().find(|point| point.thresholds == *thresholds) {
            Some(point) => point.names.push(name.clone()),
            None => {
                let number = points.len();
                let sign = ('a'..='z').nth(number).map_or_else(|| (number + 1).to_string(), String::from);
                points.push(Chosen { sign, thresholds: *thresholds, names: vec![name.clone()] });
            }
        }
    }
    points
}
