//! Values over the epochs of a training.

use crate::canvas::{Canvas, Stroke};
use crate::figure::{Figure, Head};
use crate::geometry::Rect;
use crate::legend::{Legend, Sign};
use crate::panel::{Axis, Panel};
use crate::scale::range_of;
use crate::theme::{COLUMN, Colour, GAP, THICK, THIN};

const HEIGHT: f64 = 120.0;
/// How faint single folds are.
const FOLDS: f64 = 0.35;

/// A value at each epoch, from the first on, for each fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What the value is.
    pub name: &'static str,
    /// The values of each fold.
    pub folds: Vec<Vec<f64>>,
}

impl Curve {
    /// The mean of the folds at each epoch that all have.
    fn mean(&self) -> Vec<f64> {
        let epochs = self.folds.iter().map(Vec::len).min().unwrap_or(0);
        let count = self.folds.len().max(1) as f64;
        (0..epochs).map(|epoch| self.folds.iter().map(|fold| fold[epoch]).sum::<f64>() / count).collect()
    }
}

/// Curves over epochs: the folds faint, their mean strong. Fits one column.
pub fn curves(title: &str, value: &str, curves: &[Curve]) -> Figure {
    let paint = |number: usize| Stroke::new(Colour::Series(number).opaque(), THICK);
    let legend = curves
        .iter()
        .enumerate()
        .fold(Legend::empty(), |legend, (number, curve)| legend.with(Sign::Line(paint(number)), curve.name));
    let head = Head::new(title, &legend, COLUMN);
    let folds = || curves.iter().flat_map(|curve| &curve.folds);
    let epochs = folds().map(Vec::len).max().unwrap_or(1).max(2);
    let across = Axis::of_values("epoch", (1.0, epochs as f64), 5).whole();
    let up = Axis::of_values(value, range_of(folds().flatten().copied()), 5);
    let (x, y) = (GAP + up.breadth(), head.bottom() + GAP);
    let area = Rect { x, y, width: COLUMN - x - GAP - across.overhang(), height: HEIGHT };
    let panel = Panel::new(area, &across, &up);

    let mut canvas = Canvas::new(COLUMN, area.bottom() + across.depth() + GAP);
    head.draw(&mut canvas);
    panel.draw_grid_of_y(&mut canvas, &up);
    panel.draw_x(&mut canvas, &across);
    panel.draw_y(&mut canvas, &up);
    let places = |values: &[f64]| -> Vec<_> {
        values.iter().enumerate().map(|(epoch, value)| panel.place(epoch as f64 + 1.0, *value)).collect()
    };
    for (number, curve) in curves.iter().enumerate() {
        for fold in &curve.folds {
            canvas.line(places(fold), Stroke::new(Colour::Series(number).faint(FOLDS), THIN));
        }
    }
    for (number, curve) in curves.iter().enumerate() {
        canvas.line(places(&curve.mean()), paint(number));
    }
    let caption = format!("{value} over the epochs: mean of the folds (strong) and each fold (faint).");
    Figure::new(format!("{value}-over-epochs"), caption, canvas)
}
