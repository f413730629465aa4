//! Whether rounding to f32 keeps what the columns of f64 values tell.

use ndarray::ArrayView2;

use crate::Error;
use crate::npy::narrow;

/// What rounding to f32 does to columns of finite f64 values.
#[derive(Default)]
pub(super) struct Rounding {
    columns: Vec<RoundedColumn>,
}

struct RoundedColumn {
    exact: Deviation,
    rounded: Deviation,
}

/// Sums of differences to the first value, and of their squares.
#[derive(Clone, Copy, Default)]
struct Deviation {
    origin: f64,
    count: f64,
    sum: f64,
    squares: f64,
}

impl Rounding {
    /// By how much of itself rounding may change the standard deviation of a column.
    const TOLERANCE: f64 = 0.01;

    /// Looks at (T, D) more values. Those of another width than the first ones are a fault of their own.
    pub(super) fn add(&mut self, frames: ArrayView2<'_, f64>) {
        if self.columns.is_empty() {
            let start = |value: f64| Deviation { origin: value, ..Deviation::default() };
            let first = frames.row(0);
            let column =
                |value: &f64| RoundedColumn { exact: start(*value), rounded: start(narrow(*value).into()) };
            self.columns = first.iter().map(column).collect();
        }
        for frame in frames.rows() {
            for (column, value) in self.columns.iter_mut().zip(frame) {
                column.exact.add(*value);
                column.rounded.add(narrow(*value).into());
            }
        }
    }

    /// Refuses the first column that rounding blurs.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (place, RoundedColumn { exact, rounded }) in self.columns.iter().enumerate() {
            let deviation = exact.get();
            if (rounded.get() - deviation).abs() > Self::TOLERANCE * deviation {
                return Err(Error::shape(format!(
                    "column {place} (from 0) holds values around {} with a standard deviation of {deviation:.3e}, which f32 \
                     does not tell apart: subtract their mean before they are saved",
                    exact.origin
                )));
            }
        }
        Ok(())
    }
}

impl Deviation {
    fn add(&mut self, value: f64) {
        let difference = value - self.origin;
        self.count += 1.0;
        self.sum += difference;
        self.squares += difference * difference;
    }

    fn get(&self) -> f64 {
        let shift = self.sum / self.count;
        (self.squares / self.count - shift * shift).max(0.0).sqrt()
    }
}
