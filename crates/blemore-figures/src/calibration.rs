//! Whether probabilities can be read as saliences.

use blemore_eval::{Calibration, ReliabilityBin, ReliabilityCurve};

use crate::canvas::{Shape, Stroke, Symbol};
use crate::figure::{Figure, Head};
use crate::geometry::Rect;
use crate::legend::{Legend, Sign};
use crate::panel::{Axis, Panel};
use crate::theme::{COLUMN, Colour, GAP, THICK, THIN};

const CURVE_HEIGHT: f64 = 150.0;
const COUNTS_HEIGHT: f64 = 36.0;
const RADIUS: f64 = 2.2;

/// Mean salience over probability, and below how many probabilities there are. Fits one column.
pub fn calibration(title: &str, calibration: &Calibration) -> Figure {
    let all = ("all emotions", &calibration.curve, Shape::Circle, Colour::Series(0).opaque());
    let top = ("most probable emotion", &calibration.top, Shape::Triangle, Colour::Series(1).opaque());
    let legend = [all, top].iter().fold(Legend::empty(), |legend, (name, curve, shape, paint)| {
        let error = curve.expected_error();
        legend.with(Sign::Point(*shape, *paint), format!("{name} (expected error {error:.3})"))
    });
    let head = Head::new(title, &legend, COLUMN);
    let unit = (0.0, 1.0);
    let across = Axis::of_values("probability", unit, 5);
    let up = Axis::of_values("mean salience", unit, 5);
    let most = |curve: &ReliabilityCurve| curve.bins.iter().map(|bin| bin.count).max().unwrap_or(0);
    let counts = Axis::of_values("number", (0.0, most(all.1).max(1) as f64), 2).whole();
    let left = up.breadth().max(counts.breadth());
    let area = head.area_below(left, across.overhang(), CURVE_HEIGHT);
    let below = Rect { y: area.bottom() + 2.0 * GAP, height: COUNTS_HEIGHT, ..area };

    let (mut canvas, curves) = head.with_plot(area, &across.silent(), &up);
    canvas.height = below.bottom() + across.depth() + GAP;
    let diagonal = [curves.place(0.0, 0.0), curves.place(1.0, 1.0)];
    canvas.line(diagonal, Stroke::new(Colour::Ink.faint(0.5), THIN).dashed());
    for (_, curve, shape, paint) in [all, top] {
        let places: Vec<_> =
            filled(curve).map(|bin| curves.place(bin.mean_probability.min(1.0), bin.mean_target)).collect();
        canvas.points(&places, Stroke::new(paint, THICK), Symbol { shape, radius: RADIUS });
    }
    let numbers = Panel::new(below, &across, &counts);
    for bin in filled(all.1) {
        let bar = numbers.between((bin.low, 0.0), (bin.high, bin.count as f64));
        canvas.area(Rect { x: bar.x + 0.5, width: bar.width - 1.0, ..bar }, Colour::Series(0).faint(0.6));
    }
    numbers.draw_x(&mut canvas, &across);
    numbers.draw_y(&mut canvas, &counts);
    let caption = format!(
        "Mean salience of the labels over the probabilities, in bins; below, probabilities per bin. On the dashed line \
         probabilities are saliences. Brier score {:.3}.",
        calibration.brier
    );
    Figure::new("calibration", caption, canvas)
}

fn filled(curve: &ReliabilityCurve) -> impl Iterator<Item = &ReliabilityBin> {
    curve.bins.iter().filter(|bin| bin.count > 0)
}
