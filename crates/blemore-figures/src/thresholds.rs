//! How steady the two thresholds are over the folds.

use blemore_eval::{FoldSelection, NestedSelection};

use crate::canvas::{Canvas, Shape, Stroke};
use crate::figure::{Figure, Head};
use crate::geometry::Rect;
use crate::legend::{Legend, Sign};
use crate::panel::{Axis, Panel};
use crate::theme::{COLUMN, Colour, GAP, THICK};

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
    let across = Axis::of_names("fold", folds.iter().map(|fold| fold.fold.to_string()));
    let values = || SERIES.iter().flat_map(|series| folds.iter().map(series.value));
    let up = Axis::of_values("threshold", (0.0, values().fold(0.5, f64::max) * 1.05), 5);
    let (x, y) = (GAP + up.breadth(), head.bottom() + GAP);
    let area = Rect { x, y, width: COLUMN - x - GAP, height: HEIGHT };
    let panel = Panel::new(area, &across, &up);

    let mut canvas = Canvas::new(COLUMN, area.bottom() + across.depth() + GAP);
    head.draw(&mut canvas);
    panel.draw_grid_of_y(&mut canvas, &up);
    panel.draw_x(&mut canvas, &across);
    panel.draw_y(&mut canvas, &up);
    for series in SERIES {
        let paint = Colour::Series(series.colour).opaque();
        let places: Vec<_> = (folds.iter().enumerate())
            .map(|(number, fold)| panel.place(number as f64 + 0.5 + series.shift, (series.value)(fold)))
            .collect();
        let stroke = Stroke::new(paint, THICK * 0.7);
        canvas.line(places.iter().copied(), if series.is_dashed { stroke.dashed() } else { stroke });
        for place in places {
            canvas.symbol(series.shape, RADIUS, place, paint);
        }
    }
    let caption =
        "Thresholds of each fold, chosen on the fold itself (solid) and on the other folds (dashed).";
    Figure::new("thresholds-of-folds", caption, canvas)
}
