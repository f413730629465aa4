//! How steady the two thresholds are over the folds.

use blemore_eval::{FoldSelection, NestedSelection};

use crate::canvas::{Shape, Stroke, Symbol};
use crate::figure::{Figure, Head};
use crate::legend::{Legend, Sign};
use crate::panel::Axis;
use crate::theme::{COLUMN, Colour, THICK};

const HEIGHT: f64 = 110.0;
/// The size of the symbols.
const RADIUS: f64 = 2.6;

/// One threshold, chosen in one way.
struct Series {
    name: &'static str,
    value: fn(&FoldSelection) -> f64,
    colour: usize,
    shape: Shape,
    is_dashed: bool,
    /// To the right, so that equal thresholds do not cover each other.
    shift: f64,
}

const SERIES: [Series; 4] = [
    Series {
        name: "α of the fold itself",
        value: |fold| fold.look_ahead.thresholds.alpha,
        colour: 0,
        shape: Shape::Circle,
        is_dashed: false,
        shift: -0.05,
    },
    Series {
        name: "α of the other folds",
        value: |fold| fold.nested.thresholds.alpha,
        colour: 0,
        shape: Shape::Square,
        is_dashed: true,
        shift: 0.05,
    },
    Series {
        name: "β of the fold itself",
        value: |fold| fold.look_ahead.thresholds.beta,
        colour: 1,
        shape: Shape::Triangle,
        is_dashed: false,
        shift: -0.05,
    },
    Series {
        name: "β of the other folds",
        value: |fold| fold.nested.thresholds.beta,
        colour: 1,
        shape: Shape::Diamond,
        is_dashed: true,
        shift: 0.05,
    },
];

/// Both thresholds of each fold, chosen on the fold itself as the paper does, and on the other folds. Fits one column.
pub fn thresholds(title: &str, selection: &NestedSelection) -> Figure {
    let legend = SERIES.iter().fold(Legend::empty(), |legend, series| {
        legend.with(Sign::Point(series.shape, Colour::Series(series.colour).opaque()), series.name)
    });
    let folds = &selection.folds;
    let head = Head::new(title, &legend, COLUMN);
    let values = || SERIES.iter().flat_map(|series| folds.iter().map(series.value));
    let up = Axis::of_values("threshold", (0.0, values().fold(0.5, f64::max) * 1.05), 5);
    let area = head.area_below(up.breadth(), 0.0, HEIGHT);
    let across = Axis::of_names("fold", folds.iter().map(|fold| fold.fold.to_string())).thinned(area.width);

    let (mut canvas, panel) = head.with_plot(area, &across, &up);
    for series in SERIES {
        let paint = Colour::Series(series.colour).opaque();
        let places: Vec<_> = (folds.iter().enumerate())
            .map(|(number, fold)| panel.place(number as f64 + 0.5 + series.shift, (series.value)(fold)))
            .collect();
        let stroke = Stroke::new(paint, THICK * 0.7);
        let stroke = if series.is_dashed { stroke.dashed() } else { stroke };
        canvas.points(&places, stroke, Symbol { shape: series.shape, radius: RADIUS });
    }
    let caption =
        "Thresholds of each fold, chosen on the fold itself (solid) and on the other folds (dashed).";
    Figure::new("thresholds-of-folds", caption, canvas)
}
