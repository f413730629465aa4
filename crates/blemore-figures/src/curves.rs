//! Values over the epochs of a training.

use crate::canvas::{Canvas, Shape, Stroke};
use crate::figure::{Figure, Head};
use crate::legend::{Legend, Sign};
use crate::panel::{Axis, Panel};
use crate::scale::range_of;
use crate::theme::{COLUMN, Colour, THICK, THIN};

const HEIGHT: f64 = 120.0;
/// How faint single folds are.
const FOLDS: f64 = 0.35;
/// The size of the symbol of a single epoch.
const RADIUS: f64 = 2.2;

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

/// Curves over epochs: the folds faint, their mean strong, every second one dashed. A single epoch is a symbol. Fits one
/// column.
pub fn curves(title: &str, value: &str, curves: &[Curve]) -> Figure {
    let legend = curves
        .iter()
        .enumerate()
        .fold(Legend::empty(), |legend, (number, curve)| legend.with(sign(number, curve), curve.name));
    let head = Head::new(title, &legend, COLUMN);
    let folds = || curves.iter().flat_map(|curve| &curve.folds);
    let epochs = folds().map(Vec::len).max().unwrap_or(1).max(2);
    let across = Axis::of_values("epoch", (1.0, epochs as f64), 5).whole();
    let up = Axis::of_values(value, range_of(folds().flatten().copied()), 5);
    let area = head.area_below(up.breadth(), across.overhang(), HEIGHT);

    let (mut canvas, panel) = head.with_plot(area, &across, &up);
    for (number, curve) in curves.iter().enumerate() {
        for fold in &curve.folds {
            draw(&mut canvas, panel, fold, number, Stroke::new(Colour::Series(number).faint(FOLDS), THIN));
        }
    }
    for (number, curve) in curves.iter().enumerate() {
        draw(&mut canvas, panel, &curve.mean(), number, strong(number));
    }
    let caption = format!("{value} over the epochs: mean of the folds (strong) and each fold (faint).");
    Figure::new(format!("{value}-over-epochs"), caption, canvas)
}

fn sign(number: usize, curve: &Curve) -> Sign {
    let stroke = strong(number);
    if curve.mean().len() == 1 {
        Sign::Symbol(Shape::of_series(number), stroke.paint)
    } else {
        Sign::Line(stroke)
    }
}

/// The line of the mean of the series of this number.
fn strong(number: usize) -> Stroke {
    let stroke = Stroke::new(Colour::Series(number).opaque(), THICK);
    if number % 2 == 1 { stroke.dashed() } else { stroke }
}

/// A value per epoch of the series of this number.
fn draw(canvas: &mut Canvas, panel: Panel, values: &[f64], number: usize, stroke: Stroke) {
    let place = |(epoch, value): (usize, &f64)| panel.place(epoch as f64 + 1.0, *value);
    let places: Vec<_> = values.iter().enumerate().map(place).collect();
    match places[..] {
        [only] => canvas.symbol(Shape::of_series(number), RADIUS, only, stroke.paint),
        _ => canvas.line(places, stroke),
    }
}
