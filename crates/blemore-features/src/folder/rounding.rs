//! Whether rounding to f32 keeps what the columns of f64 values tell.

use ndarray::ArrayView2;

use crate::Error;
use crate::aggregate::Moments;
use crate::npy::narrow;

/// What rounding to f32 does to columns of finite f64 values: the moments of each, exact and rounded.
#[derive(Default)]
pub(super) struct Rounding {
    columns: Vec<[Moments; 2]>,
}

impl Rounding {
    /// By how much of itself rounding may change the standard deviation of a column.
    const TOLERANCE: f64 = 0.01;

    /// Looks at (T, D) more values. Those of another width than the first ones are a fault of their own.
    pub(super) fn add(&mut self, frames: ArrayView2<'_, f64>) {
        if self.columns.is_empty() {
            let column = |value: &f64| [*value, narrow(*value).into()].map(Moments::of);
            self.columns = frames.row(0).iter().map(column).collect();
        }
        for frame in frames.rows() {
            for ([exact, rounded], value) in self.columns.iter_mut().zip(frame) {
                exact.add(*value);
                rounded.add(narrow(*value).into());
            }
        }
    }

    /// Refuses the first column that rounding blurs.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (place, column) in self.columns.iter().enumerate() {
            let [deviation, rounded] = column.map(|moments| moments.variance().sqrt());
            if (rounded - deviation).abs() > Self::TOLERANCE * deviation {
                return Err(Error::shape(format!(
                    "column {place} (from 0) holds values around {} with a standard deviation of {deviation:.3e}, which f32 \
                     does not tell apart: subtract their mean before they are saved",
                    column[0].origin
                )));
            }
        }
        Ok(())
    }
}
