//! Leading eigenvectors of X X' for a tall or wide X, by block Lanczos with full orthogonalisation.
//!
//! The Krylov space of a few starting vectors under X X' soon holds the leading eigenvectors to rounding.
//! Each step multiplies a block of vectors by X' and then by X, which costs two readings of X, and makes the
//! result orthogonal to all before; on the small matrix that X X' is in this basis, Jacobi rotations give the
//! eigenvalues. A block wider than the number of vectors asked for finds equal eigenvalues that a single
//! starting vector would miss.

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate, s};

/// Starting vectors beyond those asked for.
const OVERSAMPLING: usize = 6;
/// The iteration ends when a residual is this small beside the largest eigenvalue: eigenvectors are then good
/// to about its root.
const TOLERANCE: f64 = 1e-12;
/// Sweeps of Jacobi rotations; five to ten are enough for any matrix.
const SWEEPS: usize = 40;

/// The largest eigenvalues, in descending order, and their eigenvectors, (N, count).
pub(super) struct Leading {
    pub(super) values: Array1<f64>,
    pub(super) vectors: Array2<f64>,
}

/// The `count` leading eigenpairs of X X'; `count` is at most N.
pub(super) fn leading(x: ArrayView2<'_, f64>, count: usize) -> Leading {
    let rows = x.nrows();
    let width = (count + OVERSAMPLING).min(rows);
    let mut block = orthonormal(start(rows, width), None);
    let mut basis = Array2::zeros((rows, 0));
    let mut images = Array2::zeros((rows, 0));
    let (mut steps, mut next_look) = (0, 1);
    loop {
        steps += 1;
        let image = x.dot(&x.t().dot(&block));
        basis = beside(&basis, &block);
        images = beside(&images, &image);
        block = orthonormal(image, Some(&basis));
        let room = rows - basis.ncols();
        if block.ncols() > room {
            block = block.slice(s![.., ..room]).to_owned();
        }
        // The rotations of a large basis cost more than a step: look ever less often.
        if steps < next_look && block.ncols() > 0 {
            continue;
        }
        next_look = steps + 1 + steps / 2;
        let (values, rotation) = symmetric(basis.t().dot(&images));
        let rotation = rotation.slice(s![.., ..count.min(values.len())]);
        let (vectors, mapped) = (basis.dot(&rotation), images.dot(&rotation));
        let values = values.slice(s![..rotation.ncols()]).to_owned();
        let residual =
            (&mapped - &(&vectors * &values)).map_axis(Axis(0), |column| column.dot(&column).sqrt());
        let largest = values.iter().copied().fold(0.0, f64::max);
        let converged = residual.iter().all(|residual| *residual <= TOLERANCE * largest);
        if converged || block.ncols() == 0 {
            return Leading { values: values.mapv(|value| value.max(0.0)), vectors };
        }
    }
}

/// Vectors without a pattern of their own, the same every time (a linear congruential sequence).
fn start(rows: usize, width: usize) -> Array2<f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    Array2::from_shape_simple_fn((rows, width), || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((state >> 33) as u32) / f64::from(1_u32 << 31) - 0.5
    })
}

fn beside(left: &Array2<f64>, right: &Array2<f64>) -> Array2<f64> {
    // The rows agree by construction.
    concatenate(Axis(1), &[left.view(), right.view()]).unwrap_or_else(|_| left.clone())
}

/// An orthonormal basis of what the columns add to `basis`; columns that add nothing are left out.
fn orthonormal(mut columns: Array2<f64>, basis: Option<&Array2<f64>>) -> Array2<f64> {
    let mut kept: Vec<Array1<f64>> = Vec::new();
    for mut column in columns.axis_iter_mut(Axis(1)) {
        let length = column.dot(&column).sqrt();
        // Twice is enough: the second pass takes away what rounding left of the first.
        for _ in 0..2 {
            if let Some(basis) = basis {
                let along = basis.t().dot(&column);
                column -= &basis.dot(&along);
            }
            for other in &kept {
                let along = other.dot(&column);
                column.scaled_add(-along, other);
            }
        }
        let left = column.dot(&column).sqrt();
        if left > 1e-10 * length {
            kept.push(&column / left);
        }
    }
    let mut out = Array2::zeros((columns.nrows(), kept.len()));
    out.axis_iter_mut(Axis(1)).zip(&kept).for_each(|(mut out, column)| out.assign(column));
    out
}

/// Eigenvalues in descending order and eigenvectors, in columns, of a symmetric matrix, by Jacobi rotations.
fn symmetric(matrix: Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    let size = matrix.nrows();
    // Rounding makes the product slightly unsymmetric.
    let mut matrix = (&matrix + &matrix.t()) / 2.0;
    let mut vectors = Array2::eye(size);
    let whole = matrix.iter().map(|value| value * value).sum::<f64>();
    for _ in 0..SWEEPS {
        let off: f64 =
            matrix.indexed_iter().filter(|((row, column), _)| row != column).map(|(_, v)| v * v).sum();
        if off <= whole * f64::EPSILON * f64::EPSILON {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut matrix, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|one, other| matrix[[*other, *other]].total_cmp(&matrix[[*one, *one]]));
    (order.iter().map(|place| matrix[[*place, *place]]).collect(), vectors.select(Axis(1), &order))
}

/// Makes the entry (p, q) zero.
fn rotate(matrix: &mut Array2<f64>, vectors: &mut Array2<f64>, p: usize, q: usize) {
    let entry = matrix[[p, q]];
    if entry == 0.0 {
        return;
    }
    let theta = (matrix[[q, q]] - matrix[[p, p]]) / (2.0 * entry);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let mix = |one: &mut f64, other: &mut f64| {
        (*one, *other) = (cosine * *one - sine * *other, sine * *one + cosine * *other);
    };
    for place in 0..matrix.nrows() {
        let (mut one, mut other) = (matrix[[place, p]], matrix[[place, q]]);
        mix(&mut one, &mut other);
        (matrix[[place, p]], matrix[[place, q]]) = (one, other);
    }
    for place in 0..matrix.nrows() {
        let (mut one, mut other) = (matrix[[p, place]], matrix[[q, place]]);
        mix(&mut one, &mut other);
        (matrix[[p, place]], matrix[[q, place]]) = (one, other);
        let (mut one, mut other) = (vectors[[place, p]], vectors[[place, q]]);
        mix(&mut one, &mut other);
        (vectors[[place, p]], vectors[[place, q]]) = (one, other);
    }
}
