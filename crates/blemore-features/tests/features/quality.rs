use blemore_features::{EncoderColumns, FeatureTable, TableQuality};
use blemore_labels::ClipName;
use ndarray::{Array2, array};

/// A table in which every value is another, in some hundred rows so that several threads look at it.
fn sound(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        ((row * 31 + column * 17) % 1009) as f32 + column as f32 / 64.0
    })
}

fn quality(values: Array2<f32>) -> TableQuality {
    let clips = (0..values.nrows()).map(|row| format!("test_{row:04}").parse().unwrap());
    TableQuality::of(&FeatureTable::new(clips, values).unwrap())
}

#[test]
fn a_sound_table_has_nothing_to_say() {
    let quality = quality(sound(300, 20));
    assert!(quality.faults(None).is_empty() && quality.suspicions(None).is_empty());
    assert!(quality.suspicions(Some(&quality)).is_empty());
}

#[test]
fn constant_and_equal_columns_are_counted_and_refused_above_half() {
    let mut values = sound(300, 10);
    values.column_mut(3).fill(-2.5);
    let copied = values.column(0).to_owned();
    values.column_mut(9).assign(&copied);
    assert_eq!(
        quality(values.clone()).suspicions(None),
        ["1 of 10 columns is constant, 1 is equal to another"]
    );
    for column in 4..7 {
        values.column_mut(column).fill(0.0);
    }
    assert!(quality(values.clone()).faults(None).is_empty(), "half is not more than half");
    values.column_mut(8).assign(&copied);
    let faults = quality(values).faults(None);
    assert_eq!(faults, ["4 of 10 columns are constant, 2 are equal to another: more than half say nothing"]);
}

#[test]
fn zeros_alone_are_refused() {
    let mut values = Array2::zeros((70, 3));
    assert_eq!(quality(values.clone()).faults(None), ["every value is 0: compute the features again"]);
    values[[69, 2]] = -0.0;
    assert_eq!(quality(values.clone()).faults(None), ["every value is 0: compute the features again"]);
    values[[69, 2]] = 1e-30;
    assert_ne!(quality(values).faults(None), ["every value is 0: compute the features again"]);
}

#[test]
fn equal_clips_are_named() {
    let mut values = sound(300, 4);
    let copied = values.row(7).to_owned();
    for row in [100, 299] {
        values.row_mut(row).assign(&copied);
    }
    let faults = quality(values.clone()).faults(None);
    assert_eq!(faults, ["3 clips have the same values: test_0007, test_0100, test_0299"]);
}

#[test]
fn clips_of_several_rows_are_equal_where_all_rows_are() {
    // Two clips with the same 100 rows in another order, and a third that has one of them.
    let mut values = sound(300, 4);
    for row in 0..100 {
        let copied = values.row(row).to_owned();
        values.row_mut(199 - row).assign(&copied);
    }
    let copied = values.row(0).to_owned();
    values.row_mut(299).assign(&copied);
    let clips = (0..300).map(|row| format!("test_{:04}", row / 100).parse().unwrap());
    let table = FeatureTable::new(clips, values).unwrap();
    let faults = TableQuality::of(&table).faults(None);
    assert_eq!(faults, ["2 clips have the same values: test_0000, test_0001"]);
    let half: Vec<usize> = (0..50).chain(200..300).collect();
    assert!(TableQuality::of(table.rows(&half).unwrap()).faults(None).is_empty());
}

#[test]
fn clips_with_the_values_of_training_clips_are_named() {
    let (training, mut values) = (quality(sound(300, 4)), sound(40, 4).mapv(|value| value + 0.001));
    assert!(quality(values.clone()).faults(Some(&training)).is_empty());
    let copied = sound(300, 4).row(299).to_owned();
    values.row_mut(3).assign(&copied);
    let faults = quality(values).faults(Some(&training));
    assert_eq!(faults, ["1 clip with the values of training clips: test_0003"]);
}

#[test]
fn of_many_groups_of_equal_clips_the_first_are_shown() {
    let mut values = sound(300, 4);
    for row in 0..60 {
        let copied = values.row(row).to_owned();
        values.row_mut(row + 100).assign(&copied);
    }
    let faults = quality(values).faults(None);
    assert_eq!(faults[0], "2 clips have the same values: test_0000, test_0100");
    assert_eq!((faults.len(), faults[5].as_str()), (6, "and 55 more such groups"));
}

#[test]
fn a_test_table_far_from_training_is_suspect() {
    let training = quality(sound(300, 8));
    for (change, said) in [
        ((|value| value + 1.0) as fn(f32) -> f32, None),
        (|value| value * 8.0 - 3500.0, None),
        (|value| value + 1500.0, Some("training deviations or more away")),
        (|value| value * 1000.0, Some("training deviations or more away")),
        (|value| 504.0 + value / 1000.0, Some("deviations are 0.001 of those of training")),
    ] {
        let found = quality(sound(100, 8).mapv(change)).suspicions(Some(&training));
        match said {
            None => assert!(found.is_empty(), "{found:?}"),
            Some(said) => assert!(found.iter().any(|found| found.contains(said)), "{said} in {found:?}"),
        }
    }
}

#[test]
fn columns_of_an_encoder_without_a_clip_do_not_count() {
    let clips = ["test_0001", "test_0002", "test_0003"].map(|name| name.parse::<ClipName>().unwrap());
    let encoders = |without_video: &[usize]| {
        let missing = without_video.iter().map(|clip| clips[*clip].clone()).collect();
        [("voice", 1, Vec::new()), ("video", 3, missing)].map(|(name, width, missing)| EncoderColumns {
            name: name.to_owned(),
            width,
            missing,
        })
    };
    let quality = |values: Array2<f32>, without_video: &[usize]| {
        let table = FeatureTable::new(clips.clone(), values).unwrap();
        TableQuality::of(&table.with_encoders(encoders(without_video).to_vec()).unwrap())
    };
    let training = quality(array![[1.0, 5.0, 6.0, 9.0], [2.0, 6.0, 4.0, 7.0], [3.0, 7.0, 5.0, 8.0]], &[]);
    let zeros = array![[1.5, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0], [2.5, 0.0, 0.0, 0.0]];
    // Three of four columns are zero: with all encoders that is a fault, and the distance from training is said.
    let all_there = quality(zeros.clone(), &[]);
    assert_eq!(all_there.faults(Some(&training)).len(), 1);
    assert!(!all_there.suspicions(Some(&training)).is_empty());
    let no_video = quality(zeros, &[0, 1, 2]);
    assert!(no_video.faults(Some(&training)).is_empty());
    assert!(no_video.suspicions(Some(&training)).is_empty());
    // Also where the first row is one of those without.
    let one_without = quality(array![[1.5, 0.0, 0.0, 0.0], [2.0, 6.0, 4.0, 7.0], [2.5, 6.1, 5.0, 8.0]], &[0]);
    assert!(one_without.faults(None).is_empty() && one_without.suspicions(Some(&training)).is_empty());
}
