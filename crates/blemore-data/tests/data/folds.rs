use std::collections::BTreeSet;

use blemore_data::{ClipRecord, Error, Folds, Metadata};
use proptest::prelude::*;

use crate::shared;

/// Metadata with one single-emotion clip for each `(actor, fold)`.
fn clips(of: &[(&str, Option<i64>)]) -> Metadata {
    let record = |(version, (actor, fold)): (usize, &(&str, Option<i64>))| {
        let name = format!("{actor}_hap_int1_ver{}", version + 1);
        ClipRecord { fold: *fold, ..ClipRecord::of_name(name.parse().unwrap()) }
    };
    Metadata::from_records(&of.iter().enumerate().map(record).collect::<Vec<_>>()).unwrap()
}

fn faults(of: &[(&str, Option<i64>)]) -> Vec<String> {
    match Folds::new(&clips(of)) {
        Err(Error::Folds { faults, .. }) => faults,
        other => panic!("expected faults, found {other:?}"),
    }
}

#[test]
fn the_official_folds_are_five_without_a_common_actor() {
    let Some(train) = shared::train() else { return };
    let folds = Folds::new(&train).unwrap();
    assert_eq!(folds.count(), blemore_data::OFFICIAL_FOLDS);
    let sizes: Vec<usize> = (0..5).map(|fold| folds.split(fold).unwrap().validation.len()).collect();
    assert_eq!(sizes, [522, 486, 468, 472, 508]);
    for fold in 0..5 {
        let split = folds.split(fold).unwrap();
        let actors = |rows: &[usize]| {
            rows.iter().map(|row| train.clips()[*row].actor.clone()).collect::<BTreeSet<_>>()
        };
        assert!(actors(&split.train).is_disjoint(&actors(&split.validation)));
        assert_eq!(split.train.len() + split.validation.len(), train.len());
        assert!(split.train.is_sorted() && split.validation.is_sorted());
    }
    assert!(folds.notes().is_empty());
    let message = folds.split(5).unwrap_err().to_string();
    assert_eq!(message, "there is no fold 5: the folds are 0, 1, 2, 3, 4");
}

#[test]
fn test_clips_have_no_folds() {
    let Some(test) = shared::test() else { return };
    let message = Folds::new(&test).unwrap_err().to_string();
    assert!(message.contains("test_metadata.csv") && message.contains("no clip has a fold"), "{message}");
}

#[test]
fn a_leak_names_the_actor_and_the_folds() {
    let leak = faults(&[("A1", Some(0)), ("A1", Some(1)), ("A2", Some(0)), ("A2", Some(1)), ("A3", Some(1))]);
    let named = |actor: &str| format!("actor {actor} is in folds 0, 1: all clips of an actor belong in one");
    assert_eq!(leak, [named("A1"), named("A2")]);
}

#[test]
fn all_faults_come_at_once_with_their_clips() {
    let found = faults(&[("A1", Some(0)), ("A2", Some(1)), ("A3", Some(7)), ("A4", None), ("A1", Some(1))]);
    let message = found.join("\n");
    for part in ["1 clip without a fold: A4_hap_int1_ver4", "actor A1 is in folds 0, 1"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(found.len(), 2);
}

#[test]
fn a_single_fold_is_refused() {
    for fold in [0, 1, -3] {
        let one = faults(&[("A1", Some(fold)), ("A2", Some(fold))]);
        assert_eq!(one, [format!("every clip is in fold {fold}: at least two folds are needed")]);
    }
}

#[test]
fn the_numbers_of_folds_are_names() {
    let folds = Folds::new(&clips(&[("A1", Some(2024)), ("A2", Some(-1)), ("A3", Some(7)), ("A4", Some(7))]))
        .unwrap();
    assert_eq!((folds.names(), folds.count()), (&[-1, 7, 2024][..], 3));
    assert_eq!(folds.of_rows(), [2024, -1, 7, 7]);
    assert_eq!(folds.split(7).unwrap().validation, [2, 3]);
    assert!(folds.split(0).unwrap_err().to_string().contains("the folds are -1, 7, 2024"));
    assert!(folds.notes()[0].starts_with("folds -1, 7, 2024: no clip shows a blend"), "{:?}", folds.notes());
}

#[test]
fn only_folds_without_a_blend_are_noted() {
    let record =
        |name: &str, fold| ClipRecord { fold: Some(fold), ..ClipRecord::of_name(name.parse().unwrap()) };
    let records = [
        record("A1_mix_ang_sad_30_70_ver1", 1),
        record("A2_ang_int1_ver1", 2),
        record("A1_ang_int1_ver1", 1),
    ];
    let folds = Folds::new(&Metadata::from_records(&records).unwrap()).unwrap();
    assert!(folds.notes()[0].starts_with("fold 2: no clip shows a blend"), "{:?}", folds.notes());
    // Without labels nothing is known of blends.
    let unlabelled = Metadata::from_csv("filename,fold\ntest_0001,1\ntest_0002,2\n").unwrap();
    assert!(Folds::new(&unlabelled).unwrap().notes().is_empty());
}

#[test]
fn folds_of_the_real_clips_come_out_balanced() {
    let Some(train) = shared::train() else { return };
    let folds = Folds::make(&train, 5, 1).unwrap();
    let sizes: Vec<usize> = (0..5).map(|fold| folds.split(fold).unwrap().validation.len()).collect();
    let spread = sizes.iter().max().unwrap() - sizes.iter().min().unwrap();
    assert!(spread <= 54, "one actor's clips at most: {sizes:?}");
    assert_eq!(folds, Folds::make(&train, 5, 1).unwrap());
    assert_ne!(folds, Folds::make(&train, 5, 2).unwrap());
}

proptest! {
    #[test]
    fn made_folds_are_disjoint_and_never_empty(actors in 2usize..30, per_actor in 1usize..5, count in 2usize..30, seed: u64) {
        let names: Vec<String> = (0..actors).map(|actor| format!("A{actor}")).collect();
        let listed: Vec<(&str, Option<i64>)> =
            names.iter().flat_map(|name| std::iter::repeat_n((name.as_str(), None), per_actor)).collect();
        let metadata = clips(&listed);
        let made = Folds::make(&metadata, count, seed);
        if count > actors {
            prop_assert!(matches!(made, Err(Error::Mismatch(_))), "{:?}", made);
            return Ok(());
        }
        let folds = made.unwrap();
        prop_assert_eq!(folds.count(), count);
        let mut held_out = 0;
        for &fold in folds.names() {
            let split = folds.split(fold).unwrap();
            prop_assert!(!split.validation.is_empty());
            held_out += split.validation.len();
            let trained: BTreeSet<&str> = split.train.iter().map(|row| metadata.clips()[*row].actor.as_str()).collect();
            prop_assert!(split.validation.iter().all(|row| !trained.contains(metadata.clips()[*row].actor.as_str())));
        }
        prop_assert_eq!(held_out, metadata.len());
    }
}
