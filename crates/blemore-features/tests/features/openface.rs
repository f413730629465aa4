//! OpenFace's CSV files.

use std::fs;

use approx::assert_abs_diff_eq;
use blemore_features::openface::{
    self, FEATURES, OpenFaceError, Quality, Recording, SeveralFaces, Treatment, Version,
};
use blemore_features::{ClipProblem, Error, FeatureMatrix};
use blemore_testing::wild;
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

fn parse(text: &str) -> Result<Recording, OpenFaceError> {
    openface::parse(text.as_bytes(), SeveralFaces::Keep)
}

fn first_column(text: &str) -> (Vec<f32>, Quality) {
    let recording = parse(text).unwrap();
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
    let recording = parse(&csv_2(&[(1, 0.9, 0.5), (1, 0.9, 1.5)])).unwrap();
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
        let recording = parse(text).unwrap();
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
    let recording = parse(text).unwrap();
    let expected = array![[0.5, 1.0, 0.1, -0.1, 3.0], [1.0, 2.0, 0.2, -0.2, 3.0], [1.5, 3.0, 0.3, -0.3, 3.0]];
    for (found, expected) in recording.matrix.frames().iter().zip(&expected) {
        assert_abs_diff_eq!(*found, *expected, epsilon = 1e-6);
    }
    let quality = recording.quality;
    assert_eq!(
        (quality.version, quality.success_share, quality.confidence_share),
        (Version::Three, 0.5, None)
    );
    assert_eq!(quality.treatment, Treatment::Interpolated { frames: 1, dropped: 1 });

    let nothing = "action_units,gaze_yaw,gaze_pitch,emotion_index\n\"[nan, nan]\",nan,nan,nan\n";
    let recording = parse(nothing).unwrap();
    assert_eq!(recording.matrix.frames(), array![[0.0, 0.0, 0.0, 0.0, 0.0]]);
    assert_eq!(recording.quality.treatment, Treatment::Zeros);
}

#[test]
fn wrong_columns_and_cells_are_all_named() {
    let missing = csv_2(&[(1, 1.0, 0.0)]).replace("AU07_r", "AU07").replace("gaze_0_x", "gaze");
    let Err(OpenFaceError::MissingColumns { missing }) = parse(&missing) else { panic!() };
    assert_eq!(missing, ["AU07_r", "gaze_0_x"]);
    let wrong = csv_2(&[(1, 0.98, 0.5), (1, 0.98, 1.5)]).replace("0.5,", "half,").replace("1.5,", "?,");
    let message = parse(&wrong).unwrap_err().to_string();
    assert!(message.contains("line 2, column AU01_r: \"half\"") && message.contains("line 3"), "{message}");
    let text =
        "action_units,gaze_yaw,gaze_pitch,emotion_index\n\"[1, 2]\",0,0,0\n\"[1]\",0,0,0\n\"{1}\",0,0,x\n";
    let Err(OpenFaceError::Cells { faults }) = parse(text) else { panic!() };
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
    let Err(Error::Folder { faults, .. }) =
        openface::convert_folder(folder.path(), &output, SeveralFaces::Keep, &|_| ())
    else {
        panic!()
    };
    assert_eq!(faults.len(), 2);
    assert!(faults.iter().all(|fault| matches!(fault.problem, ClipProblem::OpenFace(_))));
    assert_eq!(fs::read_dir(&output).unwrap().count(), 0);

    fs::write(folder.path().join("test_0004.csv"), "").unwrap();
    fs::write(folder.path().join("test_0005.csv"), csv_2(&[(1, 0.9, 0.0)])).unwrap();
    let conversion = openface::convert_folder(folder.path(), &output, SeveralFaces::Keep, &|_| ()).unwrap();
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

/// What a file of the folder of inputs as people have them gives.
fn wild_recording(folder: &str, several: SeveralFaces) -> Result<Recording, OpenFaceError> {
    let bytes = fs::read(wild(folder).join("X102_ang_int1_ver1.csv")).unwrap();
    openface::parse(&bytes, several)
}

fn kept(folder: &str) -> Recording {
    wild_recording(folder, SeveralFaces::Keep).unwrap()
}

#[test]
fn one_of_several_faces_is_kept_and_named() {
    let recording = kept("openface/two-faces");
    assert_eq!(recording.matrix.frames(), ndarray::Array2::<f32>::ones((20, 31)));
    assert_eq!((recording.quality.frames, recording.quality.is_good()), (20, true));
    assert_eq!(
        recording.notes,
        ["frames 5-14 show faces 0 and 1; kept is the most confident face of each frame: face 0 in 20 \
             frames"]
    );
    let recording = kept("openface3/two-faces");
    assert_eq!((recording.matrix.len(), recording.matrix.width()), (5, 11));
    assert!(recording.matrix.frames().column(8).iter().all(|yaw| *yaw == 0.1));
    assert_eq!(
        recording.notes,
        ["frames 0-4 show faces 0 and 1; kept is the face seen in most frames: face 0 in 5 frames"]
    );
    for folder in ["openface/two-faces", "openface3/two-faces"] {
        let error = wild_recording(folder, SeveralFaces::Refuse).unwrap_err();
        assert!(error.to_string().contains("show faces 0 and 1: crop the video"), "{error}");
    }
}

/// Rows of frame, face, confidence and value.
fn faces_csv(rows: &[(u32, u32, f32, f32)]) -> String {
    let header = format!("frame, face_id, timestamp, confidence, success, {}\n", FEATURES.join(", "));
    let row = |(frame, face, confidence, value): &(u32, u32, f32, f32)| {
        let values = vec![value.to_string(); 31].join(", ");
        format!("{frame}, {face}, 0.0, {confidence}, 1, {values}\n")
    };
    header + &rows.iter().map(row).collect::<String>()
}

#[test]
fn each_frame_has_its_most_confident_face() {
    // Tracking of the actor is lost after frame 2 and found again as face 2; face 1 is a poster.
    let rows = [
        (1, 0, 0.98, 1.0),
        (1, 1, 0.90, 7.0),
        (2, 0, 0.98, 2.0),
        (2, 1, 0.90, 7.0),
        (3, 1, 0.90, 7.0),
        (3, 2, 0.95, 3.0),
        (4, 2, 0.95, 4.0),
        (4, 1, 0.95, 7.0),
    ];
    let recording = parse(&faces_csv(&rows)).unwrap();
    // Frame 4 is a tie: the poster is in most frames.
    assert_eq!(recording.matrix.frames().column(0).to_vec(), [1.0, 2.0, 3.0, 7.0]);
    assert_eq!(
        recording.notes,
        [
            "frames 1-4 show faces 0, 1 and 2; kept is the most confident face of each frame: face 0 in 2 frames, \
          face 1 in 1 frame, face 2 in 1 frame"
        ]
    );
    // Equal in everything: the smaller number. Another number alone is no second face.
    let (column, _) = first_column(&faces_csv(&[(1, 3, 0.9, 3.0), (1, 2, 0.9, 2.0)]));
    assert_eq!(column, [2.0]);
    let recording = parse(&faces_csv(&[(1, 0, 0.9, 1.0), (2, 5, 0.9, 2.0)])).unwrap();
    assert_eq!((recording.matrix.len(), recording.notes.len()), (2, 0));
}

#[test]
fn faces_without_frame_numbers_are_told_apart_by_time() {
    let text = "timestamp,face_id,action_units,gaze_yaw,gaze_pitch,emotion_index\n\
                0.0,0,[1],1,1,1\n0.0,1,[2],2,2,2\n0.04,0,[3],3,3,3\n";
    let recording = parse(text).unwrap();
    assert_eq!(recording.matrix.frames().column(0).to_vec(), [1.0, 3.0]);
    assert_eq!(recording.notes.len(), 1);
    let missing = text.replace("timestamp", "time");
    let Err(OpenFaceError::MissingColumns { missing }) = parse(&missing) else { panic!() };
    assert_eq!(missing, ["frame"]);
}

#[test]
fn a_frame_with_two_rows_of_one_face_is_refused() {
    let rows = [(1, 0, 0.9, 1.0), (2, 0, 0.9, 2.0), (1, 0, 0.8, 3.0)];
    let error = parse(&faces_csv(&rows)).unwrap_err().to_string();
    assert!(error.contains("lines 2 and 4 are both of frame 1"), "{error}");
    let twice = faces_csv(&rows[..1]).replace("AU02_r", "AU01_r");
    let error = parse(&twice).unwrap_err().to_string();
    assert!(error.contains("column AU01_r is there twice"), "{error}");
}

#[test]
fn lost_frames_are_reported_and_the_others_put_together() {
    let recording = kept("openface/lost-frames");
    let column = recording.matrix.frames().column(0).to_vec();
    assert_eq!(column, [1.0, 2.0, 3.0, 4.0, 5.0, 16.0, 17.0, 18.0, 19.0, 20.0]);
    assert_eq!(recording.notes, ["frames 6-15 are not in the file; the others are put together"]);
    let numbered = |numbers: &[u32]| {
        let rows: Vec<_> = numbers.iter().map(|number| (*number, 0, 0.9, 1.0)).collect();
        parse(&faces_csv(&rows)).unwrap().notes
    };
    assert!(numbered(&[0, 5, 10, 15]).is_empty(), "every fifth frame is no gap");
    assert!(numbered(&[0, 1, 2]).is_empty() && numbered(&[1, 2]).is_empty());
    assert_eq!(numbered(&[3, 4, 6]), ["frames 1-2, 5 are not in the file; the others are put together"]);
}

#[test]
fn shuffled_rows_are_sorted_and_reported() {
    let recording = kept("openface/shuffled");
    assert_eq!(recording.matrix.frames().column(0).to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(recording.notes, ["the rows are not in the order of their frames; they are sorted"]);
}

#[test]
fn every_word_for_nan_is_nan() {
    for folder in ["openface/windows-nan", "openface/windows-qnan", "openface/na"] {
        let recording = kept(folder);
        assert_eq!(
            recording.quality.treatment,
            Treatment::Interpolated { frames: 1, dropped: 0 },
            "{folder}"
        );
        assert_eq!(recording.matrix.frames(), ndarray::Array2::<f32>::ones((20, 31)), "{folder}");
        assert!(recording.notes.is_empty() && recording.quality.is_good());
    }
}

#[test]
fn frames_with_values_that_are_no_numbers_count_as_failed() {
    let mut frames = mostly_good(20, &[]);
    frames[3].2 = f32::NAN;
    let recording = parse(&csv_2(&frames)).unwrap();
    assert_eq!(recording.matrix.frames().column(0)[3], 3.0);
    assert_eq!(recording.quality.success_share, 0.95);
    assert_eq!(
        recording.notes,
        ["frames 4 have success 1 and values that are no numbers; they count as failed"]
    );
    // Too many failed: the clip stays as it is, and that is said.
    let bad: Vec<_> = (0..10).map(|frame| (frame, 0, 0.1)).collect();
    let mut frames = mostly_good(20, &bad);
    frames[3].2 = f32::INFINITY;
    let recording = parse(&csv_2(&frames)).unwrap();
    assert_eq!(recording.quality.treatment, Treatment::Kept);
    assert_eq!(recording.notes.len(), 1);
    assert!(recording.notes[0].contains("frames 4 hold values that are no numbers"));
    let nothing: Vec<Frame> = vec![(0, 0.0, f32::NAN); 5];
    let recording = parse(&csv_2(&nothing)).unwrap();
    assert_eq!(recording.quality.treatment, Treatment::Zeros);
    assert_eq!(recording.matrix.frames(), ndarray::Array2::<f32>::zeros((1, 31)));
}

#[test]
fn every_way_to_write_the_table_is_read() {
    for folder in ["decimal-comma-quoted", "decimal-comma-semicolon", "tabs", "utf-16"] {
        let recording = kept(&format!("openface/{folder}"));
        let frames = recording.matrix.frames();
        assert!(frames.iter().all(|value| *value == 1.25) && recording.quality.is_good(), "{folder}");
        assert_eq!((frames.dim(), recording.notes.len()), ((4, 31), 0), "{folder}");
    }
    let error = wild_recording("openface/decimal-comma-unquoted", SeveralFaces::Keep).unwrap_err();
    assert!(error.to_string().contains("line 2 has 69 cells, the header 36"), "{error}");
    assert!(error.to_string().contains("run OpenFace with LC_ALL=C"), "{error}");
    // A separator behind each row does no harm; a row that is cut short does.
    let text = csv_2(&mostly_good(3, &[]));
    let header = text.lines().next().unwrap();
    let rows = text.lines().skip(1).collect::<Vec<_>>().join(",\n");
    assert_eq!(parse(&format!("{header}\n\n{rows},\n")).unwrap().matrix.len(), 3);
    let error = parse(&text[..text.len() - 50]).unwrap_err().to_string();
    assert!(error.contains("line 4 has") && error.contains("cut short"), "{error}");
}

#[test]
fn other_files_are_named_without_their_bytes() {
    for (bytes, what) in [(&b"PK\x03\x04xl/workbook"[..], "Excel"), (b"\x93NUMPY\x01", "numpy array")] {
        let error = openface::parse(bytes, SeveralFaces::Keep).unwrap_err().to_string();
        assert!(error.contains(what) && !error.contains(char::is_control), "{error}");
    }
    let wrong = csv_2(&[(1, 0.98, 0.5)]).replace("0.5,", "\u{7}\u{1b}[31m,");
    let error = parse(&wrong).unwrap_err().to_string();
    assert!(error.contains("line 2, column AU01_r") && !error.contains(char::is_control), "{error}");
    let large = csv_2(&[(1, 0.98, 0.5)]).replace("0.5,", "1e39,");
    assert!(parse(&large).unwrap_err().to_string().contains("fits f32"));
}

#[test]
fn lists_are_read_as_numpy_and_torch_print_them() {
    for folder in ["openface3/numpy-scalars", "openface3/tensor", "openface3/nested-list"] {
        let recording = kept(folder);
        let expected = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.1, 0.1, 3.0];
        assert_eq!(recording.matrix.len(), 5, "{folder}");
        assert!(recording.matrix.frames().rows().into_iter().all(|row| row.to_vec() == expected), "{folder}");
    }
    let text = "action_units,gaze_yaw,gaze_pitch,emotion_index\n\
                \"tensor([[0.5, 1.0]], device='cuda:0')\",tensor(0.1),np.float32(0.2),[3]\n";
    assert_eq!(parse(text).unwrap().matrix.frames(), array![[0.5, 1.0, 0.1, 0.2, 3.0]]);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = openface::parse(&bytes, SeveralFaces::Keep);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,300}", place in 0_usize..700, cut in 0_usize..700) {
        let _ = parse(&text);
        let mut csv: String = csv_2(&mostly_good(3, &[(1, 0, 0.1)])).chars().take(cut).collect();
        if let Some((place, _)) = csv.char_indices().nth(place) {
            csv.insert_str(place, &text);
        }
        let _ = parse(&csv);
    }
}

/// A frame of OpenFace 3 with this list of action units and this yaw of the gaze.
fn printed(units: &str, yaw: &str) -> Result<Vec<f32>, OpenFaceError> {
    let (units, yaw) = (units.replace('"', "\"\""), yaw.replace('"', "\"\""));
    let text = format!("action_units,gaze_yaw,gaze_pitch,emotion_index\n\"{units}\",\"{yaw}\",0.25,3\n");
    parse(&text).map(|recording| recording.matrix.frames().row(0).to_vec())
}

#[test]
fn lists_and_numbers_as_python_numpy_and_torch_print_them() {
    for units in [
        "[0.5, 1.0]",
        "[0.5,1.0,]",
        "[[0.5, 1.0]]",
        "(0.5, 1.0)",
        "[0.5 1. ]",
        "[np.float32(0.5), np.float32(1.0)]",
        "[tensor(0.5), tensor(1.)]",
        "tensor([[0.5000, 1.0000]])",
        "tensor([0.5, 1.0], device='cuda:0', dtype=torch.float64)",
        "tensor([[0.5, 1.0]], grad_fn=<SqueezeBackward0>)",
        "array([0.5, 1. ], dtype=float32)",
        "np.array([[0.5,\n 1.0]])",
        "tensor([0.5, 1.0], size=(1, 2))",
    ] {
        assert_eq!(printed(units, "0.75"), Ok(vec![0.5, 1.0, 0.75, 0.25, 3.0]), "{units}");
    }
    for yaw in ["0.75", "tensor(0.75)", "np.float64(0.75)", "tensor(0.75, device='cuda:0')", "[0.75]"] {
        assert_eq!(printed("[0.5]", yaw), Ok(vec![0.5, 0.75, 0.25, 3.0]), "{yaw}");
    }
    // Missing numbers: the frame has no face, and a clip of such frames is one of zeros.
    for units in ["[nan, -nan(ind)]", "[np.float32(nan), None]", "[1.#QNAN, NA]"] {
        assert_eq!(printed(units, "0.75"), Ok(vec![0.0; 5]), "{units}");
    }
    assert_eq!(printed("[]", "0.75"), Ok(vec![0.75, 0.25, 3.0]));
}

#[test]
fn what_holds_no_row_of_numbers_is_refused() {
    for units in [
        "[",
        "[1, 2",
        "[1,, 2]",
        "[1] 2",
        "[[1, 2], [3, 4]]",
        "[1, [2]]",
        "[0.1, ..., 0.2]",
        "{1}",
        "open(1)",
        "tensor(1, 2)",
        "x",
        "dtype=",
        &"[".repeat(100_000),
    ] {
        assert!(matches!(printed(units, "0.75"), Err(OpenFaceError::Cells { .. })), "{units}");
    }
}

proptest! {
    #[test]
    fn any_printed_list_is_survived(text in "[\\[\\](),=. 0-9a-zé]{0,60}") {
        let _ = printed(&text, &text);
    }
}
