//! Pillow's resize of 8-bit pictures, to the byte.
//!
//! Two passes, each with integer weights: along the rows first, rounded to bytes, then along the columns. A
//! filter widens when the picture shrinks, so every input pixel counts (this is what is called antialias
//! elsewhere). A pass is left out where the size does not change. So does Pillow up to version 12; Pillow 13
//! takes the passes in the other order for some sizes.
//!
//! Weights have 22 bits. They are split into two halves of 11 bits each, because processors multiply pairs of
//! 16-bit numbers and add up the products in one instruction; the sum is the same integer.

use serde::Serialize;

use super::{Area, Picture};

/// Bits of a weight.
const BITS: u32 = 22;
/// Bits of its lower half.
const LOW_BITS: u32 = 11;
/// Channels of a pixel.
const CHANNELS: usize = 3;

/// A filter of Pillow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PillowFilter {
    /// Cubic, with a = -0.5.
    Bicubic,
    /// A triangle.
    Bilinear,
}

impl PillowFilter {
    /// How far it reaches, in pixels of the larger grid.
    fn support(self) -> f64 {
        match self {
            PillowFilter::Bicubic => 2.0,
            PillowFilter::Bilinear => 1.0,
        }
    }

    fn value(self, x: f64) -> f64 {
        const A: f64 = -0.5;
        let x = x.abs();
        match self {
            PillowFilter::Bilinear => (1.0 - x).max(0.0),
            PillowFilter::Bicubic if x < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
            PillowFilter::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * A,
            PillowFilter::Bicubic => 0.0,
        }
    }
}

/// The weights of one output place: the input places from `first` on, the lower and upper halves of each.
#[derive(Debug, Clone)]
struct Taps {
    first: usize,
    low: Vec<i16>,
    high: Vec<i16>,
}

/// Resizes a picture; only the wanted area is computed. Bytes: red, green, blue per pixel, row by row.
pub(super) fn resize(picture: &Picture, area: &Area, filter: PillowFilter) -> Vec<u8> {
    let vertical = taps(picture.height(), area.height, area.rows.clone(), filter);
    // Rows that no wanted row needs are left out.
    let first = vertical.iter().flatten().map(|taps| taps.first).min().unwrap_or(area.rows.start);
    let last =
        vertical.iter().flatten().map(|taps| taps.first + taps.low.len()).max().unwrap_or(area.rows.end);
    let narrow = horizontal_pass(picture, area, filter, first..last);
    let length = area.columns.len() * CHANNELS;
    match vertical {
        None => narrow,
        Some(vertical) => vertical_pass(&narrow, length, first, &vertical),
    }
}

/// The wanted columns of some rows.
fn horizontal_pass(
    picture: &Picture,
    area: &Area,
    filter: PillowFilter,
    rows: std::ops::Range<usize>,
) -> Vec<u8> {
    let mut narrow = Vec::with_capacity(rows.len() * area.columns.len() * CHANNELS);
    let Some(taps) = taps(picture.width(), area.width, area.columns.clone(), filter) else {
        for row in rows {
            narrow.extend_from_slice(
                &picture.row(row)[area.columns.start * CHANNELS..area.columns.end * CHANNELS],
            );
        }
        return narrow;
    };
    // The columns that count.
    let first = taps.iter().map(|taps| taps.first).min().unwrap_or(0);
    let last = taps.iter().map(|taps| taps.first + taps.low.len()).max().unwrap_or(first);
    // One channel of a row each, so that neighbours lie side by side.
    let mut channels: [Vec<i16>; CHANNELS] = std::array::from_fn(|_| vec![0; last - first]);
    for row in rows {
        let pixels = &picture.row(row).as_chunks::<CHANNELS>().0[first..last];
        let [red, green, blue] = &mut channels;
        for (((red, green), blue), pixel) in red.iter_mut().zip(green).zip(blue).zip(pixels) {
            (*red, *green, *blue) = (i16::from(pixel[0]), i16::from(pixel[1]), i16::from(pixel[2]));
        }
        for taps in &taps {
            let start = taps.first - first;
            for values in &channels {
                let values = &values[start..start + taps.low.len()];
                narrow.push(round(dot(values, &taps.low), dot(values, &taps.high)));
            }
        }
    }
    narrow
}

/// Rows out of narrow rows, of which the first is the picture's row `offset`.
fn vertical_pass(narrow: &[u8], length: usize, offset: usize, taps: &[Taps]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(taps.len() * length);
    let (mut low, mut high) = (vec![0_i32; length], vec![0_i32; length]);
    for taps in taps {
        low.fill(0);
        high.fill(0);
        let rows = narrow[(taps.first - offset) * length..].chunks_exact(length);
        for (row, (low_weight, high_weight)) in rows.zip(taps.low.iter().zip(&taps.high)) {
            for ((low, high), byte) in low.iter_mut().zip(&mut high).zip(row) {
                let value = i16::from(*byte);
                *low += i32::from(value) * i32::from(*low_weight);
                *high += i32::from(value) * i32::from(*high_weight);
            }
        }
        bytes.extend(low.iter().zip(&high).map(|(low, high)| round(*low, *high)));
    }
    bytes
}

/// The sum of products; written so that the compiler finds the instruction for it.
fn dot(values: &[i16], weights: &[i16]) -> i32 {
    values.iter().zip(weights).map(|(value, weight)| i32::from(*value) * i32::from(*weight)).sum()
}

/// The byte next to a sum of lower and upper halves.
fn round(low: i32, high: i32) -> u8 {
    let sum = (high << LOW_BITS) + low;
    ((sum + (1 << (BITS - 1))) >> BITS).clamp(0, 255) as u8
}

/// The weights for some places of a side; `None` where the side keeps its length.
fn taps(from: usize, to: usize, places: std::ops::Range<usize>, filter: PillowFilter) -> Option<Vec<Taps>> {
    if from == to {
        return None;
    }
    let scale = from as f64 / to as f64;
    let stretch = scale.max(1.0);
    let support = filter.support() * stretch;
    let of = |place: usize| {
        let centre = (place as f64 + 0.5) * scale;
        // Truncated, as a conversion in C truncates.
        let first = (centre - support + 0.5).max(0.0) as usize;
        let last = ((centre + support + 0.5) as usize).min(from);
        let weights: Vec<f64> = (first..last)
            .map(|place| filter.value((place as f64 - centre + 0.5) * (1.0 / stretch)))
            .collect();
        let sum: f64 = weights.iter().sum();
        let (mut low, mut high) = (Vec::with_capacity(weights.len()), Vec::with_capacity(weights.len()));
        for weight in weights {
            let weight = if sum == 0.0 { weight } else { weight / sum };
            let scaled = weight * f64::from(1_u32 << BITS);
            // Away from zero at a half, then truncated.
            let integer = (scaled + 0.5_f64.copysign(scaled)) as i32;
            low.push((integer & ((1 << LOW_BITS) - 1)) as i16);
            high.push((integer >> LOW_BITS) as i16);
        }
        Taps { first, low, high }
    };
    Some(places.map(of).collect())
}
