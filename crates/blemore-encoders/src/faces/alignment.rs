//! From five points to an upright face in a square, where OpenFace's mean shape would have it.

use blemore_media::Picture;

/// Side of the square, in pixels: what HiCMAE takes, so that nothing is resized twice.
pub(super) const SIDE: usize = 160;
/// Where the five points of OpenFace's mean shape are in the square: the middles of the eyes, the tip of the nose, the
/// corners of the mouth. Its shape is in millimetres; OpenFace draws it with 0.7 pixels per millimetre in a square of 112,
/// so 1 pixel per millimetre here, its origin in the middle.
const SHAPE: [[f64; 2]; 5] =
    [[47.0651, 41.7131], [112.7884, 41.2346], [81.2268, 71.5855], [51.0837, 108.6127], [108.7944, 108.0799]];

/// Five points of a face: x and y each.
pub(super) type Points = [[f32; 2]; 5];

/// From the square to the picture: a turn with a scale, and a shift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Alignment {
    along: f64,
    across: f64,
    shift: [f64; 2],
}

impl Alignment {
    /// The one that brings the points of a face nearest to their places in the square, in least squares.
    pub(super) fn of(points: &Points) -> Self {
        let points = points.map(|point| point.map(f64::from));
        let (from, to) = (mean(&points), mean(&SHAPE));
        let (mut along, mut across, mut spread) = (0.0, 0.0, f64::MIN_POSITIVE);
        for (point, place) in points.iter().zip(&SHAPE) {
            let [x, y] = [point[0] - from[0], point[1] - from[1]];
            let [u, v] = [place[0] - to[0], place[1] - to[1]];
            along += x * u + y * v;
            across += x * v - y * u;
            spread += x * x + y * y;
        }
        // To the square; then back, which is to divide by the square of its scale.
        let (along, across) = (along / spread, across / spread);
        let scale = (along * along + across * across).max(f64::MIN_POSITIVE);
        let (along, across) = (along / scale, -across / scale);
        let [u, v] = to;
        Self {
            along,
            across,
            shift: [from[0] - (along * u - across * v), from[1] - (across * u + along * v)],
        }
    }

    /// Where a place of the square is in the picture.
    fn place(&self, [u, v]: [f64; 2]) -> [f64; 2] {
        let Self { along, across, shift: [x, y] } = self;
        [along * u - across * v + x, across * u + along * v + y]
    }

    /// The face in a square of [`SIDE`], bilinear between pixels and black outside of the picture, as OpenFace cuts it.
    pub(super) fn cut(&self, picture: &Picture) -> Vec<u8> {
        self.sampled(picture, 1)
    }

    /// One pixel of the square in `step` along each side.
    pub(super) fn sampled(&self, picture: &Picture, step: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity((SIDE / step).pow(2) * 3);
        for v in (0..SIDE).step_by(step) {
            for u in (0..SIDE).step_by(step) {
                bytes.extend(between(picture, self.place([u as f64, v as f64])));
            }
        }
        bytes
    }
}

fn mean(points: &[[f64; 2]; 5]) -> [f64; 2] {
    [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / points.len() as f64)
}

/// The colour between four pixels.
fn between(picture: &Picture, [x, y]: [f64; 2]) -> [u8; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (right_part, lower_part) = (x - left, y - top);
    let mut colour = [0.5; 3];
    for (column, part) in [(left, 1.0 - right_part), (left + 1.0, right_part)] {
        for (row, part) in [(top, part * (1.0 - lower_part)), (top + 1.0, part * lower_part)] {
            if let Some(pixel) = pixel(picture, column, row) {
                for (sum, byte) in colour.iter_mut().zip(pixel) {
                    *sum += part * f64::from(*byte);
                }
            }
        }
    }
    colour.map(|sum| sum as u8)
}

fn pixel(picture: &Picture, column: f64, row: f64) -> Option<&[u8; 3]> {
    let is_inside =
        (0.0..picture.width() as f64).contains(&column) && (0.0..picture.height() as f64).contains(&row);
    let place = is_inside.then(|| row as usize * picture.width() + column as usize)?;
    picture.bytes().as_chunks::<3>().0.get(place)
}

#[cfg(test)]
mod tests {
    use blemore_testing::array;

    use super::*;
    use crate::faces::weights::testing;

    #[test]
    fn a_turned_and_shrunk_shape_comes_back_upright() {
        let (turn, scale) = (0.3_f64, 0.4);
        let (along, across) = (scale * turn.cos(), scale * turn.sin());
        let points = SHAPE
            .map(|[u, v]| [(along * u - across * v + 30.0) as f32, (across * u + along * v + 9.0) as f32]);
        let found = Alignment::of(&points);
        for (place, point) in SHAPE.iter().zip(points) {
            let [x, y] = found.place(*place);
            assert!(
                (x - f64::from(point[0])).abs() < 1e-4 && (y - f64::from(point[1])).abs() < 1e-4,
                "{x} {y}"
            );
        }
        // Points that are all the same have no turn and no scale.
        let picture = Picture::filled(8, 8, [200; 3]).unwrap();
        assert_eq!(Alignment::of(&[[4.0, 4.0]; 5]).cut(&picture).len(), SIDE * SIDE * 3);
    }

    #[test]
    fn faces_are_cut_as_scikit_image_cuts_them() {
        for name in ["crop", "half"] {
            let (_, points) = array(testing::fixture(&format!("{name}_points.npy")));
            let points = std::array::from_fn(|point| [points[point * 2], points[point * 2 + 1]]);
            let found = Alignment::of(&points).cut(&testing::picture(name));
            let expected = testing::picture(&format!("{name}_aligned"));
            let differences =
                found.iter().zip(expected.bytes()).map(|(found, expected)| found.abs_diff(*expected));
            let differ = differences.clone().filter(|difference| *difference > 0).count();
            // Halves are rounded to even there.
            assert!(differences.max() <= Some(1) && differ < 100, "{name}: {differ} bytes");
        }
    }
}
