//! Figure 5 of the paper: two emotions and their blend in the plane of two principal components.

use blemore_labels::{Emotion, Label, Ratio};

use crate::canvas::{Anchor, Canvas, Shape, Stroke, TextMark};
use crate::figure::{Figure, Head};
use crate::geometry::{Point, Rect};
use crate::legend::{Legend, Sign};
use crate::panel::{Axis, Panel};
use crate::scale::range_of;
use crate::theme::{Colour, GAP, LABEL, PAGE, THIN};

const HEIGHT: f64 = 200.0;
const RADIUS: f64 = 1.9;
/// The size of the sign of a group's mean.
const MEAN: f64 = 4.5;
/// How faint single clips are.
const CLIPS: f64 = 0.45;

/// A clip in the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComponentPoint {
    /// What the clip shows.
    pub label: Label,
    /// The values of the first two components.
    pub at: [f64; 2],
}

/// Clips that have a name in the legend.
struct Group {
    name: String,
    number: usize,
    points: Vec<[f64; 2]>,
}

/// Clips of two emotions by themselves (left) and blended (right) in the plane of the first two components, whose shares of
/// the variance are `shares`. Large signs are means. Points of other labels are left out. Fits both columns.
pub fn components(title: &str, pair: [Emotion; 2], points: &[ComponentPoint], shares: [f64; 2]) -> Figure {
    // The first of a blend is the one that comes first in the order of emotions.
    let pair = if pair[0] <= pair[1] { pair } else { [pair[1], pair[0]] };
    let sides = [singles(pair, points), blends(pair, points)];
    let legend = sides.iter().flatten().fold(Legend::empty(), |legend, group| {
        let sign = Sign::Symbol(Shape::of_series(group.number), Colour::Series(group.number).opaque());
        legend.with(sign, format!("{} ({})", group.name, group.points.len()))
    });
    let head = Head::new(title, &legend, PAGE);
    let shown = || sides.iter().flatten().flat_map(|group| &group.points);
    let name =
        |number: usize| format!("component {} ({:.1} % of variance)", number + 1, shares[number] * 100.0);
    let across = Axis::of_values(name(0), range_of(shown().map(|at| at[0])), 6);
    let up = Axis::of_values(name(1), range_of(shown().map(|at| at[1])), 6);
    let (x, y) = (GAP + up.breadth(), head.bottom() + LABEL * 1.6);
    let between = GAP + across.overhang() * 2.0;
    let width = (PAGE - x - 2.0 * between) / 2.0;

    let mut canvas = Canvas::new(PAGE, y + HEIGHT + across.depth() + GAP);
    head.draw(&mut canvas);
    for (number, (side, said)) in sides.iter().zip(["single emotions", "blends"]).enumerate() {
        let area = Rect { x: x + number as f64 * (width + between), y, width, height: HEIGHT };
        let panel = Panel::new(area, &across, &up);
        let at = Point { x: area.x + width / 2.0, y: area.y - LABEL * 0.5 };
        canvas.text(TextMark::new(said, at, Anchor::Middle, LABEL));
        canvas.outline(area, Stroke::new(Colour::Ink.faint(0.3), THIN));
        panel.draw_x(&mut canvas, &across);
        panel.draw_y(&mut canvas, &if number == 0 { up.clone() } else { up.silent() });
        side.iter().for_each(|group| group.draw(&mut canvas, panel));
    }
    let [first, second] = pair.map(Emotion::name);
    let caption = format!(
        "Clips of {first}, of {second} and of their blend in the plane of two principal components of features that are \
         standardised within each actor. Large signs: means."
    );
    Figure::new("components", caption, canvas)
}

fn singles(pair: [Emotion; 2], points: &[ComponentPoint]) -> Vec<Group> {
    let of_emotion = |(number, emotion): (usize, Emotion)| {
        let is_of = |label: &Label| *label == Label::Single(emotion);
        Group { name: emotion.name().to_owned(), number, points: places(points, is_of) }
    };
    pair.into_iter().enumerate().map(of_emotion).collect()
}

fn blends(pair: [Emotion; 2], points: &[ComponentPoint]) -> Vec<Group> {
    let [first, second] = pair;
    let of_ratio = |(number, ratio): (usize, Ratio)| {
        let is_of = |label: &Label| match label {
            Label::Blend(blend) => (blend.first(), blend.second(), blend.ratio()) == (first, second, ratio),
            Label::Single(_) => false,
        };
        Group { name: format!("{first}+{second} {ratio}"), number, points: places(points, is_of) }
    };
    let ratios = [Ratio::FirstDominant, Ratio::SecondDominant, Ratio::Equal];
    ratios.into_iter().enumerate().map(of_ratio).collect()
}

fn places(points: &[ComponentPoint], is_of: impl Fn(&Label) -> bool) -> Vec<[f64; 2]> {
    points.iter().filter(|point| is_of(&point.label)).map(|point| point.at).collect()
}

impl Group {
    fn draw(&self, canvas: &mut Canvas, panel: Panel) {
        let (shape, colour) = (Shape::of_series(self.number), Colour::Series(self.number));
        for [x, y] in &self.points {
            canvas.symbol(shape, RADIUS, panel.place(*x, *y), colour.faint(CLIPS));
        }
        if self.points.is_empty() {
            return;
        }
        let mean =
            |axis: usize| self.points.iter().map(|at| at[axis]).sum::<f64>() / self.points.len() as f64;
        let at = panel.place(mean(0), mean(1));
        // A rim, so that it stands out from the clips.
        canvas.symbol(shape, MEAN + 1.0, at, Colour::White.opaque());
        canvas.symbol(shape, MEAN, at, colour.opaque());
    }
}
