//! Parts of pictures as the networks take them: each value the mean of the pixels that its cell touches, as libtorch's
//! `adaptive_avg_pool2d`.

use std::ops::Range;

use blemore_media::Picture;

/// Columns and rows of a part of a picture.
pub(super) type Part = (Range<usize>, Range<usize>);

/// Values (mean - 127.5) / 128 of `height` x `width` cells, channel by channel, after those that `out` has.
pub(super) fn append_means(
    picture: &Picture,
    (columns, rows): &Part,
    [width, height]: [usize; 2],
    out: &mut Vec<f32>,
) {
    let start = out.len();
    let cells = width * height;
    out.resize(start + 3 * cells, 0.0);
    let out = &mut out[start..];
    let spans: Vec<Range<usize>> = (0..width).map(|cell| span(cell, width, columns.len())).collect();
    let row_bytes = picture.width() * 3;
    // Sums of whole numbers: exact in any order.
    let mut sums = vec![0_u32; columns.len() * 3];
    for row in 0..height {
        let vertical = span(row, height, rows.len());
        sums.fill(0);
        for line in vertical.clone() {
            let line =
                &picture.bytes()[(rows.start + line) * row_bytes..][columns.start * 3..columns.end * 3];
            for (sum, byte) in sums.iter_mut().zip(line) {
                *sum += u32::from(*byte);
            }
        }
        let (high, pixels) = (vertical.len() as f32, sums.as_chunks::<3>().0);
        for (column, horizontal) in spans.iter().enumerate() {
            let mut sum = [0_u32; 3];
            for pixel in &pixels[horizontal.clone()] {
                for channel in 0..3 {
                    sum[channel] += pixel[channel];
                }
            }
            for channel in 0..3 {
                let mean = sum[channel] as f32 / high / horizontal.len() as f32;
                out[channel * cells + row * width + column] = (mean - 127.5) * 0.007_812_5;
            }
        }
    }
}

/// The pixels that a cell touches, of `cells` in `pixels`.
fn span(cell: usize, cells: usize, pixels: usize) -> Range<usize> {
    cell * pixels / cells..((cell + 1) * pixels).div_ceil(cells)
}

#[cfg(test)]
mod tests {
    use tch::{Kind, Tensor};

    use super::*;

    #[test]
    fn means_are_libtorchs() {
        let (width, height) = (53, 41);
        let bytes: Vec<u8> = (0..width * height * 3).map(|place| (place * 7919 % 251) as u8).collect();
        let picture = Picture::new(width, height, bytes.clone()).unwrap();
        let all = Tensor::from_slice(&bytes).reshape([41, 53, 3]).permute([2, 0, 1]).to_kind(Kind::Float);
        // Smaller, larger, and a part of the picture.
        for (part, [wide, high]) in
            [((0..53, 0..41), [31, 25]), ((0..53, 0..41), [60, 48]), ((5..50, 7..30), [24, 24])]
        {
            let (columns, rows) = (part.0.clone(), part.1.clone());
            let cut = all.narrow(1, rows.start as i64, rows.len() as i64).narrow(
                2,
                columns.start as i64,
                columns.len() as i64,
            );
            let pooled = cut.unsqueeze(0).adaptive_avg_pool2d([high as i64, wide as i64]);
            let expected: Vec<f32> = Vec::try_from(((pooled - 127.5) * 0.007_812_5).flatten(0, 3)).unwrap();
            let mut found = vec![0.5];
            append_means(&picture, &part, [wide, high], &mut found);
            assert_eq!(found[1..], expected);
        }
    }
}
