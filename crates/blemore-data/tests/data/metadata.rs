use std::fmt::Write as _;

use blemore_data::{ClipRecord, Error, Gender, Metadata};
use blemore_labels::Label;

use crate::shared::{self, HEADER};

fn with_rows(rows: &[&str]) -> Result<Metadata, Error> {
    Metadata::from_csv(&format!("{HEADER}\n{}\n", rows.join("\n")))
}

fn problems(rows: &[&str]) -> Vec<String> {
    match with_rows(rows) {
        Err(Error::Metadata { faults, .. }) => faults.into_iter().map(|fault| fault.problem).collect(),
        other => panic!("expected faults, found {other:?}"),
    }
}

#[test]
fn the_published_lists_are_read_as_published() {
    let (Some(train), Some(test)) = (shared::train(), shared::test()) else { return };
    assert_eq!((train.len(), test.len()), (2456, 594));
    assert_eq!((train.actors().len(), test.actors().len()), (47, 11));
    assert!(train.actors().iter().all(|actor| !test.actors().contains(actor)));
    let labels: Vec<Label> = [train.labels().unwrap(), test.labels().unwrap()].concat();
    let blends = labels.iter().filter(|label| label.is_blend()).count();
    assert_eq!((labels.len() - blends, blends), (1390, 1660));
    assert!(test.clips().iter().all(|record| record.fold.is_none()));
    assert_eq!(train.columns().count(), 11);
}

#[test]
fn written_metadata_read_back_the_same() {
    let (Some(train), Some(test)) = (shared::train(), shared::test()) else { return };
    let folder = tempfile::tempdir().unwrap();
    for metadata in [train, test] {
        let path = folder.path().join("new/metadata.csv");
        metadata.write(&path).unwrap();
        assert_eq!(Metadata::read(&path).unwrap().clips(), metadata.clips());
        let published = std::fs::read_to_string(metadata.table()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), published, "the published files' own bytes");
        assert_eq!(Metadata::from_records(metadata.clips()).unwrap().clips(), metadata.clips());
    }
}

#[test]
fn columns_come_in_any_order_and_others_stay() {
    let metadata = Metadata::from_csv(
        "camera,emotion_2_salience,emotion_1_salience,emotion_2,situation,intensity_level,version,emotion_1,mix,gender,video_id, filename\r\n\
         left,70,30.0,sad,,,1,ang,1.0,F,A1,A1_mix_ang_sad_30_70_ver1.MOV\r\n\
         \"one, two\",,,,,3,2,\"hap\",False,m,A1,\"A1_hap_int3_ver2\"\r\n",
    )
    .unwrap();
    let [blend, single] = metadata.clips() else { panic!("two clips") };
    assert_eq!(blend.label, Some("ang+sad 30/70".parse().unwrap()));
    assert_eq!((blend.gender.clone(), single.gender.clone()), (Some(Gender::Female), Some(Gender::Male)));
    assert_eq!((single.intensity_level, single.version, single.fold), (Some(3), Some(2), None));
    assert_eq!(metadata.column("camera").unwrap()[1].as_deref(), Some("one, two"));
    assert_eq!(metadata.columns().last(), Some("filename"));
}

#[test]
fn a_byte_order_mark_and_blank_cells_are_no_fault() {
    let text = format!("\u{feff}{HEADER}\nA1_hap_int3_ver1 , A1,0,hap,1,3,,,100,,2\n");
    let metadata = Metadata::from_csv(&text).unwrap();
    assert_eq!(metadata.clips()[0].fold, Some(2));
}

#[test]
fn a_blend_in_the_other_order_is_the_same_blend() {
    let metadata = with_rows(&["A1_mix_ang_sad_30_70_ver1,A1,1,sad,1,,,ang,70,30,0"]).unwrap();
    assert_eq!(metadata.clips()[0].label, Some("ang+sad 30/70".parse().unwrap()));
}

#[test]
fn every_contradicting_row_is_listed() {
    let Some(path) = blemore_testing::shared("blemore/train_metadata.csv") else { return };
    let mut text = String::new();
    for (index, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
        // Every hundredth clip of anger becomes one of happiness in the columns alone.
        let line = if index % 100 == 1 { line.replacen(",ang,", ",hap,", 1) } else { line.to_owned() };
        writeln!(text, "{line}").unwrap();
    }
    let changed = text.lines().filter(|line| line.contains("_ang_int") && line.contains(",hap,")).count();
    let Err(Error::Metadata { faults, .. }) = Metadata::from_csv(&text) else { panic!("accepted") };
    assert!(changed > 0 && faults.len() >= changed);
    for fault in faults {
        let line = text.lines().nth(usize::try_from(fault.line).unwrap() - 1).unwrap();
        assert!(line.starts_with(&fault.clip), "line {} is {line}", fault.line);
    }
}

#[test]
fn name_and_columns_are_compared_in_everything_they_share() {
    let rows = [
        "A1_hap_int3_ver1,A2,0,hap,1,3,,,,,0",
        "A1_hap_int3_ver2,A1,0,sad,2,3,,,,,0",
        "A1_hap_int3_ver3,A1,0,hap,4,3,,,,,0",
        "A1_hap_int3_ver4,A1,0,hap,4,2,,,,,0",
        "A1_neu_sit3_ver5,A1,0,neu,5,,4,,,,0",
        "A1_mix_ang_sad_30_70_ver6,A1,1,ang,6,,,sad,70,30,0",
        "A1_mix_ang_sad_30_70_ver7,A1,0,ang,7,,,,,,0",
        "A1_hap_int3_ver8,A1,0,hap,8,,3,,,,0",
        "A1_hap_int3_ver9,,,,,,,,,,",
    ];
    let problems = problems(&rows);
    let subjects: Vec<&str> = problems
        .iter()
        .map(|problem| {
            problem.strip_prefix("the name says ").and_then(|rest| rest.split(' ').next()).unwrap()
        })
        .collect();
    let expected = [
        "actor",
        "label",
        "version",
        "intensity",
        "situation",
        "label",
        "label",
        "intensity",
        "situation",
        "label",
        "actor",
        "version",
        "intensity",
    ];
    assert_eq!(subjects, expected);
    let message = with_rows(&rows).unwrap_err().to_string();
    assert!(message.contains("line 7 (A1_mix_ang_sad_30_70_ver6)"), "{message}");
    assert!(
        message.contains("the name says label ang+sad 30/70, the columns say ang+sad 70/30"),
        "{message}"
    );
}

#[test]
fn wrong_cells_name_column_and_content() {
    for (row, parts) in [
        ("A1_joy_int3_ver1,A1,0,hap,1,3,,,,,0", ["line 2", "joy"]),
        (",A1,0,hap,1,3,,,,,0", ["(no name)", "filename is empty"]),
        ("A1_hap_int3_ver1,A1,0,joy,1,3,,,,,0", ["A1_hap_int3_ver1", "unknown emotion \"joy\""]),
        ("A1_hap_int3_ver1,A1,maybe,hap,1,3,,,,,0", ["mix holds \"maybe\"", "0 or 1"]),
        ("A1_hap_int3_ver1,A1,1,hap,1,3,,,,,0", ["mix holds \"1\"", "one emotion"]),
        ("A1_hap_int3_ver1,A1,,hap,1,3,,,,,0", ["mix is empty", "0 or 1"]),
        ("A1_hap_int3_ver1,A1,0,hap,1.5,3,,,,,0", ["version holds \"1.5\"", "a version from 1"]),
        ("A1_hap_int3_ver1,A1,0,hap,1,7,,,,,0", ["intensity_level holds \"7\"", "1 to 4"]),
        ("A1_hap_int3_ver1,A1,0,hap,1,3,,,,,first", ["fold holds \"first\"", "any whole number"]),
        ("A1_hap_int3_ver1,A1,0,hap,1,3,,,,,0.5", ["fold holds \"0.5\"", "any whole number"]),
        ("A1_hap_int3_ver1,A1,0,hap,1,3,,,,,1e300", ["fold holds \"1e300\"", "any whole number"]),
        ("A1_hap_int3_ver1,A1,0,hap,1,3,,,50,,0", ["emotion_1_salience holds \"50\"", "100"]),
        ("A1_hap_int3_ver1,A1,0,hap,1,3,,,,30,0", ["emotion_2_salience holds \"30\"", "nothing"]),
        ("A1_mix_ang_sad_30_70_ver1,A1,1,ang,1,,,sad,40,60,0", ["40/60", "30/70"]),
        ("A1_mix_ang_sad_30_70_ver1,A1,1,ang,1,,,sad,30,inf,0", ["30/inf", "30/70"]),
        ("A1_mix_ang_sad_30_70_ver1,A1,1,ang,1,,,sad,a third,70,0", ["emotion_1_salience", "a third"]),
        ("A1_mix_ang_sad_30_70_ver1,A1,1,ang,1,,,sad,,70,0", ["emotion_1_salience is empty", "30, 50 or 70"]),
        ("A1_mix_ang_sad_30_70_ver1,A1,1,ang,1,,,sad,30,,0", ["emotion_2_salience is empty", "30, 50 or 70"]),
        ("A1_mix_ang_sad_30_70_ver1,A1,1,,1,,,sad,30,70,0", ["emotion_1 is empty", "first emotion"]),
        ("A1_mix_ang_sad_30_70_ver1,A1,1,ang,1,,,neu,30,70,0", ["neutral", "ang"]),
    ] {
        let message = with_rows(&[row]).unwrap_err().to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{row}\n{message}");
        assert_eq!(problems(&[row]).len(), 1, "{row}\n{message}");
    }
}

#[test]
fn a_clip_that_comes_twice_names_both_lines() {
    let row = "A1_hap_int3_ver1,A1,0,hap,1,3,,,,,0";
    let with_extension = row.replacen(",A1", ".mov,A1", 1);
    assert_eq!(problems(&[row, &with_extension]), ["the clip is in line 2 already: keep one of the two"]);
}

#[test]
fn tables_that_are_none_say_so() {
    for text in ["", " \r\n", "\u{feff}", HEADER] {
        let error = Metadata::from_csv(text).unwrap_err();
        assert!(error.to_string().contains("holds no clips"), "{error}");
    }
    let missing = Metadata::from_csv("filename,label\nA1_hap_int3_ver1,hap\n").unwrap_err().to_string();
    assert!(
        missing.contains("no column video_id, mix, emotion_1") && missing.contains("filename, label"),
        "{missing}"
    );
    let repeated = Metadata::from_csv(&format!("{HEADER},fold\nA1_hap_int3_ver1,A1,0,hap,1,3,,,,,0,1\n"));
    assert!(repeated.unwrap_err().to_string().contains("has column fold more than once"));
    for header in ["filename,Fold", "filename,fold,Fold", "filename,GENDER"] {
        let error = Metadata::from_csv(&format!("{header}\nA1_hap_int3_ver1,1,1\n")).unwrap_err().to_string();
        assert!(
            error.contains("has a column Fold: write it fold") || error.contains("GENDER: write it gender"),
            "{error}"
        );
    }
}

#[test]
fn files_that_are_no_csv_are_errors_that_name_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train_metadata.csv");
    let long = format!("{HEADER}\nA1_hap_int3_ver1,A1,0,hap,1,3,,,,,0,1,2,3\n").into_bytes();
    let binary = (0..=255u8).cycle().take(10_000).collect::<Vec<_>>();
    let latin_1 = [HEADER.as_bytes(), b"\nA1_hap_int3_ver1\xe9,A1,0,hap,1,3,,,,,0\n"].concat();
    let unclosed = format!("{HEADER}\n\"A1_hap_int3_ver1,A1,0,hap,1,3,,,,,0\n").into_bytes();
    let semicolons = HEADER.replace(',', ";").into_bytes();
    for bytes in [long, binary, latin_1, unclosed, semicolons] {
        std::fs::write(&path, &bytes).unwrap();
        let message = Metadata::read(&path).unwrap_err().to_string();
        assert!(message.contains("train_metadata.csv"), "{message}");
    }
    assert!(matches!(Metadata::read(folder.path()), Err(Error::Read { .. })));
}

#[test]
fn a_file_cut_at_any_byte_is_an_error_or_fewer_clips() {
    let text = format!(
        "{HEADER}\nA1_hap_int3_ver1,A1,0,hap,1,3.0,,,,,0\n\"A1_mix_ang_sad_30_70_ver1\",A1,1,ang,1,,,sad,30.0,70.0,0\n"
    );
    for end in 0..text.len() {
        if let Ok(metadata) = Metadata::from_csv(&text[..end]) {
            assert!(metadata.len() <= 2);
        }
    }
}

#[test]
fn unlabelled_clips_may_be_labelled_by_columns() {
    let labelled = with_rows(&["test_0001.mov,A9,1,ang,1,,,sad,30,70,"]).unwrap();
    assert_eq!(labelled.labels().unwrap(), ["ang+sad 30/70".parse().unwrap()]);
    assert_eq!(labelled.clips()[0].actor, "A9");
    let unlabelled = Metadata::from_csv("filename\ntest_0001.mov\ntest_0002.mov\n").unwrap();
    let message = unlabelled.labels().unwrap_err().to_string();
    assert!(message.contains("2 clips") && message.contains("test_0001, test_0002"), "{message}");
}

#[test]
fn records_that_contradict_their_names_are_refused() {
    let record = ClipRecord::of_name("A1_hap_int3_ver1".parse().unwrap());
    assert!(Metadata::from_records(&[ClipRecord { actor: "A2".to_owned(), ..record }]).is_err());
    assert!(Metadata::from_records(&[]).unwrap_err().to_string().contains("holds no clips"));
}

#[test]
fn json_lines_are_read_like_a_csv() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train_metadata.jsonl");
    let single = r#"{"filename": "A1_hap_int3_ver1.mov", "video_id": "A1", "mix": false, "emotion_1": "hap",
        "version": 1, "intensity_level": 3.0, "situation": null, "emotion_2": null, "emotion_1_salience": null,
        "emotion_2_salience": null, "fold": 0, "camera": "left"}"#;
    let blend = r#"{"filename": "A2_mix_ang_sad_30_70_ver1", "video_id": "A2", "mix": 1, "emotion_1": "ang",
        "version": 1, "emotion_2": "sad", "emotion_1_salience": 30, "emotion_2_salience": 70, "fold": 1}"#;
    let lines = |rows: [&str; 2]| rows.map(|row| row.replace('\n', "")).join("\n\n");
    std::fs::write(&path, lines([single, blend])).unwrap();
    let metadata = Metadata::read(&path).unwrap();
    let rows = ["A1_hap_int3_ver1,A1,0,hap,1,3,,,,,0", "A2_mix_ang_sad_30_70_ver1,A2,1,ang,1,,,sad,30,70,1"];
    assert_eq!(metadata.clips(), with_rows(&rows).unwrap().clips());
    let cameras = metadata.column("camera").unwrap();
    assert_eq!((cameras[0].as_deref(), cameras[1].as_deref()), (Some("left"), None));
    assert_eq!(Metadata::read_names(&path).unwrap().columns().collect::<Vec<_>>(), ["filename"]);

    std::fs::write(&path, lines([single, &blend.replace("70", "60")])).unwrap();
    assert!(Metadata::read(&path).unwrap_err().to_string().contains("line 3 (A2_mix"));
    std::fs::write(&path, "{\n}").unwrap();
    let message = Metadata::read(&path).unwrap_err().to_string();
    assert!(
        message.contains("train_metadata.jsonl") && message.contains("line 1 is not one object"),
        "{message}"
    );
}

#[test]
fn a_column_is_found_by_name_in_its_shortest_form() {
    let rows =
        ["A1_hap_int3_ver1,A1,0,hap,1,3.0,,,,,0", "A2_mix_ang_sad_30_70_ver1,A2,1,ang,1,,,sad,30.0,70.0,1"];
    let metadata = with_rows(&rows).unwrap();
    for (column, expected) in [
        ("video_id", ["A1", "A2"]),
        ("mix", ["0", "1"]),
        ("intensity_level", ["3", "-"]),
        ("emotion_2_salience", ["-", "70"]),
        ("fold", ["0", "1"]),
    ] {
        let cells = metadata.column(column).unwrap();
        let cells: Vec<&str> = cells.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect();
        assert_eq!(cells, expected, "{column}");
    }
    let message = metadata.column("camera").unwrap_err().to_string();
    assert!(message.contains("no column camera") && message.contains("filename, video_id"), "{message}");
}

#[test]
fn people_and_clips_of_both_partitions_are_named() {
    let of = |names: [&str; 2]| Metadata::of_names(names.map(|name| name.parse().unwrap())).unwrap();
    let train = of(["A1_hap_int3_ver1", "A2_hap_int3_ver1"]);
    train.require_separate(&of(["A3_hap_int3_ver1", "A4_hap_int3_ver1"])).unwrap();
    let shared = train.require_separate(&of(["A3_hap_int3_ver1", "A2_sad_int3_ver1"]));
    assert!(shared.unwrap_err().to_string().contains("test metadata: A2;"));
    let same = train.require_separate(&of(["A3_hap_int3_ver1", "A2_hap_int3_ver1"])).unwrap_err().to_string();
    assert!(same.contains("test metadata: A2, with 1 clip in both: A2_hap_int3_ver1;"), "{same}");
    // The same clip with other people in it.
    let table = |actor: &str| Metadata::from_csv(&format!("filename,video_id\ntest_0001,{actor}\n")).unwrap();
    let message = table("P1").require_separate(&table("P2")).unwrap_err().to_string();
    assert!(message.starts_with("clips in both the training and the test metadata: test_0001;"), "{message}");
}
