//! Standardisation.

use blemore_features::{FeatureTable, StandardizedRows, Standardizer};
use ndarray::{Array2, Axis, array};

use crate::arrays::{clip, clips, fixture, mismatch, values};

#[test]
fn features_that_do_not_vary_become_zero() {
    // 0.1 has no exact mean: without the rule for rounding, its deviation would be 1e-17 and its features
    // huge.
    let table = FeatureTable::from_f64(clips(7), Array2::from_elem((7, 2), 0.1)).unwrap();
    let standardizer = Standardizer::fit(&table).unwrap();
    assert_eq!(standardizer.deviation(), [1.0, 1.0]);
    let standardized = standardizer.apply(&table).unwrap().to_array();
    standardized.iter().for_each(|value| {
        approx::assert_abs_diff_eq!(*value, 0.0, epsilon = 1e-15);
    });
}

/// Numbers that only differ in their last digit differ by rounding; small numbers that differ by their own size vary.
#[test]
fn only_what_rounding_makes_of_one_number_is_taken_as_constant() {
    let marks = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0];
    let values = Array2::from_shape_fn((7, 2), |(row, feature)| match feature {
        0 => 0.1 + f64::EPSILON * 0.1 * marks[row],
        _ => 1e-12 + 1e-5 * (marks[row] - 3.0 / 7.0),
    });
    assert_ne!(values[[0, 0]], values[[1, 0]]);
    let table = FeatureTable::from_f64(clips(7), values).unwrap();
    let found = Standardizer::fit(&table).unwrap();
    assert_eq!(found.deviation()[0], 1.0);
    approx::assert_relative_eq!(found.deviation()[1], 1e-5 * (12.0_f64 / 49.0).sqrt(), max_relative = 1e-9);
}

#[test]
fn only_the_given_rows_count() {
    let features = array![[0.0, 1.0], [1e30, 5.0], [2.0, 1.0]];
    let table = FeatureTable::new(clips(3), features).unwrap();
    let standardizer = Standardizer::fit(table.rows(&[0, 2]).unwrap()).unwrap();
    assert_eq!((standardizer.mean(), standardizer.deviation()), (&[1.0, 1.0][..], &[1.0, 1.0][..]));
    let rows = standardizer.apply(table.rows(&[2]).unwrap()).unwrap();
    assert_eq!(rows.to_array(), array![[1.0, 0.0]]);
}

#[test]
fn it_goes_through_a_file_unchanged_and_is_checked() {
    let table = FeatureTable::new(clips(9), values(9, 5)).unwrap();
    let fitted = Standardizer::fit(table.rows(&[0, 3, 4, 8]).unwrap()).unwrap();
    let text = toml::to_string(&fitted).unwrap();
    assert_eq!(toml::from_str::<Standardizer>(&text).unwrap(), fitted);
    for wrong in
        ["mean = [1.0]\ndeviation = [0.0]", "mean = [1.0]\ndeviation = []", "mean = []\ndeviation = []"]
    {
        assert!(toml::from_str::<Standardizer>(wrong).unwrap_err().to_string().contains("fit it again"));
    }
}

#[test]
fn wrong_rows_and_widths_are_errors() {
    let table = FeatureTable::new(clips(2), values(2, 3)).unwrap();
    mismatch(Standardizer::fit(table.rows(&[]).unwrap()), "without rows");
    mismatch(table.rows(&[2]), "row 2 does not exist: the table has 2");
    let narrow = FeatureTable::new(clips(2), values(2, 2)).unwrap();
    let fitted = Standardizer::fit(&table).unwrap();
    mismatch(fitted.apply(&narrow), "of 3 values per row, these have 2");
}

#[test]
fn scikit_learn_gives_the_same_bits() {
    let table = FeatureTable::read(fixture("reference_features.npz")).unwrap();
    let thirds = table.values_f64().mapv(|value| value / 3.0);
    let double = FeatureTable::from_f64(table.clips().to_vec(), thirds).unwrap();
    let training: Vec<usize> = (0..30).collect();
    for (table, name) in [(table, "f4"), (double, "f8")] {
        let expected = FeatureTable::read(fixture(&format!("reference_standardized_{name}.npz"))).unwrap();
        let standardizer = Standardizer::fit(table.rows(&training).unwrap()).unwrap();
        assert_eq!(standardizer.apply(&table).unwrap().to_array(), expected.values(), "{name}");
    }
}

/// The mean of these values needs more digits than there are, so that the differences from it do not sum to 0. Without the
/// correction for that, the variance would be that around another value.
#[test]
fn a_large_mean_takes_nothing_from_the_deviation() {
    let marks = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0];
    let values = Array2::from_shape_fn((7, 1), |(row, _)| 2_f64.powi(52) + 16.0 * marks[row]);
    let table = FeatureTable::from_f64(clips(7), values).unwrap();
    let found = Standardizer::fit(&table).unwrap().deviation()[0];
    approx::assert_relative_eq!(found, 16.0 * (12.0_f64 / 49.0).sqrt(), max_relative = 1e-12);
}

#[test]
fn rows_know_their_clips() {
    let names = ["test_0001", "test_0002", "test_0001", "test_0003"].map(clip);
    let table = FeatureTable::new(names.clone(), values(4, 3)).unwrap();
    let standardizer = Standardizer::fit(&table).unwrap();
    let all = standardizer.apply(&table).unwrap();
    assert!(!all.is_empty());
    assert!(standardizer.apply(table.rows(&[]).unwrap()).unwrap().is_empty());
    assert_eq!((all.n_clips(), all.clip_of_row()), (3, Some(&[0, 1, 0, 2][..])));
    // The third clip, then the first with both of its rows.
    let some = table.rows_of_clips(&[2, 0]).unwrap();
    assert_eq!(some.clips(), [&names[3], &names[0]]);
    let some = standardizer.apply(some).unwrap();
    assert_eq!((some.n_clips(), some.clip_of_row()), (2, Some(&[0, 1, 1][..])));
    assert_eq!(some.to_array(), all.to_array().select(Axis(0), &[3, 0, 2]));
    let one_each = standardizer.apply(table.rows(&[3, 1]).unwrap()).unwrap();
    assert_eq!((one_each.n_clips(), one_each.clip_of_row()), (2, None));
    mismatch(table.rows_of_clips(&[3]), "row 3 does not exist: the table has 3");
}

#[test]
fn other_values_have_to_fit_the_rows() {
    let names = ["test_0001", "test_0002", "test_0001"].map(clip);
    let table = FeatureTable::new(names, values(3, 2)).unwrap();
    let rows = Standardizer::fit(&table).unwrap().apply(&table).unwrap();
    let other = rows.with_values(values(3, 2)).unwrap();
    assert_eq!((other.to_array(), other.clip_of_row()), (values(3, 2), rows.clip_of_row()));
    for (count, width) in [(2, 2), (3, 1)] {
        mismatch(rows.with_values(values(count, width)), "give one row of features per row");
    }
}

#[test]
fn the_first_value_that_is_no_number_is_found() {
    let found = |matrix: Array2<f32>| StandardizedRows::from(matrix).first_not_finite();
    assert_eq!(found(values(3, 4)), None);
    let mut broken = values(3, 4);
    broken[[2, 0]] = f32::NAN;
    broken[[1, 3]] = f32::NEG_INFINITY;
    assert_eq!(found(broken), Some((1, 3, f32::NEG_INFINITY)));
    // Those of a table were looked at before.
    let table = FeatureTable::new(clips(3), values(3, 4)).unwrap();
    assert_eq!(Standardizer::fit(&table).unwrap().apply(&table).unwrap().first_not_finite(), None);
}

#[test]
fn chosen_rows_are_written_one_after_the_other() {
    let rows = StandardizedRows::from(values(5, 3));
    let mut out = Array2::zeros((3, 3));
    rows.write_rows(&[4, 0, 4], out.as_slice_mut().unwrap());
    assert_eq!(out, values(5, 3).select(Axis(0), &[4, 0, 4]));
}

#[test]
fn rows_without_features_stay_rows() {
    assert_eq!(StandardizedRows::from(Array2::zeros((4, 0))).to_array().dim(), (4, 0));
}
