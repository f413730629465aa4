//! Principal components.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use blemore_features::{FeatureTable, Pca, Scale};
use ndarray::{Array2, Axis, array, s};

use crate::arrays::{fixture, mismatch, values};

#[test]
fn scikit_learn_gives_the_same_projections() {
    let features = FeatureTable::read(fixture("reference_features.npz")).unwrap();
    let features = features.values();
    let pca = Pca::fit(features.slice(s![..30, ..]), 5).unwrap();
    for (name, scale) in [("whitened", Scale::Whitened), ("projected", Scale::Variance)] {
        let expected = FeatureTable::read(fixture(&format!("reference_{name}.npz"))).unwrap();
        let found = pca.apply(features.view(), scale).unwrap();
        for (found, expected) in found.iter().zip(expected.values()) {
            assert_relative_eq!(*found, expected, epsilon = 1e-4, max_relative = 1e-4);
        }
    }
    // What the script prints.
    let expected = [20912.54253075, 8060.48686229, 7225.41440237, 4005.82211325, 2855.16499853];
    for (found, expected) in pca.explained_variance().iter().zip(expected) {
        assert_relative_eq!(*found, expected, max_relative = 1e-9);
    }
    assert_abs_diff_eq!(pca.explained_variance_ratio()[0], 0.46645869, epsilon = 1e-8);
}

#[test]
fn components_are_orthonormal_and_whitened_ones_have_a_variance_of_one() {
    // Longer than wide, and wider than long.
    for (rows, columns) in [(300, 12), (30, 400), (12, 12)] {
        let values = Array2::from_shape_fn((rows, columns), |(row, column)| {
            let place = (row * columns + column) as f32;
            (place * 0.731).sin() * (place * 0.013).cos() + (row as f32 * 0.1 * (column % 4) as f32).sin()
        });
        let count = 7;
        let pca = Pca::fit(values.view(), count).unwrap();
        let products = pca.components().dot(&pca.components().t());
        for (found, expected) in products.iter().zip(&Array2::<f64>::eye(count)) {
            assert_abs_diff_eq!(*found, *expected, epsilon = 1e-9);
        }
        assert!(pca.explained_variance().windows(2).all(|pair| pair[0] >= pair[1]));
        let projections = pca.apply(values.view(), Scale::Whitened).unwrap().mapv(f64::from);
        let deviations = projections.std_axis(Axis(0), 1.0);
        deviations.iter().for_each(|deviation| {
            assert_abs_diff_eq!(*deviation, 1.0, epsilon = 1e-4);
        });
    }
}

#[test]
fn equal_variances_are_all_found() {
    // Four directions of the same variance: one starting vector would find one of them.
    let corners = Array2::from_shape_fn((8, 50), |(row, column)| match (row / 2 == column, row % 2) {
        (true, 0) => 1.0,
        (true, _) => -1.0,
        _ => 0.0,
    });
    let pca = Pca::fit(corners.view(), 4).unwrap();
    for variance in pca.explained_variance() {
        assert_abs_diff_eq!(*variance, 2.0 / 7.0, epsilon = 1e-12);
    }
    mismatch(Pca::fit(corners.view(), 5), "5 principal components were asked for; these features have 4");
}

#[test]
fn components_that_are_not_there_are_refused() {
    let three = values(3, 10);
    mismatch(Pca::fit(three.view(), 3), "3 principal components were asked for; these features have 2");
    mismatch(Pca::fit(three.view(), 0), "0 principal components were asked for");
    mismatch(Pca::fit(values(1, 5).view(), 1), "these features have 0");
    mismatch(Pca::fit(Array2::ones((5, 5)).view(), 1), "these features have 0");
    mismatch(Pca::fit(array![[f32::NAN], [1.0]].view(), 1), "finite values");
    let pca = Pca::fit(three.view(), 2).unwrap();
    mismatch(pca.apply(values(2, 9).view(), Scale::Variance), "these have 9");
}
