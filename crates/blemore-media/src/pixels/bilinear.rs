//! libtorch's `upsample_bilinear2d` with `align_corners=False` and without antialias, in single precision.
//!
//! Each output value lies between four input values, also where the picture shrinks: all others are left out.

use super::{Area, Picture};

/// Two neighbours along a side, and their weights.
#[derive(Debug, Clone, Copy)]
struct Pair {
    first: usize,
    second: usize,
    weights: [f32; 2],
}

/// Resizes a picture. `value` turns a byte into what is interpolated; `store` gets channel, place (row by
/// row) and value.
pub(super) fn resize(
    picture: &Picture,
    area: &Area,
    value: impl Fn(f32) -> f32,
    mut store: impl FnMut(usize, usize, f32),
) {
    let columns = pairs(picture.width(), area.width, area.columns.clone());
    let values: [f32; 256] = std::array::from_fn(|byte| value(byte as f32));
    let of = |row: &[u8], column: usize, channel: usize| values[usize::from(row[column * 3 + channel])];
    let mut place = 0;
    for vertical in pairs(picture.height(), area.height, area.rows.clone()) {
        let (above, below) = (picture.row(vertical.first), picture.row(vertical.second));
        for pair in &columns {
            for channel in 0..3 {
                let between = |row| {
                    of(row, pair.first, channel) * pair.weights[0]
                        + of(row, pair.second, channel) * pair.weights[1]
                };
                let value = between(above) * vertical.weights[0] + between(below) * vertical.weights[1];
                store(channel, place, value);
            }
            place += 1;
        }
    }
}

/// Where the values of some output places come from, with libtorch's roundings.
fn pairs(from: usize, to: usize, places: std::ops::Range<usize>) -> Vec<Pair> {
    let scale = from as f32 / to as f32;
    let pair = |place: usize| {
        if from == to {
            return Pair { first: place, second: place, weights: [1.0, 0.0] };
        }
        let centre = scale.mul_add(place as f32 + 0.5, -0.5).max(0.0);
        let first = (centre as usize).min(from - 1);
        let part = (centre - first as f32).clamp(0.0, 1.0);
        Pair { first, second: (first + 1).min(from - 1), weights: [1.0 - part, part] }
    };
    places.map(pair).collect()
}
