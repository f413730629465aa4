//! Figure 3 of the paper: which single emotions and which blends there are.

use blemore_labels::{Label, PresenceClass, Ratio};

use crate::canvas::{Anchor, Canvas, TextMark};
use crate::figure::{Figure, Head};
use crate::geometry::{Point, Rect};
use crate::legend::{Legend, Sign};
use crate::panel::{Axis, Panel};
use crate::text;
use crate::theme::{COLUMN, Colour, GAP, LABEL, Paint};

const ROW: f64 = LABEL * 1.5;
/// Between bars.
const BETWEEN: f64 = 1.5;

/// The clips of each single emotion, and of each blend by salience. Fits one column.
pub fn structure(title: &str, labels: &[Label]) -> Figure {
    let parts = parts();
    let legend =
        parts.iter().fold(Legend::empty(), |legend, part| legend.with(Sign::Area(part.paint), part.name));
    let head = Head::new(title, &legend, COLUMN);
    let classes: Vec<PresenceClass> = PresenceClass::all().collect();
    let counts: Vec<Vec<usize>> = classes.iter().map(|class| counts(labels, *class, &parts)).collect();
    let most = counts.iter().map(|counts| counts.iter().sum::<usize>()).max().unwrap_or(0).max(1);
    let rows = Axis::of_names("", classes.iter().map(PresenceClass::to_string));
    let across = Axis::of_values("clips", (0.0, most as f64), 4).whole();
    let room = text::width(&most.to_string(), LABEL) + GAP;
    let (x, y) = (GAP + rows.breadth(), head.bottom() + GAP);
    let area = Rect {
        x,
        y,
        width: COLUMN - x - GAP - room.max(across.overhang()),
        height: ROW * classes.len() as f64,
    };
    let panel = Panel::of_rows(area, &across, &rows);

    let mut canvas = Canvas::new(COLUMN, area.bottom() + across.depth() + GAP);
    head.draw(&mut canvas);
    panel.draw_grid_of_x(&mut canvas, &across);
    for (row, counts) in counts.iter().enumerate() {
        let mut total = 0;
        for (part, count) in parts.iter().zip(counts).filter(|(_, count)| **count > 0) {
            let (from, to) = ((total as f64, row as f64), ((total + count) as f64, row as f64 + 1.0));
            let bar = panel.between(from, to);
            let bar = Rect { y: bar.y + BETWEEN, height: bar.height - 2.0 * BETWEEN, ..bar };
            canvas.area(bar, part.paint);
            total += count;
        }
        let end = panel.place(total as f64, row as f64 + 0.5);
        let at = Point { x: end.x + 2.0, y: end.y + LABEL * text::MIDDLE };
        canvas.text(TextMark::new(total.to_string(), at, Anchor::Start, LABEL));
    }
    panel.draw_x(&mut canvas, &across);
    panel.draw_y(&mut canvas, &rows);
    let blends = labels.iter().filter(|label| label.is_blend()).count();
    let caption = format!(
        "Clips by emotions and salience: {} of single emotions, {blends} of blends. In 70/30 the first of the two emotions \
         dominates.",
        labels.len() - blends
    );
    Figure::new("structure", caption, canvas)
}

/// One shade of the bars.
struct Part {
    name: &'static str,
    paint: Paint,
    /// The ratio of blends; `None` for single emotions.
    ratio: Option<Ratio>,
}

fn parts() -> [Part; 4] {
    [
        Part { name: "single emotion", paint: Colour::Ink.faint(0.55), ratio: None },
        Part { name: "70/30", paint: Colour::Series(0).opaque(), ratio: Some(Ratio::FirstDominant) },
        Part { name: "50/50", paint: Colour::Series(5).opaque(), ratio: Some(Ratio::Equal) },
        Part { name: "30/70", paint: Colour::Series(1).opaque(), ratio: Some(Ratio::SecondDominant) },
    ]
}

/// The clips of a set of emotions, by part.
fn counts(labels: &[Label], class: PresenceClass, parts: &[Part]) -> Vec<usize> {
    let ratio = |label: &Label| match label {
        Label::Single(_) => None,
        Label::Blend(blend) => Some(blend.ratio()),
    };
    let of_class = || labels.iter().filter(|label| label.presence() == class);
    parts.iter().map(|part| of_class().filter(|label| ratio(label) == part.ratio).count()).collect()
}
