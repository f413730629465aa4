//! Accuracies of groups of clips with their intervals: by blend, by gender, by actor.

use blemore_eval::Estimate;

use crate::canvas::{Anchor, Canvas, Shape, Stroke, TextMark};
use crate::figure::{Figure, Head};
use crate::geometry::{Point, Rect};
use crate::legend::Legend;
use crate::panel::{Axis, Panel};
use crate::text;
use crate::theme::{COLUMN, Colour, GAP, LABEL, THICK};

/// The height of a row.
const ROW: f64 = LABEL * text::LINE;
/// The most room that the name of a group takes.
const NAME: f64 = 84.0;
/// Between two panels, and to the right of the last.
const BETWEEN: f64 = 3.0 * GAP;
const RADIUS: f64 = 2.2;

/// The accuracies of a group of clips.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What the clips have in common.
    pub name: String,
    /// How many clips there are.
    pub clips: u64,
    /// ACC_presence.
    pub presence: Estimate,
    /// ACC_salience, where a clip shows a blend.
    pub salience: Option<Estimate>,
}

/// A row per group: both accuracies with their BCa intervals. `by` says what groups the clips. Fits one column.
pub fn accuracies(title: &str, by: &str, groups: &[Group]) -> Figure {
    let measures: [Measure; 2] = [
        ("ACC_presence", 0, |group| Some(&group.presence)),
        ("ACC_salience", 1, |group| group.salience.as_ref()),
    ];
    let shown: Vec<Measure> =
        measures.into_iter().filter(|(_, _, of)| groups.iter().any(|group| of(group).is_some())).collect();
    let legend = Legend::empty();
    let head = Head::new(title, &legend, COLUMN);
    let names = groups.iter().map(|group| {
        let clips = format!(" ({})", group.clips);
        text::shortened(&group.name, LABEL, NAME - text::width(&clips, LABEL)) + &clips
    });
    let rows = Axis::of_names("", names);
    let (x, y) = (GAP + rows.breadth(), head.bottom() + ROW + GAP);
    let height = ROW * groups.len().max(1) as f64;
    let panels = shown.len().max(1) as f64;
    let width = (COLUMN - x - panels * BETWEEN) / panels;

    let mut canvas = Canvas::new(COLUMN, 0.0);
    head.draw(&mut canvas);
    let named = text::shortened(&format!("{by} (clips)"), LABEL, COLUMN - 2.0 * GAP);
    let at = Point { x: GAP, y: y - GAP - LABEL * text::DESCENT };
    canvas.text(TextMark::new(named, at, Anchor::Start, LABEL));
    for (number, (name, colour, of)) in shown.into_iter().enumerate() {
        let estimates = || groups.iter().filter_map(of);
        let most = estimates().map(|estimate| ends(estimate)[1]).fold(0.1, f64::max);
        let across = Axis::of_values(name, (0.0, most.min(1.0)), 3);
        let area = Rect { x: x + number as f64 * (width + BETWEEN), y, width, height };
        let panel = Panel::of_rows(area, &across, &rows);
        panel.draw_grid_of_x(&mut canvas, &across);
        panel.draw_x(&mut canvas, &across);
        panel.draw_y(&mut canvas, &if number == 0 { rows.clone() } else { rows.silent() });
        let paint = Colour::Series(colour).opaque();
        for (row, group) in groups.iter().enumerate() {
            let Some(estimate) = of(group) else { continue };
            let place = |value: f64| panel.place(value, row as f64 + 0.5);
            canvas.line(ends(estimate).map(place), Stroke::new(paint, THICK * 0.7));
            canvas.symbol(Shape::of_series(colour), RADIUS, place(estimate.value), paint);
        }
        canvas.height = area.bottom() + across.depth() + GAP;
    }
    let caption = format!("Accuracies by {by}, with 95 % intervals over actors; none of one actor.");
    Figure::new(format!("accuracies-by-{by}"), caption, canvas)
}

/// The ends of the interval. That of one actor says nothing: it is the whole range.
fn ends(estimate: &Estimate) -> [f64; 2] {
    let says_nothing = estimate.actors < 2;
    if says_nothing { [estimate.value; 2] } else { [estimate.bca.low, estimate.bca.high] }
}

/// Its name, the number of its colour, and its value.
type Measure = (&'static str, usize, fn(&Group) -> Option<&Estimate>);
