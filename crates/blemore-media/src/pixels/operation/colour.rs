//! Operations that leave every pixel at its place.

use crate::pixels::Picture;

const CHANNELS: usize = 3;

/// The picture with each value changed.
pub(super) fn mapped(picture: &Picture, change: impl Fn(u8) -> u8) -> Picture {
    let table: [u8; 256] = std::array::from_fn(|value| change(value as u8));
    picture.with_bytes(picture.bytes().iter().map(|value| table[usize::from(*value)]).collect())
}

/// The picture with each channel changed by a table that its histogram gives.
pub(super) fn by_channel(picture: &Picture, table: fn(&[u64; 256]) -> [u8; 256]) -> Picture {
    let mut histograms = [[0_u64; 256]; CHANNELS];
    for pixel in picture.bytes().as_chunks::<CHANNELS>().0 {
        for (histogram, value) in histograms.iter_mut().zip(pixel) {
            histogram[usize::from(*value)] += 1;
        }
    }
    let tables = histograms.map(|histogram| table(&histogram));
    let values = picture.bytes().iter().enumerate();
    picture.with_bytes(values.map(|(place, value)| tables[place % CHANNELS][usize::from(*value)]).collect())
}

const UNCHANGED: fn() -> [u8; 256] = || std::array::from_fn(|value| value as u8);

/// From the lowest value to the highest becomes from 0 to 255.
pub(super) fn stretched(histogram: &[u64; 256]) -> [u8; 256] {
    let lowest = histogram.iter().position(|count| *count > 0).unwrap_or(0);
    let highest = histogram.iter().rposition(|count| *count > 0).unwrap_or(0);
    if highest <= lowest {
        return UNCHANGED();
    }
    let scale = 255.0 / (highest - lowest) as f64;
    let offset = -(lowest as f64) * scale;
    std::array::from_fn(|value| (value as f64 * scale + offset).clamp(0.0, 255.0) as u8)
}

/// Values become about equally frequent.
pub(super) fn equalized(histogram: &[u64; 256]) -> [u8; 256] {
    let counts: Vec<u64> = histogram.iter().copied().filter(|count| *count > 0).collect();
    let last = counts.last().copied().unwrap_or(0);
    let step = (counts.iter().sum::<u64>() - last) / 255;
    if counts.len() <= 1 || step == 0 {
        return UNCHANGED();
    }
    let mut below = step / 2;
    histogram.map(|count| {
        let value = (below / step).min(255) as u8;
        below += count;
        value
    })
}

/// Pillow's luminance of each pixel.
fn luminance(picture: &Picture) -> impl Iterator<Item = u8> {
    picture.bytes().as_chunks::<CHANNELS>().0.iter().map(|[red, green, blue]| {
        let weighted = u32::from(*red) * 19_595 + u32::from(*green) * 38_470 + u32::from(*blue) * 7_471;
        ((weighted + 0x8000) >> 16) as u8
    })
}

/// The picture without colours.
pub(super) fn grey(picture: &Picture) -> Vec<u8> {
    luminance(picture).flat_map(|value| [value; CHANNELS]).collect()
}

/// Its mean luminance everywhere.
pub(super) fn mean(picture: &Picture) -> Vec<u8> {
    let sum: u64 = luminance(picture).map(u64::from).sum();
    let pixels = (picture.width() * picture.height()) as f64;
    vec![(sum as f64 / pixels + 0.5) as u8; picture.bytes().len()]
}

/// Each pixel with its neighbours: 5 parts of it and one of each, of 13. Pixels of the edge stay.
pub(super) fn smooth(picture: &Picture) -> Vec<u8> {
    let (width, height) = (picture.width(), picture.height());
    let mut smooth = picture.bytes().to_vec();
    let (outer, inner) = (1.0_f32 / 13.0, 5.0_f32 / 13.0);
    let row_of = |row: usize, place: usize, middle: f32| {
        let bytes = picture.row(row);
        let value = |place: usize| f32::from(bytes[place]);
        value(place - CHANNELS) * outer + value(place) * middle + value(place + CHANNELS) * outer
    };
    for row in 1..height.saturating_sub(1) {
        for place in CHANNELS..(width.saturating_sub(1) * CHANNELS).max(CHANNELS) {
            let mut sum = 0.5;
            sum += row_of(row + 1, place, outer);
            sum += row_of(row, place, inner);
            sum += row_of(row - 1, place, outer);
            smooth[row * width * CHANNELS + place] = sum.clamp(0.0, 255.0) as u8;
        }
    }
    smooth
}

/// `base` and the picture, of which there is `factor`: more than all of it beyond 1.
pub(super) fn blended(picture: &Picture, base: &[u8], factor: f64) -> Picture {
    let factor = factor as f32;
    let blend = |(base, value): (&u8, &u8)| {
        let difference = f32::from(*value) - f32::from(*base);
        (f32::from(*base) + factor * difference).clamp(0.0, 255.0) as u8
    };
    picture.with_bytes(base.iter().zip(picture.bytes()).map(blend).collect())
}
