use blemore_features::{FeatureTable, TableQuality};
use ndarray::Array2;

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
