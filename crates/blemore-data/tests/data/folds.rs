use std::collections::BTreeSet;

use blemore_data::{ClipRecord, Error, FoldSummary, Folds, Gender, Metadata};
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
    assert!(message.contains("`blemore folds` makes folds"), "{message}");
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
    assert!(folds.notes()[1].starts_with("fold -1 is a fold like the others"), "{:?}", folds.notes());
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
fn folds_of_the_real_clips_come_out_alike() {
    let Some(train) = shared::train() else { return };
    let folds = Folds::make(&train, 5, 1).unwrap();
    for fold in FoldSummary::all(&train, &folds) {
        // The official folds have 468 to 522 clips. Three of 47 actors play no blends, so that one fold has 249 of them.
        assert!((484..=503).contains(&fold.clips), "{fold:?}");
        assert!((248..=271).contains(&fold.blends), "{fold:?}");
        assert!(fold.presence.iter().all(|class| class.clips > 0), "{fold:?}");
    }
    assert_eq!(folds, Folds::make(&train, 5, 1).unwrap());
    assert_ne!(folds, Folds::make(&train, 5, 2).unwrap());
}

/// Actors who play one emotion each: as many clips per fold say nothing of the classes.
fn one_emotion_each(actors_of: &[(&str, usize)]) -> Metadata {
    let mut records = Vec::new();
    for (emotion, actors) in actors_of {
        for actor in 0..*actors {
            let gender = if actor % 2 == 0 { Gender::Female } else { Gender::Male };
            for version in 1..=4 {
                let name = format!("{emotion}{actor}_{emotion}_int1_ver{version}");
                let record = ClipRecord::of_name(name.parse().unwrap());
                records.push(ClipRecord { gender: Some(gender.clone()), ..record });
            }
        }
    }
    Metadata::from_records(&records).unwrap()
}

#[test]
fn classes_and_genders_are_in_every_fold_alike() {
    let metadata = one_emotion_each(&[("ang", 8), ("disg", 8), ("fea", 8), ("hap", 8)]);
    for seed in 0..20 {
        let folds = Folds::make(&metadata, 4, seed).unwrap();
        for fold in FoldSummary::all(&metadata, &folds) {
            let counts: Vec<usize> =
                fold.presence.iter().map(|class| class.clips).filter(|clips| *clips > 0).collect();
            assert_eq!(counts, [8, 8, 8, 8], "seed {seed}: {fold:?}");
            assert_eq!(fold.genders.values().copied().collect::<Vec<_>>(), [4, 4], "seed {seed}: {fold:?}");
        }
    }
}

#[test]
fn every_fold_has_a_class_that_as_many_actors_show() {
    // Fear is with three actors, who all have many clips: alike in numbers of clips two of them would meet.
    let metadata = one_emotion_each(&[("fea", 3), ("hap", 5), ("sad", 4)]);
    for seed in 0..20 {
        let folds = Folds::make(&metadata, 3, seed).unwrap();
        for fold in FoldSummary::all(&metadata, &folds) {
            let shown = fold.presence.iter().filter(|class| class.clips > 0).count();
            assert_eq!(shown, 3, "seed {seed}: {fold:?}");
        }
    }
}

/// On every platform and in every version: who shares a run shares its folds.
#[test]
fn the_same_seed_gives_the_same_folds_for_ever() {
    let metadata = one_emotion_each(&[("ang", 3), ("disg", 4), ("fea", 5)]);
    let folds = Folds::make(&metadata, 3, 42).unwrap();
    let of_actors: Vec<i64> = folds.of_rows().iter().step_by(4).copied().collect();
    assert_eq!(of_actors, [0, 2, 1, 2, 1, 0, 0, 0, 2, 2, 1, 1]);
}

#[test]
fn the_column_of_folds_is_replaced_or_added_and_all_others_stay() {
    let text = "filename,fold,camera\nA1_hap_int1_ver1,7,left\nA2_sad_int1_ver1,7,right\n";
    let header = "filename,video_id,mix,emotion_1,version,intensity_level,situation,emotion_2,emotion_1_salience,\
                  emotion_2_salience";
    let full = format!(
        "{header},camera\nA1_hap_int1_ver1,A1,0,hap,1,1,,,,,left\nA2_sad_int1_ver1,A2,0,sad,1,1,,,,,right\n"
    );
    assert!(Metadata::from_csv(text).is_err(), "a column beside the names needs all of them");
    let folder = tempfile::tempdir().unwrap();
    for (text, columns) in [
        (full.clone(), format!("{header},camera,fold")),
        (
            full.replace("camera\n", "camera,fold\n")
                .replace("left\n", "left,3\n")
                .replace("right\n", "right,3\n"),
            format!("{header},camera,fold"),
        ),
        ("filename\nA1_hap_int1_ver1\nA2_sad_int1_ver1\n".to_owned(), "filename,fold".to_owned()),
        ("filename\ntest_0001\ntest_0002\n".to_owned(), "filename,fold".to_owned()),
    ] {
        let metadata = Metadata::from_csv(&text).unwrap();
        let folds = Folds::make(&metadata, 2, 42).unwrap();
        let path = folder.path().join("folds.csv");
        metadata.with_folds(&folds).unwrap().write(&path).unwrap();
        let read = Metadata::read(&path).unwrap();
        assert_eq!(read.columns().collect::<Vec<_>>().join(","), columns);
        assert_eq!(Folds::new(&read).unwrap(), folds);
        if columns.contains("camera") {
            assert_eq!(read.column("camera").unwrap()[1].as_deref(), Some("right"));
        }
    }
    let other = clips(&[("A1", None), ("A2", None), ("A3", None)]);
    let folds = Folds::make(&other, 2, 42).unwrap();
    let message = Metadata::from_csv(&full).unwrap().with_folds(&folds).unwrap_err().to_string();
    assert_eq!(message, "the folds are of 3 clips, the metadata have 2");
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
