//! Eigenvalues of a small symmetric matrix.

/// Sweeps of Jacobi's method; it converges quadratically, and ten are more than enough.
const MOST_SWEEPS: usize = 60;

/// The eigenvalues of a symmetric matrix and its eigenvectors, as rows: `matrix = sum of value * vector * vector'`.
///
/// Jacobi's method with cyclic sweeps: each rotation sets one entry beside the diagonal to zero.
pub(crate) fn eigen(mut matrix: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let size = matrix.len();
    let mut vectors: Vec<Vec<f64>> = (0..size)
        .map(|row| (0..size).map(|column| if row == column { 1.0 } else { 0.0 }).collect())
        .collect();
    let total: f64 = matrix.iter().flatten().map(|value| value * value).sum();
    for _ in 0..MOST_SWEEPS {
        let beside: f64 = (0..size)
            .flat_map(|row| (0..row).map(move |column| (row, column)))
            .map(|(r, c)| matrix[r][c].powi(2))
            .sum();
        if beside <= total * f64::EPSILON * f64::EPSILON {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                let Some((cos, sin)) = rotation(matrix[p][p], matrix[q][q], matrix[p][q]) else { continue };
                for row in &mut matrix {
                    (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
                }
                rotate_rows(&mut matrix, p, q, cos, sin);
                rotate_rows(&mut vectors, p, q, cos, sin);
            }
        }
    }
    let values = matrix.iter().enumerate().map(|(index, row)| row[index]).collect();
    (values, vectors)
}

/// The rotation that sets the entry beside the diagonal to zero; `None` where it is zero.
fn rotation(first: f64, second: f64, beside: f64) -> Option<(f64, f64)> {
    if beside == 0.0 {
        return None;
    }
    let theta = (second - first) / (2.0 * beside);
    let tan = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cos = 1.0 / tan.hypot(1.0);
    Some((cos, tan * cos))
}

fn rotate_rows(matrix: &mut [Vec<f64>], p: usize, q: usize, cos: f64, sin: f64) {
    let (before, after) = matrix.split_at_mut(q);
    for (first, second) in before[p].iter_mut().zip(&mut after[0]) {
        (*first, *second) = (cos * *first - sin * *second, sin * *first + cos * *second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_vectors_give_the_matrix_again() {
        let matrix: Vec<Vec<f64>> = (0..7)
            .map(|row: i32| (0..7).map(|column| f64::from((row * column + row + column) % 5)).collect())
            .collect();
        let (values, vectors) = eigen(matrix.clone());
        for (row, cells) in matrix.iter().enumerate() {
            for (column, expected) in cells.iter().enumerate() {
                let sum: f64 = values.iter().zip(&vectors).map(|(value, v)| value * v[row] * v[column]).sum();
                approx::assert_abs_diff_eq!(sum, *expected, epsilon = 1e-12);
            }
        }
    }
}
