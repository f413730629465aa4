//! Rows of numbers.

/// N rows of a number of columns, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matrix {
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// No rows yet.
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns, values: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = f64>) {
        self.values.extend(row);
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// All values, one row after another.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// Some of the rows, in the order of `rows`.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let values = rows.iter().flat_map(|&row| self.row(row)).copied().collect();
        Self { columns: self.columns, values }
    }

    /// A matrix with `columns` columns, each row made from one of these by `write`, which finds zeros.
    pub(crate) fn map_rows(&self, columns: usize, mut write: impl FnMut(&[f64], &mut [f64])) -> Self {
        let mut values = vec![0.0; self.len() * columns];
        for (row, written) in self.iter().zip(values.chunks_exact_mut(columns.max(1))) {
            write(row, written);
        }
        Self { columns, values }
    }

    /// The mean and the standard deviation (ddof = 0) of each column; 1 where it is 0.
    pub(crate) fn moments(&self) -> (Vec<f64>, Vec<f64>) {
        let count = self.len().max(1) as f64;
        let mut means = vec![0.0; self.columns];
        for row in self.iter() {
            for (mean, x) in means.iter_mut().zip(row) {
                *mean += x / count;
            }
        }
        let mut squares = vec![0.0; self.columns];
        for row in self.iter() {
            for ((square, x), mean) in squares.iter_mut().zip(row).zip(&means) {
                *square += (x - mean).powi(2) / count;
            }
        }
        let deviations =
            squares.iter().map(|square| if *square > 0.0 { square.sqrt() } else { 1.0 }).collect();
        (means, deviations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_each_column() {
        let mut matrix = Matrix::new(2);
        [[1.0, 7.0], [3.0, 7.0], [8.0, 7.0]].into_iter().for_each(|row| matrix.push(row));
        let (means, deviations) = matrix.moments();
        approx::assert_abs_diff_eq!(&means[..], &[4.0, 7.0][..], epsilon = 1e-12);
        // (9 + 1 + 16) / 3; a column that is always the same keeps its unit.
        approx::assert_abs_diff_eq!(&deviations[..], &[(26.0_f64 / 3.0).sqrt(), 1.0][..], epsilon = 1e-12);
        assert_eq!(Matrix::new(2).moments(), (vec![0.0; 2], vec![1.0; 2]));
    }

    #[test]
    fn rows_are_taken_in_the_order_that_is_asked_for() {
        let mut matrix = Matrix::new(2);
        [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]].into_iter().for_each(|row| matrix.push(row));
        assert_eq!((matrix.len(), matrix.columns()), (3, 2));
        assert_eq!(matrix.select(&[2, 0]).values(), [5.0, 6.0, 1.0, 2.0]);
        assert_eq!(matrix.map_rows(1, |row, written| written[0] += row[1]).values(), [2.0, 4.0, 6.0]);
        // Examples without a column are none that could be counted.
        assert_eq!((Matrix::new(0).len(), Matrix::new(0).iter().count()), (0, 0));
    }
}
