//! Standardisation within each actor.

use blemore_features::{FeatureTable, standardize_within_actors};
use ndarray::array;

use crate::arrays::{clip, clips, mismatch, values};

#[test]
fn each_actor_has_a_mean_of_zero_and_a_deviation_of_one() {
    let names =
        ["A1_ang_int1_ver1", "A2_ang_int1_ver1", "A1_ang_int2_ver1", "A2_hap_int1_ver1", "A3_neu_sit1_ver1"];
    let features = array![[1.0, 5.0], [10.0, 2.0], [3.0, 5.0], [30.0, 4.0], [7.0, 7.0]];
    let table = FeatureTable::new(names.map(clip), features).unwrap();
    let expected = array![[-1.0, 0.0], [-1.0, -1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
    assert_eq!(standardize_within_actors(&table).unwrap(), expected);
}

#[test]
fn clips_without_an_actor_are_listed() {
    let table = FeatureTable::new(clips(3), values(3, 2)).unwrap();
    mismatch(standardize_within_actors(&table), "3 clips without");
}
