//! Principal components, for plots of features (the paper's figure of two whitened components).

mod eigen;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::Error;
use crate::npy::narrow;

/// What the errors call it.
const WHAT: &str = "a principal component analysis";

/// What the projections are scaled to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Each component has a variance of 1 over the rows it was fitted on (`whiten=True` in scikit-learn).
    Whitened,
    /// Each component keeps its variance.
    Variance,
}

/// The leading principal components of a table.
///
/// Made for tables wider than long: it works on the (N, N) matrix of products between rows, as an operator
/// that is never formed, and finds the leading eigenvectors by a block Lanczos iteration. Each component's
/// largest loading is positive, so that signs do not depend on the method (scikit-learn's rule since 1.5,
/// whose projections these are within 1e-4).
///
/// ```
/// use blemore_features::{Pca, Scale};
/// use ndarray::array;
///
/// let points = array![[0.0, 0.0, 9.0], [1.0, 2.0, 9.0], [2.0, 4.0, 9.0]];
/// let pca = Pca::fit(points.view(), 1)?;
/// assert!((pca.explained_variance_ratio()[0] - 1.0).abs() < 1e-12);
/// let plotted = pca.apply(points.view(), Scale::Whitened)?;
/// assert!((plotted[[0, 0]] + 1.0).abs() < 1e-6 && (plotted[[2, 0]] - 1.0).abs() < 1e-6);
/// # Ok::<(), blemore_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    mean: Array1<f64>,
    components: Array2<f64>,
    variance: Array1<f64>,
    total_variance: f64,
}

impl Pca {
    /// The `count` leading components of (N, D) values.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the table cannot have as many: N rows have at most N - 1, D columns at
    /// most D; and when the rows vary in fewer directions; and for values that are not
    /// finite.
    pub fn fit(values: ArrayView2<'_, f32>, count: usize) -> Result<Self, Error> {
        let (rows, columns) = values.dim();
        let most = rows.saturating_sub(1).min(columns);
        if count == 0 || count > most {
            return Err(too_many(count, most));
        }
        let mut centred = values.mapv(f64::from);
        let mean = centred.mean_axis(Axis(0)).ok_or_else(|| too_many(count, 0))?;
        centred -= &mean;
        #[expect(clippy::cast_precision_loss, reason = "a table has far fewer than 2^53 rows")]
        let freedom = (rows - 1) as f64;
        let total_variance = centred.iter().map(|value| value * value).sum::<f64>() / freedom;
        if !total_variance.is_finite() {
            return Err(Error::Mismatch(format!("{WHAT} needs finite values: fix the features first")));
        }
        let eigen::Leading { values, vectors } = eigen::leading(centred.view(), count);
        // Directions in which only rounding varies are none.
        let floor = total_variance * freedom * f64::EPSILON;
        let found = values.iter().filter(|value| **value > floor).count();
        if found < count {
            return Err(too_many(count, found));
        }
        let mut components = vectors.t().dot(&centred);
        for (mut component, value) in components.rows_mut().into_iter().zip(&values) {
            let largest = component.iter().copied().fold(0.0_f64, |largest, loading| {
                if loading.abs() > largest.abs() { loading } else { largest }
            });
            component /= value.sqrt().copysign(largest);
        }
        Ok(Self { mean, components, variance: values / freedom, total_variance })
    }

    /// The (N, count) projections of values of the same width.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for rows of another width.
    pub fn apply(&self, values: ArrayView2<'_, f32>, scale: Scale) -> Result<Array2<f32>, Error> {
        let (expected, found) = (self.mean.len(), values.ncols());
        if found != expected {
            return Err(Error::width(WHAT, expected, found));
        }
        let centred = values.mapv(f64::from) - &self.mean;
        let mut projections = centred.dot(&self.components.t());
        if scale == Scale::Whitened {
            projections /= &self.variance.mapv(f64::sqrt);
        }
        Ok(projections.mapv(narrow))
    }

    /// The components: (count, D), rows of length 1.
    pub fn components(&self) -> ArrayView2<'_, f64> {
        self.components.view()
    }

    /// The variance (`ddof = 1`) along each component.
    pub fn explained_variance(&self) -> &[f64] {
        self.variance.as_slice().unwrap_or_default()
    }

    /// The share of all variance along each component.
    pub fn explained_variance_ratio(&self) -> Vec<f64> {
        self.variance.iter().map(|variance| variance / self.total_variance).collect()
    }
}

fn too_many(asked: usize, most: usize) -> Error {
    Error::Mismatch(format!(
        "{asked} principal components were asked for; these features have {most}: ask for 1 to {most}"
    ))
}
