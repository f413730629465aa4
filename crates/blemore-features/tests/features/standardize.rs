//! Standardisation.

use blemore_features::{Error, FeatureTable, Standardizer};
use ndarray::{Array2, array};

use crate::arrays::{clips, fixture, values};

#[test]
fn features_that_do_not_vary_become_zero() {
    // 0.1 has no exact mean: without the rule for rounding, its deviation would be 1e-17 and its features
    // huge.
    let table = FeatureTable::from_f64(clips(7), Array2::from_elem((7, 2), 0.1)).unwrap();
    let rows: Vec<usize> = (0..7).collect();
    let standardizer = Standardizer::fit(&table, &rows).unwrap();
    assert_eq!(standardizer.deviation(), [1.0, 1.0]);
    assert!(standardizer.apply(&table, &rows).unwrap().iter().all(|value| value.abs() < 1e-15));
}

#[test]
fn only_the_given_rows_count() {
    let features = array![[0.0, 1.0], [1e30, 5.0], [2.0, 1.0]];
    let table = FeatureTable::new(clips(3), features).unwrap();
    let standardizer = Standardizer::fit(&table, &[0, 2]).unwrap();
    assert_eq!((standardizer.mean(), standardizer.deviation()), (&[1.0, 1.0][..], &[1.0, 1.0][..]));
    assert_eq!(standardizer.apply(&table, &[2]).unwrap(), array![[1.0, 0.0]]);
}

#[test]
fn it_goes_through_a_file_unchanged_and_is_checked() {
    let table = FeatureTable::new(clips(9), values(9, 5)).unwrap();
    let fitted = Standardizer::fit(&table, &[0, 3, 4, 8]).unwrap();
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
    assert!(matches!(Standardizer::fit(&table, &[]), Err(Error::NoRows { .. })));
    assert!(matches!(Standardizer::fit(&table, &[2]), Err(Error::NoSuchRow { row: 2, rows: 2 })));
    let narrow = FeatureTable::new(clips(2), values(2, 2)).unwrap();
    let fitted = Standardizer::fit(&table, &[0, 1]).unwrap();
    assert!(matches!(fitted.apply(&narrow, &[0]), Err(Error::Width { expected: 3, found: 2, .. })));
}

#[test]
fn scikit_learn_gives_the_same_bits() {
    let table = FeatureTable::read(fixture("reference_features.npz")).unwrap();
    let thirds = table.values_f64().mapv(|value| value / 3.0);
    let double = FeatureTable::from_f64(table.clips().to_vec(), thirds).unwrap();
    let (training, all): (Vec<usize>, Vec<usize>) = ((0..30).collect(), (0..40).collect());
    for (table, name) in [(table, "f4"), (double, "f8")] {
        let expected = FeatureTable::read(fixture(&format!("reference_standardized_{name}.npz"))).unwrap();
        let found = Standardizer::fit(&table, &training).unwrap().apply(&table, &all).unwrap();
        assert_eq!(found, expected.values(), "{name}");
    }
}
