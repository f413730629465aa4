//! Figure 2 of the paper: how long clips are.

use crate::canvas::{Anchor, Canvas, Stroke, TextMark};
use crate::figure::{Figure, Head};
use crate::geometry::{Point, Rect};
use crate::legend::Legend;
use crate::panel::{Axis, Panel};
use crate::scale::extent;
use crate::theme::{COLUMN, Colour, GAP, LABEL, THICK};

const HEIGHT: f64 = 62.0;
/// Of the range from the shortest to the longest clip.
const BINS: usize = 30;

/// What lengths of clips are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthUnit {
    /// Seconds.
    Seconds,
    /// Frames, or what stands for them in arrays of features.
    Frames,
}

/// The lengths of single and of blended clips, one above the other on one scale. Fits one column.
pub fn durations(title: &str, single: &[f64], blended: &[f64], unit: LengthUnit) -> Figure {
    let bins = Bins::of(single.iter().chain(blended).copied());
    let parts = [("single emotions", single), ("blends", blended)];
    let counts = parts.map(|(_, lengths)| bins.counts(lengths));
    let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1);
    let legend = Legend::empty();
    let head = Head::new(title, &legend, COLUMN);
    let name = match unit {
        LengthUnit::Seconds => "duration (s)",
        LengthUnit::Frames => "duration (frames)",
    };
    let across = Axis::of_values(name, (bins.low, bins.low + BINS as f64 * bins.width), 6);
    let up = Axis::of_values("clips", (0.0, most as f64), 3).whole();
    let (x, top) = (GAP + up.breadth(), head.bottom());
    let line = LABEL * 1.6;

    let mut canvas = Canvas::new(COLUMN, 0.0);
    head.draw(&mut canvas);
    let mut y = top;
    for (number, ((name, lengths), counts)) in parts.iter().zip(&counts).enumerate() {
        let area = Rect { x, y: y + line, width: COLUMN - x - GAP - across.overhang(), height: HEIGHT };
        let panel = Panel::new(area, &across, &up);
        let said = match median(lengths) {
            Some(median) => format!("{name}: n = {}, median {}", lengths.len(), written(median, unit)),
            None => format!("{name}: no clip"),
        };
        let at = Point { x: area.right(), y: area.y - LABEL * 0.4 };
        canvas.text(TextMark::new(said, at, Anchor::End, LABEL));
        panel.draw_grid_of_y(&mut canvas, &up);
        for (bin, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let edge = |bin: usize| bins.low + bin as f64 * bins.width;
            let bar = panel.between((edge(bin), 0.0), (edge(bin + 1), *count as f64));
            let bar = Rect { x: bar.x + 0.3, width: bar.width - 0.6, ..bar };
            canvas.area(bar, Colour::Series(number).faint(0.75));
        }
        if let Some(median) = median(lengths) {
            let ends = [panel.place(median, 0.0), panel.place(median, most as f64)];
            canvas.line(ends, Stroke::new(Colour::Ink.opaque(), THICK * 0.7).dashed());
        }
        let is_last = number + 1 == parts.len();
        panel.draw_x(&mut canvas, &if is_last { across.clone() } else { across.silent() });
        panel.draw_y(&mut canvas, &up);
        y = area.bottom() + GAP;
    }
    canvas.height = y + across.depth();
    let caption = "Durations of clips of single emotions and of blends; dashed: the median.";
    Figure::new("durations", caption, canvas)
}

fn written(length: f64, unit: LengthUnit) -> String {
    match unit {
        LengthUnit::Seconds => format!("{length:.2} s"),
        LengthUnit::Frames => format!("{length:.0} frames"),
    }
}

/// The length in the middle; of two, the mean.
fn median(lengths: &[f64]) -> Option<f64> {
    let mut sorted = lengths.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some((lower + upper) / 2.0)
}

/// Ranges of equal width.
struct Bins {
    low: f64,
    width: f64,
}

impl Bins {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = extent(values);
        if low < high {
            return Self { low, width: (high - low) / BINS as f64 };
        }
        // All lengths are the same: the bin in the middle has them.
        let middle = if low.is_finite() { low } else { 0.0 };
        let width = 1.0 / BINS as f64;
        Self { low: middle - 0.5 - width / 2.0, width }
    }

    fn counts(&self, values: &[f64]) -> Vec<usize> {
        let mut counts = vec![0; BINS];
        for value in values {
            let bin = ((value - self.low) / self.width).floor().max(0.0) as usize;
            counts[bin.min(BINS - 1)] += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_in_a_bin_also_the_longest_and_equal_ones() {
        let lengths = [1.0, 2.5, 4.0, 4.0];
        let bins = Bins::of(lengths.into_iter());
        let counts = bins.counts(&lengths);
        assert_eq!((counts[0], counts[BINS - 1], counts.iter().sum::<usize>()), (1, 2, 4));
        assert_eq!(Bins::of([3.0; 5].into_iter()).counts(&[3.0; 5]).iter().sum::<usize>(), 5);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
