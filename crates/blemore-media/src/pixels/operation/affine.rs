//! Operations that move pixels, with Pillow's bicubic interpolation.

use crate::pixels::Picture;

/// What comes in from outside.
const GREY: u8 = 128;
const CHANNELS: usize = 3;

/// From places of the result to places of the picture: `x = a x + b y + c`, `y = d x + e y + f`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    /// A turn against the clock about the middle.
    pub(super) fn rotation(picture: &Picture, degrees: f64) -> Self {
        let angle = -degrees.rem_euclid(360.0).to_radians();
        // Python rounds these to 15 decimals.
        let rounded = |value: f64| (value * 1e15).round_ties_even() / 1e15;
        let (sine, cosine) = (rounded(angle.sin()), rounded(angle.cos()));
        let (x, y) = (picture.width() as f64 / 2.0, picture.height() as f64 / 2.0);
        let across = cosine * -x + sine * -y + 0.0 + x;
        let down = rounded(-angle.sin()) * -x + cosine * -y + 0.0 + y;
        Self([cosine, sine, across, rounded(-angle.sin()), cosine, down])
    }
}

/// The picture with the pixels that the matrix takes; grey where there are none.
pub(super) fn apply(picture: &Picture, Matrix([a, b, c, d, e, f]): Matrix) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let mut bytes = vec![GREY; picture.bytes().len()];
    let pixels = bytes.as_chunks_mut::<CHANNELS>().0;
    for (place, pixel) in pixels.iter_mut().enumerate() {
        let (x, y) = ((place % width) as f64 + 0.5, (place / width) as f64 + 0.5);
        let (x, y) = (a * x + b * y + c, d * x + e * y + f);
        if (0.0..width as f64).contains(&x) && (0.0..height as f64).contains(&y) {
            *pixel = between(picture, x - 0.5, y - 0.5);
        }
    }
    picture.with_bytes(bytes)
}

/// The pixel at a place between pixels.
fn between(picture: &Picture, x: f64, y: f64) -> [u8; CHANNELS] {
    let (column, row) = (x.floor(), y.floor());
    let (across, down) = (x - column, y - row);
    let within = |place: f64, size: usize| place.clamp(0.0, (size - 1) as f64) as usize;
    let columns = [-1.0, 0.0, 1.0, 2.0].map(|step| within(column + step, picture.width()) * CHANNELS);
    let rows = [-1.0, 0.0, 1.0, 2.0].map(|step| picture.row(within(row + step, picture.height())));
    std::array::from_fn(|channel| {
        let of_rows = rows.map(|row| cubic(columns.map(|column| f64::from(row[column + channel])), across));
        cubic(of_rows, down).clamp(0.0, 255.0) as u8
    })
}

/// Between the second and the third of four values.
fn cubic([v1, v2, v3, v4]: [f64; 4], place: f64) -> f64 {
    let linear = -v1 + v3;
    let square = 2.0 * (v1 - v2) + v3 - v4;
    let cube = -v1 + v2 - v3 + v4;
    v2 + place * (linear + place * (square + place * cube))
}
