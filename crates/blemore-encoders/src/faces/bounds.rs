//! Upright rectangles in a picture.

use std::ops::Range;

/// The sides of a rectangle in pixels: x of left and right, y of top and bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Its smallest x.
    pub left: f32,
    /// Its smallest y.
    pub top: f32,
    /// Its largest x.
    pub right: f32,
    /// Its largest y.
    pub bottom: f32,
}

impl Bounds {
    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// Width and height with both ends counted.
    pub(super) fn sides_with_ends(&self) -> (f32, f32) {
        (self.width() + 1.0, self.height() + 1.0)
    }

    pub(super) fn area(&self) -> f32 {
        self.width() * self.height()
    }

    /// The square around the same middle with the longer side.
    pub(super) fn squared(&self) -> Self {
        let side = self.width().max(self.height());
        let left = self.left + self.width() * 0.5 - side * 0.5;
        let top = self.top + self.height() * 0.5 - side * 0.5;
        Self { left, top, right: left + side, bottom: top + side }
    }

    /// Each side moved by a part of this width and height.
    pub(super) fn changed(&self, [left, top, right, bottom]: [f32; 4], width: f32, height: f32) -> Self {
        Self {
            left: self.left + left * width,
            top: self.top + top * height,
            right: self.right + right * width,
            bottom: self.bottom + bottom * height,
        }
    }

    /// Moved and grown once more as from `before` to here.
    pub(super) fn moved_on_from(&self, before: &Self) -> Self {
        let on = |now: f32, before: f32| now + (now - before);
        Self {
            left: on(self.left, before.left),
            top: on(self.top, before.top),
            right: on(self.right, before.right),
            bottom: on(self.bottom, before.bottom),
        }
    }

    /// The columns and rows of a picture that it covers; `None` outside of it.
    pub(super) fn pixels(&self, width: usize, height: usize) -> Option<(Range<usize>, Range<usize>)> {
        let span = |first: f32, last: f32, side: usize| {
            let span = first.max(1.0) as usize - 1..(last.max(0.0) as usize).min(side);
            (!span.is_empty()).then_some(span)
        };
        Some((span(self.left, self.right, width)?, span(self.top, self.bottom, height)?))
    }

    /// What two have in common, as a part of what they cover together.
    pub(super) fn overlap(&self, other: &Self) -> f32 {
        let common = self.common(other, 0.0);
        common / (self.area() + other.area() - common)
    }

    /// What two have in common, as a part of the smaller one; with both ends of a side counted.
    pub(super) fn cover(&self, other: &Self) -> f32 {
        let area = |bounds: &Self| {
            let (width, height) = bounds.sides_with_ends();
            width * height
        };
        self.common(other, 1.0) / area(self).min(area(other))
    }

    fn common(&self, other: &Self, end: f32) -> f32 {
        let width = self.right.min(other.right) - self.left.max(other.left) + end;
        let height = self.bottom.min(other.bottom) - self.top.max(other.top) + end;
        width.max(0.0) * height.max(0.0)
    }
}

/// The numbers of those that no better one covers by more than `limit`, the best first.
pub(super) fn best(
    scored: &[(Bounds, f32)],
    covers: impl Fn(&Bounds, &Bounds) -> f32,
    limit: f32,
) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scored.len()).collect();
    order.sort_by(|first, second| scored[*second].1.total_cmp(&scored[*first].1));
    let mut kept: Vec<usize> = Vec::new();
    for index in order {
        if kept.iter().all(|better| covers(&scored[*better].0, &scored[index].0) <= limit) {
            kept.push(index);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(left: f32, top: f32, right: f32, bottom: f32) -> Bounds {
        Bounds { left, top, right, bottom }
    }

    #[test]
    fn pixels_stay_within_the_picture() {
        assert_eq!(bounds(-3.0, 2.9, 5.9, 40.0).pixels(10, 20), Some((0..5, 1..20)));
        assert_eq!(bounds(11.5, 2.0, 15.0, 8.0).pixels(10, 20), None);
        assert_eq!(bounds(-9.0, 2.0, -1.0, 8.0).pixels(10, 20), None);
    }

    #[test]
    fn of_faces_that_overlap_the_most_probable_is_kept() {
        let scored = [
            (bounds(0.0, 0.0, 10.0, 10.0), 0.8),
            (bounds(1.0, 0.0, 11.0, 10.0), 0.9),
            (bounds(20.0, 0.0, 30.0, 10.0), 0.7),
        ];
        assert_eq!(best(&scored, Bounds::overlap, 0.5), [1, 2]);
        assert_eq!(best(&scored, Bounds::overlap, 0.9), [1, 0, 2]);
        // A small one inside a large one is covered as a whole, and overlaps by little.
        let inside = [(bounds(0.0, 0.0, 40.0, 40.0), 0.9), (bounds(10.0, 10.0, 20.0, 20.0), 0.8)];
        assert_eq!(
            (best(&inside, Bounds::cover, 0.7), best(&inside, Bounds::overlap, 0.7)),
            (vec![0], vec![0, 1])
        );
    }
}
