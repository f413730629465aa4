//! OpenFace's CSV files.

use std::fs;

use blemore_features::openface::{self, FEATURES, OpenFaceError, Quality, Treatment, Version};
use blemore_features::{ClipProblem, Error, FeatureMatrix};
use ndarray::array;
use proptest::prelude::*;

/// A frame of OpenFace 2.0: success, confidence and the value of every feature.
type Frame = (u8, f32, f32);

fn csv_2(frames: &[Frame]) -> String {
    let header = format!("frame, face_id, timestamp, confidence, success, {}, AU45_c\n", FEATURES.join(", "));
    let row = |(index, (success, confidence, value)): (usize, &Frame)| {
        let values: Vec<String> = (0..31).map(|place| (value + place as f32).to_string()).collect();
        format!("{}, 0, 0.04, {confidence}, {success}, {}, 1\n", index + 1, values.join(", "))
    };
    header + &frames.iter().enumerate().map(row).collect::<String>()
}

fn first_column(text: &str) -> (Vec<f32>, Quality) {
    let recording = openface::parse(text).unwrap();
    (recording.matrix.frames().column(0).to_vec(), recording.quality)
}

/// Frames that are all good but for these.
fn mostly_good(count: usize, bad: &[(usize, u8, f32)]) -> Vec<Frame> {
    let mut frames: Vec<Frame> = (0..count).map(|frame| (1, 0.98, frame as f32)).collect();
    for (frame, success, confidence) in bad {
        frames[*frame] = (*success, *confidence, 1000.0);
    }
    frames
}

#[test]
fn features_are_taken_by_name_in_their_order() {
    let recording = openface::parse(&csv_2(&[(1, 0.9, 0.5), (1, 0.9, 1.5)])).unwrap();
    assert_eq!((recording.matrix.len(), recording.matrix.width()), (2, 31));
    assert!(
        recording
            .matrix
            .frames()
            .row(0)
            .iter()
            .enumerate()
            .all(|(place, value)| *value == 0.5 + place as f32)
    );
    assert!(recording.quality.is_good());
    assert_eq!(recording.quality.treatment, Treatment::Kept);
}

#[test]
fn a_few_bad_frames_are_interpolated() {
    // The first frame failed, one in the middle is not confident, the last failed.
    let bad = [(0, 0, 0.98), (10, 1, 0.2), (11, 0, 0.1), (39, 0, 0.0)];
    let (column, quality) = first_column(&csv_2(&mostly_good(40, &bad)));
    let expected: Vec<f32> = (1..39).map(|frame| frame as f32).chain([38.0]).collect();
    assert_eq!(column, expected);
    assert_eq!(quality.treatment, Treatment::Interpolated { frames: 3, dropped: 1 });
    assert_eq!((quality.success_share, quality.confidence_share), (37.0 / 40.0, Some(37.0 / 40.0)));
    assert!(quality.is_good());
    assert_eq!(
        quality.to_string(),
        "40 frames, 92.5 % tracked, 92.5 % with a confidence of 0.85; 3 interpolated, the first 1 left out"
    );
}

#[test]
fn one_usable_share_is_enough_to_interpolate_by_both() {
    // All tracked; 90 % confident: the share that is 1 says nothing against interpolating.
    let (column, quality) = first_column(&csv_2(&mostly_good(10, &[(5, 1, 0.1)])));
    assert_eq!(column[5], 5.0);
    assert!(quality.is_good());
    // 90 % tracked, half confident: interpolated, and reported.
    let mut bad = vec![(9, 0, 0.98)];
    bad.extend((0..5).map(|frame| (frame, 1, 0.5)));
    let (column, quality) = first_column(&csv_2(&mostly_good(10, &bad)));
    assert_eq!(column, [5.0, 6.0, 7.0, 8.0, 8.0]);
    assert!(!quality.is_good());
}

#[test]
fn many_bad_frames_stay_as_they_are_and_are_reported() {
    let bad: Vec<_> = (0..5).map(|frame| (frame, 0, 0.1)).collect();
    let (column, quality) = first_column(&csv_2(&mostly_good(10, &bad)));
    assert_eq!(column[..6], [1000.0, 1000.0, 1000.0, 1000.0, 1000.0, 5.0]);
    assert_eq!((quality.treatment, quality.is_good()), (Treatment::Kept, false));
    assert!(quality.to_string().contains("kept as they are"));
    // At the limit itself, 0.85 is enough.
    let bad: Vec<_> = (0..3).map(|frame| (frame, 0, 0.98)).collect();
    let (column, quality) = first_column(&csv_2(&mostly_good(20, &bad)));
    assert_eq!((column.len(), quality.success_share), (17, 0.85));
}

#[test]
fn shares_that_no_frame_passes_together_change_nothing() {
    // 9 of 10 tracked, the one that failed is the only confident one.
    let frames: Vec<Frame> =
        (0..10).map(|frame| if frame == 0 { (0, 0.98, 1.0) } else { (1, 0.1, 2.0) }).collect();
    let (column, quality) = first_column(&csv_2(&frames));
    assert_eq!((column.len(), quality.treatment, quality.is_good()), (10, Treatment::Kept, false));
}

#[test]
fn empty_files_are_one_frame_of_zeros_and_are_reported() {
    for text in ["", "\n", &csv_2(&[])] {
        let recording = openface::parse(text).unwrap();
        assert_eq!(recording.matrix.frames(), ndarray::Array2::<f32>::zeros((1, 31)));
        assert_eq!((recording.quality.frames, recording.quality.is_good()), (0, false));
    }
}

#[test]
fn openface_3_gives_action_units_gaze_and_emotion() {
    let text = "timestamp,action_units,gaze_yaw,gaze_pitch,emotion_index\n\
                0.0,\"[nan, nan]\",nan,nan,nan\n\
                0.1,\"[0.5, 1.0]\",0.1,-0.1,3\n\
                0.2,nan,,,\n\
                0.3,\"[1.5, 3.0]\",0.3,-0.3,3\n";
    let recording = openface::parse(text).unwrap();
    let expected = array![[0.5, 1.0, 0.1, -0.1, 3.0], [1.0, 2.0, 0.2, -0.2, 3.0], [1.5, 3.0, 0.3, -0.3, 3.0]];
    assert!((&recording.matrix.frames() - &expected).iter().all(|difference| difference.abs() < 1e-6));
    let quality = recording.quality;
    assert_eq!(
        (quality.version, quality.success_share, quality.confidence_share),
        (Version::Three, 0.5, None)
    );
    assert_eq!(quality.treatment, Treatment::Interpolated { frames: 1, dropped: 1 });

    let nothing = "action_units,gaze_yaw,gaze_pitch,emotion_index\n\"[nan, nan]\",nan,nan,nan\n";
    let recording = openface::parse(nothing).unwrap();
    assert_eq!(recording.matrix.frames(), array![[0.0, 0.0, 0.0, 0.0, 0.0]]);
    assert_eq!(recording.quality.treatment, Treatment::Zeros);
}

#[test]
fn wrong_columns_and_cells_are_all_named() {
    let missing = csv_2(&[(1, 1.0, 0.0)]).replace("AU07_r", "AU07").replace("gaze_0_x", "gaze");
    let Err(OpenFaceError::MissingColumns { missing }) = openface::parse(&missing) else { panic!() };
    assert_eq!(missing, ["AU07_r", "gaze_0_x"]);
    let wrong = csv_2(&[(1, 0.98, 0.5), (1, 0.98, 1.5)]).replace("0.5,", "half,").replace("1.5,", "?,");
    let message = openface::parse(&wrong).unwrap_err().to_string();
    assert!(message.contains("line 2, column AU01_r: \"half\"") && message.contains("line 3"), "{message}");
    let text =
        "action_units,gaze_yaw,gaze_pitch,emotion_index\n\"[1, 2]\",0,0,0\n\"[1]\",0,0,0\n\"{1}\",0,0,x\n";
    let Err(OpenFaceError::Cells { faults }) = openface::parse(text) else { panic!() };
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [3, 4, 4]);
}

#[test]
fn a_folder_becomes_arrays_or_nothing() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let output = out.path().join("arrays");
    for number in 0..40 {
        let text = csv_2(&mostly_good(8 + number, &[]));
        fs::write(folder.path().join(format!("test_{number:04}.csv")), text).unwrap();
    }
    fs::write(folder.path().join("test_0001_of_details.txt"), "").unwrap();
    fs::write(folder.path().join("test_0004.csv"), "a,b\n1,2\n").unwrap();
    fs::write(folder.path().join("test_0005.csv"), csv_2(&[(1, 0.9, 0.0)]).replace("0.9,", "x,")).unwrap();
    let Err(Error::Folder { faults, .. }) = openface::convert_folder(folder.path(), &output, &|_| ()) else {
        panic!()
    };
    assert_eq!(faults.len(), 2);
    assert!(faults.iter().all(|fault| matches!(fault.problem, ClipProblem::OpenFace(_))));
    assert_eq!(fs::read_dir(&output).unwrap().count(), 0);

    fs::write(folder.path().join("test_0004.csv"), "").unwrap();
    fs::write(folder.path().join("test_0005.csv"), csv_2(&[(1, 0.9, 0.0)])).unwrap();
    let conversion = openface::convert_folder(folder.path(), &output, &|_| ()).unwrap();
    assert_eq!((conversion.clips.len(), conversion.ignored.len()), (40, 1));
    assert!(conversion.clips.is_sorted_by_key(|clip| clip.clip.clone()));
    let poor: Vec<_> = conversion
        .clips
        .iter()
        .filter(|clip| !clip.quality.is_good())
        .map(|clip| clip.clip.as_str())
        .collect();
    assert_eq!(poor, ["test_0004"]);
    assert_eq!(fs::read_dir(&output).unwrap().count(), 40);
    assert_eq!(FeatureMatrix::read(&conversion.clips[7].path).unwrap().len(), 15);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,300}", place in 0_usize..700, cut in 0_usize..700) {
        let _ = openface::parse(&text);
        let mut csv: String = csv_2(&mostly_good(3, &[(1, 0, 0.1)])).chars().take(cut).collect();
        if let Some((place, _)) = csv.char_indices().nth(place) {
            csv.insert_str(place, &text);
        }
        let _ = openface::parse(&csv);
    }
}
