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
    assert!(quality.faults().is_empty() && quality.suspicions().is_empty());
    assert!(quality.suspicions_beside(&quality).is_empty());
}

#[test]
fn constant_and_equal_columns_are_counted_and_refused_above_half() {
    let mut values = sound(300, 10);
    values.column_mut(3).fill(-2.5);
    let copied = values.column(0).to_owned();
    values.column_mut(9).assign(&copied);
    assert_eq!(quality(values.clone()).suspicions(), ["1 of 10 columns is constant, 1 is equal to another"]);
    for column in 4..7 {
        values.column_mut(column).fill(0.0);
    }
    assert!(quality(values.clone()).faults().is_empty(), "half is not more than half");
    values.column_mut(8).assign(&copied);
    let faults = quality(values).faults();
    assert_eq!(faults, ["4 of 10 columns are constant, 2 are equal to another: more than half say nothing"]);
}

#[test]
fn zeros_alone_are_refused() {
    let mut values = Array2::zeros((70, 3));
    assert_eq!(quality(values.clone()).faults(), ["every value is 0: compute the features again"]);
    values[[69, 2]] = -0.0;
    assert_eq!(quality(values.clone()).faults(), ["every value is 0: compute the features again"]);
    values[[69, 2]] = 1e-30;
    assert_ne!(quality(values).faults(), ["every value is 0: compute the features again"]);
}

#[test]
fn equal_clips_are_named_and_equal_rows_of_one_clip_are_not() {
    let mut values = sound(300, 4);
    let copied = values.row(7).to_owned();
    for row in [100, 299] {
        values.row_mut(row).assign(&copied);
    }
    let faults = quality(values.clone()).faults();
    assert_eq!(faults, ["3 clips have the same values: test_0007, test_0100, test_0299"]);
    let one_clip = (0..300).map(|row| format!("test_{:04}", row % 93 % 7).parse().unwrap());
    let of_one = FeatureTable::new(one_clip, values).unwrap();
    // Rows 7, 100 and 193 are of the clip test_0000; 299 is of test_0006.
    assert_eq!(TableQuality::of(&of_one).faults(), ["2 clips have the same values: test_0000, test_0006"]);
    assert!(
        TableQuality::of(of_one.rows(&[7, 100]).unwrap())
            .faults()
            .iter()
            .all(|fault| !fault.contains("clips have"))
    );
}

#[test]
fn of_many_groups_of_equal_clips_the_first_are_shown() {
    let mut values = sound(300, 4);
    for row in 0..60 {
        let copied = values.row(row).to_owned();
        values.row_mut(row + 100).assign(&copied);
    }
    let faults = quality(values).faults();
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
        let found = quality(sound(100, 8).mapv(change)).suspicions_beside(&training);
        match said {
            None => assert!(found.is_empty(), "{found:?}"),
            Some(said) => assert!(found.iter().any(|found| found.contains(said)), "{said} in {found:?}"),
        }
    }
}
