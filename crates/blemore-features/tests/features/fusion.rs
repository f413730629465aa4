//! Early fusion.

use blemore_features::{
    EncoderColumns, Error, FeatureTable, Standardizer, TableFault, fuse, fuse_all, fuse_common,
    is_other_order,
};
use blemore_labels::ClipName;
use ndarray::{Axis, array, concatenate, s};

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

#[test]
fn clips_that_a_table_lacks_are_kept_and_noted() {
    let (one, two) = (table(0..4, 1), table(2..6, 2));
    let fused = fuse_all(&[&one, &two]).unwrap();
    assert_eq!(fused.clips(), clips(6));
    let [first, second] = fused.encoders() else { panic!() };
    assert_eq!((first.width, &first.missing[..]), (1, &clips(6)[4..]));
    assert_eq!((second.width, &second.missing[..]), (2, &clips(2)[..]));
    assert_eq!(fused.values().slice(s![2..4, 1..]), two.values().slice(s![..2, ..]));

    let path = tempfile::tempdir().unwrap();
    let path = path.path().join("fused.npz");
    fused.write(&path).unwrap();
    let read = FeatureTable::read(&path).unwrap();
    assert_eq!((&read, read.encoders()), (&fused, fused.encoders()));
    let three = fuse_all(&[&read, &table(0..6, 1)]).unwrap();
    let names: Vec<&str> = three.encoders().iter().map(|encoder| &*encoder.name).collect();
    assert_eq!(names, ["encoder 1", "encoder 2", "encoder 3"]);
    assert_eq!(three.encoders()[1].missing, second.missing);
}

#[test]
fn what_an_encoder_lacks_does_not_count_in_its_means() {
    let one = FeatureTable::new(clips(2), array![[1.0], [3.0]]).unwrap();
    let two = FeatureTable::new(clips(4)[1..].to_vec(), array![[5.0], [5.0], [11.0]]).unwrap();
    let fused = fuse_all(&[one, two]).unwrap();
    let standardizer = Standardizer::fit(&fused).unwrap();
    assert_eq!(standardizer.mean(), [2.0, 7.0]);
    let rows = standardizer.apply(&fused).unwrap();
    assert_eq!(
        (rows.encoder_widths(), rows.first_missing()),
        (&[1, 1][..], Some((&clips(1)[0], "encoder 2")))
    );
    assert_eq!(rows.presence(&[3, 1]), Some(vec![false, true, true, true]));
    let whole = standardizer.apply(fused.rows(&[1]).unwrap()).unwrap();
    assert_eq!(whole.first_missing(), None);
    mismatch(Standardizer::fit(fused.rows(&[0]).unwrap()), "has a row of none of the 1 rows");
}

#[test]
fn encoders_that_do_not_fit_their_table_are_refused() {
    let encoder = |width, missing: &[ClipName]| EncoderColumns {
        name: "audio".to_owned(),
        width,
        missing: missing.to_vec(),
    };
    for (encoders, problem) in [
        (vec![encoder(1, &[]), encoder(1, &[])], "have 2 columns together"),
        (vec![encoder(3, &clips(4)[3..])], "not clips of the table"),
        (vec![encoder(1, &clips(1)), encoder(2, &clips(2))], "no encoder has a row of test_0000"),
    ] {
        let error = table(0..3, 3).with_encoders(encoders).unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[test]
fn encoders_at_other_places_are_another_order_and_other_names_are_not() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let trained = names(&["video_train", "Audio-train"]);
    for (found, is_other) in [
        (&["audio_test", "video_test"][..], true),
        (&["audio", "something"], true),
        (&["video.test", "audio"], false),
        (&["one", "two"], false),
        (&[], false),
    ] {
        assert_eq!(is_other_order(&trained, &names(found)), is_other, "{found:?}");
    }
    let alike = names(&["features", "features"]);
    assert!(!is_other_order(&alike, &alike), "files of one name in two folders");
}
