//! Early fusion.

use blemore_features::{Error, FeatureTable, TableFault, fuse, fuse_common};
use ndarray::{Axis, concatenate, s};

use crate::arrays::{clips, mismatch, values};

fn table(rows: std::ops::Range<usize>, columns: usize) -> FeatureTable {
    let names = clips(rows.end)[rows.clone()].to_vec();
    let values = values(rows.end, columns).slice(s![rows, ..]).to_owned();
    FeatureTable::new(names, values).unwrap()
}

#[test]
fn any_number_of_tables_is_joined_by_name() {
    let (one, two, three) = (table(0..6, 2), table(0..6, 3), table(0..6, 1));
    let order = [5, 3, 1, 0, 2, 4];
    let names = order.map(|row| two.clips()[row].clone());
    let shuffled = FeatureTable::new(names, two.values().select(Axis(0), &order)).unwrap();
    let fused = fuse(&[&one, &shuffled, &three]).unwrap();
    assert_eq!(fused.clips(), one.clips());
    let expected = concatenate(Axis(1), &[one.values().view(), two.values().view(), three.values().view()]);
    assert_eq!(fused.values(), expected.unwrap());
    assert_eq!(fuse(std::slice::from_ref(&one)).unwrap(), one);
    mismatch(fuse::<FeatureTable>(&[]), "no tables");
}

#[test]
fn a_clip_with_several_rows_is_refused() {
    let rows = FeatureTable::new([&clips(2)[..], &clips(1)].concat(), values(3, 2)).unwrap();
    let one = table(0..2, 1);
    for refused in [fuse(&[&one, &rows]).unwrap_err(), fuse_common(&[&one, &rows]).unwrap_err()] {
        let Error::Table { faults, .. } = refused else { panic!("{refused}") };
        assert!(matches!(
            &faults[..],
            [TableFault { row: 2, problem, .. }] if problem.starts_with("the clip is in row 0 already")
        ));
    }
}

#[test]
fn one_f64_table_makes_the_fusion_f64() {
    let single = table(0..2, 2);
    let double = FeatureTable::from_f64(clips(2), single.values_f64().mapv(|value| value / 3.0)).unwrap();
    let fused = fuse(&[single, double.clone()]).unwrap();
    assert!(fused.is_f64());
    assert_eq!(fused.values_f64().slice(s![.., 2..]), double.values_f64());
}

#[test]
fn every_missing_clip_is_listed() {
    let tables = [table(0..4, 1), table(2..6, 1), table(0..6, 1)];
    let error = fuse(&tables).unwrap_err();
    let Error::Fusion { faults } = &error else { panic!() };
    assert_eq!(
        faults.iter().map(|fault| (fault.table, fault.missing.len())).collect::<Vec<_>>(),
        [(0, 2), (1, 2)]
    );
    for name in ["test_0000", "test_0001", "test_0004", "test_0005"] {
        assert!(error.to_string().contains(name), "{error}");
    }
    let fusion = fuse_common(&tables).unwrap();
    assert_eq!(fusion.table.clips(), clips(4)[2..].to_vec());
    assert_eq!(fusion.left_out, *faults);
    mismatch(fuse_common(&[table(0..2, 1), table(2..4, 1)]), "all of the 2 tables");
}
