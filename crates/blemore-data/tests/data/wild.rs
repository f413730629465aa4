//! Inputs as people have them: metadata.

use blemore_base::Blame;
use blemore_data::{Error, Folds, Metadata};
use blemore_testing::wild;

fn read(file: &str) -> Metadata {
    Metadata::read(wild(&format!("metadata/{file}"))).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_words_that_pandas_reads_as_empty_are_empty() {
    for word in ["NA", "NULL", "None", "hash-NA", "n-a", "pandas-NA"] {
        let metadata = read(&format!("empty-as-{word}.csv"));
        assert_eq!(metadata.len(), 30, "{word}");
        assert!(metadata.clips().iter().all(|record| record.label.is_some_and(|label| !label.is_blend())));
        let emotions = metadata.column("emotion_2").unwrap();
        assert!(emotions.iter().all(Option::is_none), "{word}: also in the column");
    }
}

#[test]
fn such_words_are_empty_in_every_column() {
    let text = "filename,gender,fold,camera\ntest_0001,#N/A,None,NULL\ntest_0002,f,1,left\n";
    let metadata = Metadata::from_csv(text).unwrap();
    assert_eq!((metadata.clips()[0].gender.clone(), metadata.clips()[0].fold), (None, None));
    assert_eq!(metadata.column("camera").unwrap()[0], None);
    let message = Metadata::from_csv("filename\nNA\n").unwrap_err().to_string();
    assert!(message.contains("line 2") && message.contains("filename is empty"), "{message}");
}

#[test]
fn utf_16_and_a_separator_line_are_read() {
    let plain = read("utf-16.csv");
    assert_eq!(plain.clips(), read("sep-line.csv").clips());
    assert_eq!(plain.len(), 30);
}

#[test]
fn the_first_bytes_tell_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.parquet");
    std::fs::copy(wild("metadata/sep-line.csv"), &path).unwrap();
    assert_eq!(Metadata::read(&path).unwrap().clips(), read("sep-line.csv").clips());
}

#[test]
#[cfg(not(feature = "polars"))]
fn without_polars_parquet_is_refused_with_a_fix() {
    let message = Metadata::read(wild("metadata/parquet-named.csv")).unwrap_err().to_string();
    assert!(message.contains("a parquet table, not text: give a CSV file"), "{message}");
}

#[test]
fn a_spreadsheet_is_refused_by_name_with_its_fix() {
    let message = Metadata::read(wild("metadata/spreadsheet.xlsx")).unwrap_err().to_string();
    for part in ["spreadsheet.xlsx", "an Excel spreadsheet (.xlsx)", "save the sheet as CSV"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("PK") && message.chars().all(|letter| !letter.is_control()), "{message}");
}

#[test]
fn folders_before_names_come_off_and_are_said_once() {
    let metadata = read("paths.csv");
    assert_eq!(metadata.clips()[0].clip.as_str(), "X200_ang_int1_ver1");
    let [note] = metadata.notes() else { panic!("{:?}", metadata.notes()) };
    assert!(note.contains("\"data/train/X200_ang_int1_ver1\" is read as X200_ang_int1_ver1"), "{note}");
    assert!(read("sep-line.csv").notes().is_empty());
}

#[test]
fn folds_keep_the_numbers_that_they_are_given() {
    let folds = Folds::new(&read("folds-from-one.csv")).unwrap();
    assert_eq!(folds.names(), [1, 2, 3, 4, 5]);
    assert!(folds.split(5).is_ok() && folds.split(0).is_err());
}

#[test]
fn a_list_of_names_needs_no_other_column() {
    let path = wild("predictions/names-only.csv");
    let names = Metadata::read_names(&path).unwrap();
    assert_eq!(names.clips(), Metadata::read(&path).unwrap().clips());
    assert_eq!((names.len(), names.clips()[0].actor.as_str()), (12, "X101"));

    // Whatever other columns there are.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clips.csv");
    std::fs::write(&path, "part,filename,emotion_1\na,data/A1_ang_int1_ver1,joy\nb,A1_ang_int1_ver1,\n")
        .unwrap();
    let message = Metadata::read_names(&path).unwrap_err().to_string();
    assert!(message.contains("line 3") && message.contains("line 2 already"), "{message}");
    std::fs::write(&path, "part,filename,emotion_1\na,data/A1_ang_int1_ver1,joy\nb,A1_ang_int2_ver1,\n")
        .unwrap();
    let names = Metadata::read_names(&path).unwrap();
    assert_eq!((names.len(), names.notes().len()), (2, 1));
    assert!(Metadata::read(&path).unwrap_err().to_string().contains("has no column"));
}

#[test]
fn no_message_shows_control_characters() {
    let cells = ["\u{7}", "joy\u{1b}[31m", "\u{0c}x"];
    for cell in cells {
        for row in [format!("{cell},0"), format!("A1_ang_int1_ver1{cell},0"), format!("test_0001,{cell}")] {
            let message = Metadata::from_csv(&format!("filename,fold\n{row}\n")).unwrap_err().to_string();
            assert!(message.chars().all(|letter| letter == '\n' || !letter.is_control()), "{message:?}");
        }
    }
}

#[test]
fn an_error_knows_whether_the_input_is_at_fault() {
    use std::io::{Error as IoError, ErrorKind};
    let read = |kind| Error::Read { path: "x".into(), source: IoError::from(kind) }.is_bad_input();
    assert!(read(ErrorKind::NotFound) && !read(ErrorKind::PermissionDenied));
    assert!(!Error::Write { path: "x".into(), source: IoError::from(ErrorKind::NotFound) }.is_bad_input());
}
