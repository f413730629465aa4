//! Correlation alignment: training features with the covariance of those that are predicted (CORAL, Sun, Feng and Saenko
//! 2016).
//!
//! With centred training features `X`, shape `(N, D)`, and centred target features `T`, shape `(M, D)`, what is trained on
//! is `X A`, with `A = (I + cov X)^(-1/2) (I + cov T)^(1/2)`. There are more features than clips, so no matrix of D by D is
//! made: `X (I + cov X)^(-1/2)` is `U (1 + s)^(-1/2) U' X`, with `U` and `s` the eigenvectors and eigenvalues of
//! `X X' / (N - 1)`, and `W (I + cov T)^(1/2)` is `W + W T' V d V' T`, with `V` and `t` those of `T T' / (M - 1)`, and
//! `d = 1 / ((M - 1) (sqrt(1 + t) + 1))`.

use blemore_features::StandardizedRows;
use ndarray::Array2;
use tch::{Kind, Tensor};

use crate::Error;
use crate::libtorch::{Threads, to_vec};

/// Most rows of either part: the eigenvectors of a matrix of this size are computed.
const MOST_ROWS: usize = 20_000;

/// The rows of `train` as they would be with the covariance of `target`, around their own means. No label is looked at. What
/// it makes is as large as `train`.
///
/// # Errors
/// [`Error::Alignment`] for fewer than two or more than 20,000 rows of either, and for a clip that lacks an encoder;
/// [`Error::WidthMismatch`] for rows of other widths; [`Error::Torch`] when libtorch fails (out of memory).
///
/// ```
/// use blemore_features::StandardizedRows;
/// use blemore_models::align_correlations;
/// use ndarray::array;
///
/// let train = StandardizedRows::from(array![[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]);
/// let aligned = align_correlations(&train, &train)?.to_array();
/// assert!((&aligned - &train.to_array()).iter().all(|difference| difference.abs() < 1e-6));
/// # Ok::<(), blemore_models::Error>(())
/// ```
pub fn align_correlations<'v>(
    train: &StandardizedRows<'_>,
    target: &StandardizedRows<'_>,
) -> Result<StandardizedRows<'v>, Error> {
    check(train, target)?;
    // With more threads, libtorch sums in another order.
    let _alone = Threads::one();
    let (inputs, target) = (tensor(train)?, tensor(target)?);
    let mean = inputs.f_mean_dim([0_i64].as_slice(), true, Kind::Double)?;
    let whitened = whiten(&inputs.f_sub(&mean)?)?;
    let aligned = colour(&whitened, &centred(&target)?)?.f_add(&mean)?;
    let shape = (train.len(), train.width());
    let values = Array2::from_shape_vec(shape, to_vec(&aligned.f_to_kind(Kind::Float)?)?);
    let values = values.map_err(|error| Error::Alignment { problem: error.to_string() })?;
    Ok(train.with_values(values)?)
}

fn check(train: &StandardizedRows<'_>, target: &StandardizedRows<'_>) -> Result<(), Error> {
    let (expected, found) = (train.width(), target.width());
    if expected != found {
        return Err(Error::WidthMismatch { part: "part to align with", expected, found });
    }
    check_part(train)?;
    check_part(target)
}

fn check_part(rows: &StandardizedRows<'_>) -> Result<(), Error> {
    if !(2..=MOST_ROWS).contains(&rows.len()) {
        let problem = format!("alignment is of 2 to {MOST_ROWS} rows, and there are {}", rows.len());
        return Err(Error::Alignment { problem });
    }
    match rows.first_missing() {
        Some((clip, encoder)) => Err(Error::Alignment { problem: format!("{encoder} has no row of {clip}") }),
        None => Ok(()),
    }
}

/// All rows in f64.
fn tensor(rows: &StandardizedRows<'_>) -> Result<Tensor, Error> {
    let values = rows.to_array();
    let shape = [rows.len() as i64, rows.width() as i64];
    let tensor = Tensor::f_from_slice(values.as_slice().unwrap_or_default())?.f_view(shape)?;
    Ok(tensor.f_to_kind(Kind::Double)?)
}

fn centred(rows: &Tensor) -> Result<Tensor, Error> {
    Ok(rows.f_sub(&rows.f_mean_dim([0_i64].as_slice(), true, Kind::Double)?)?)
}

/// Eigenvalues, not negative, and eigenvectors of the covariance of the other side, `rows rows' / (N - 1)`.
fn eigen(rows: &Tensor) -> Result<(Tensor, Tensor), Error> {
    let degrees = (rows.size()[0] - 1) as f64;
    let gram = rows.f_mm(&rows.f_tr()?)?.f_div_scalar(degrees)?;
    let (values, vectors) = gram.f_linalg_eigh("L")?;
    Ok((values.f_clamp_min(0.0)?, vectors))
}

/// Centred rows times `(I + their covariance)^(-1/2)`.
fn whiten(rows: &Tensor) -> Result<Tensor, Error> {
    let (values, vectors) = eigen(rows)?;
    let factors = values.f_add_scalar(1.0)?.f_rsqrt()?;
    Ok(vectors.f_mul(&factors)?.f_mm(&vectors.f_tr()?)?.f_mm(rows)?)
}

/// `rows` times `(I + the covariance of centred target rows)^(1/2)`.
fn colour(rows: &Tensor, target: &Tensor) -> Result<Tensor, Error> {
    let degrees = (target.size()[0] - 1) as f64;
    let (values, vectors) = eigen(target)?;
    let roots = values.f_add_scalar(1.0)?.f_sqrt()?.f_add_scalar(1.0)?;
    let factors = roots.f_mul_scalar(degrees)?.f_reciprocal()?;
    let projected = rows.f_mm(&target.f_tr()?)?.f_mm(&vectors)?.f_mul(&factors)?;
    Ok(rows.f_add(&projected.f_mm(&vectors.f_tr()?)?.f_mm(target)?)?)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::Axis;

    use super::*;

    /// Correlated numbers without a pattern.
    fn rows(count: usize, width: usize, phase: f64) -> Array2<f32> {
        let own = |row: usize, column: usize| ((row * 31 + column * 17) as f64 * 1.3 + phase).sin();
        Array2::from_shape_fn((count, width), |(row, column)| {
            (own(row, column) + 0.5 * own(row, 0) * (1.0 + phase)) as f32
        })
    }

    /// I + the covariance.
    fn regularised(rows: &Array2<f32>) -> Array2<f64> {
        let rows = rows.mapv(f64::from);
        let centred = &rows - &rows.mean_axis(Axis(0)).unwrap();
        let covariance = centred.t().dot(&centred) / (rows.nrows() - 1) as f64;
        covariance + Array2::<f64>::eye(rows.ncols())
    }

    /// The square root of a symmetric matrix with the iteration of Denman and Beavers, and its inverse.
    fn roots(matrix: &Array2<f64>) -> [Array2<f64>; 2] {
        let invert = |matrix: &Array2<f64>| {
            let size = matrix.nrows() as i64;
            let flat: Vec<f64> = matrix.iter().copied().collect();
            let inverse = Tensor::from_slice(&flat).view([size, size]).inverse();
            let mut values = vec![0.0; flat.len()];
            inverse.copy_data(&mut values, flat.len());
            Array2::from_shape_vec(matrix.dim(), values).unwrap()
        };
        let (mut root, mut inverse) = (matrix.clone(), Array2::eye(matrix.nrows()));
        for _ in 0..30 {
            let (next, other) = ((&root + &invert(&inverse)) * 0.5, (&inverse + &invert(&root)) * 0.5);
            (root, inverse) = (next, other);
        }
        [root, inverse]
    }

    #[test]
    fn aligned_rows_are_those_of_the_definition() {
        for (train, target, width) in [(9, 7, 4), (5, 4, 8)] {
            let (train, target) = (rows(train, width, 0.1), rows(target, width, 2.0));
            let found = align_correlations(&train.view().into(), &target.view().into()).unwrap().to_array();
            let [_, inverse] = roots(&regularised(&train));
            let [root, _] = roots(&regularised(&target));
            let wide = train.mapv(f64::from);
            let mean = wide.mean_axis(Axis(0)).unwrap();
            let expected = (&wide - &mean).dot(&inverse).dot(&root) + &mean;
            for (found, expected) in found.iter().zip(&expected) {
                assert_abs_diff_eq!(f64::from(*found), *expected, epsilon = 1e-5);
            }
        }
    }

    #[test]
    fn what_cannot_be_aligned_is_refused() {
        let (one, two) = (rows(1, 3, 0.0), rows(4, 3, 0.0));
        let refused = align_correlations(&two.view().into(), &one.view().into()).unwrap_err();
        assert!(refused.to_string().contains("2 to 20000 rows, and there are 1"), "{refused}");
        let wide = rows(4, 5, 0.0);
        let refused = align_correlations(&two.view().into(), &wide.view().into());
        assert!(matches!(refused, Err(Error::WidthMismatch { .. })));
    }
}
