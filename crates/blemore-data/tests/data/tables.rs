//! Metadata files as people's programs leave them.

use blemore_data::{ClipRecord, Error, Gender, Metadata};
use blemore_labels::{Blend, ClipName, Emotion, Label};
use proptest::prelude::*;

use crate::shared::HEADER;

const FIRST: &str = "A1_hap_int3_ver1,A1,0,hap,1,3.0,,,,,0.0";
const SECOND: &str = "A2_mix_ang_sad_30_70_ver1,A2,1,ang,1,,,sad,30.0,70.0,1.0";

fn plain() -> Vec<ClipRecord> {
    Metadata::from_csv(&format!("{HEADER}\n{FIRST}\n{SECOND}\n")).unwrap().clips().to_vec()
}

fn lines_and_problems(text: &str) -> Vec<(u64, String)> {
    match Metadata::from_csv(text) {
        Err(Error::Metadata { faults, .. }) => {
            faults.into_iter().map(|fault| (fault.line, fault.problem)).collect()
        }
        other => panic!("expected faults, found {other:?}"),
    }
}

#[test]
fn the_same_clips_in_every_spelling_of_the_file() {
    let quoted = |line: &str| line.split(',').map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",");
    let padded = |line: &str| line.replace(',', " ,\u{a0} ");
    let semicolons = |line: &str| line.replace(',', ";").replace('.', ",");
    let tabs = |line: &str| line.replace(',', "\t");
    let spellings = [
        format!("\u{feff}{HEADER}\r\n{FIRST}\r\n{SECOND}\r\n"),
        format!("{HEADER}\r{FIRST}\r{SECOND}"),
        format!("\n\r\n{HEADER}\n\n{FIRST}\n   \n,,,,,,,,,,\n{SECOND}\n\n\n"),
        [HEADER, FIRST, SECOND].map(quoted).join("\n"),
        [HEADER, FIRST, SECOND].map(padded).join("\n"),
        format!("\u{feff}{}", [HEADER, FIRST, SECOND].map(semicolons).join("\r\n")),
        [HEADER, FIRST, SECOND].map(tabs).join("\n"),
        format!("{HEADER},,\n{FIRST},,\n{SECOND}\n"),
        format!("notes,{HEADER}\n\"two\nlines, \"\"quoted\"\"\",{FIRST}\nÅsa’s 😀,{SECOND}\n"),
        format!("{HEADER}\n{FIRST}\n{SECOND}\n").replace(".0", ".000").replace("_ver1,", "_ver1.mp4,"),
    ];
    for text in spellings {
        let metadata = Metadata::from_csv(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert_eq!(metadata.clips(), plain(), "{text}");
    }
}

#[test]
fn without_fold_and_gender_there_are_none() {
    let without = |line: &str| line.rsplit_once(',').map(|(kept, _)| kept.to_owned()).unwrap();
    let metadata = Metadata::from_csv(&[HEADER, FIRST, SECOND].map(without).join("\n")).unwrap();
    assert!(metadata.clips().iter().all(|record| record.fold.is_none() && record.gender.is_none()));
}

#[test]
fn lines_are_those_of_an_editor() {
    let joy = FIRST.replace("hap", "joy");
    let text =
        format!("\n{HEADER}\n\n{joy}\n,,,,,,,,,,\n\"A1_hap_int1_ver1\n\",A1,0,hap,1,1,,,,,0\n\n{joy}\n");
    let lines: Vec<u64> = lines_and_problems(&text).into_iter().map(|(line, _)| line).collect();
    // The clip name in two lines is read without its line break.
    assert_eq!(lines, [4, 4, 9, 9]);
}

#[test]
fn every_row_that_is_no_row_is_listed_beside_the_wrong_cells() {
    let text = format!(
        "{HEADER}\n{FIRST},1,2\nA1_hap_int9_ver1,A1,0,hap,1,9,,,,,0\n{SECOND},\n{SECOND}\nA1_hap_int1_ver1,A1,0,hap;1,1\n"
    );
    let found = lines_and_problems(&text);
    let (line, problem) = &found[0];
    assert!(*line == 2 && problem.starts_with("13 cells, where the header names 11 columns"), "{problem}");
    assert!(found.contains(&(5, "the clip is in line 4 already: keep one of the two".to_owned())));
    assert!(found.iter().any(|(line, _)| *line == 3) && found.iter().any(|(line, _)| *line == 6));
}

#[test]
fn text_that_is_not_utf_8_names_its_first_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train_metadata.csv");
    std::fs::write(&path, [HEADER.as_bytes(), b"\n", FIRST.as_bytes(), b"\nA\xe9,A1\n\xff\n"].concat())
        .unwrap();
    let message = Metadata::read(&path).unwrap_err().to_string();
    assert!(message.contains("line 3 is not UTF-8 text: save the file as UTF-8"), "{message}");
}

#[test]
fn what_is_no_file_or_no_table_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["empty.csv", "empty.parquet"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "").unwrap();
        assert!(Metadata::read(&path).unwrap_err().to_string().contains(name));
    }
    let directory = folder.path().join("train_metadata.csv");
    std::fs::create_dir(&directory).unwrap();
    assert!(Metadata::read(&directory).unwrap_err().to_string().contains("train_metadata.csv"));
    assert!(matches!(Metadata::read(folder.path().join("none.csv")), Err(Error::Read { .. })));
}

#[test]
fn a_hundred_thousand_clips_are_read_and_their_faults_all_listed() {
    let mut text = HEADER.to_owned();
    for clip in 0..100_000 {
        let (actor, version) = (clip % 1000, clip / 1000 + 1);
        let emotion = if clip % 10 == 3 { "sad" } else { "hap" };
        text.push_str(&format!(
            "\nA{actor}_hap_int3_ver{version},A{actor},0,{emotion},{version},3,,,,,{}",
            actor % 5
        ));
    }
    assert_eq!(lines_and_problems(&text).len(), 10_000);
    assert_eq!(Metadata::from_csv(&text.replace(",sad,", ",hap,")).unwrap().len(), 100_000);
}

fn label() -> impl Strategy<Value = Label> {
    let singles = Emotion::ALL.map(Label::Single);
    let labels: Vec<Label> = singles.into_iter().chain(Blend::all().map(Label::Blend)).collect();
    proptest::sample::select(labels)
}

prop_compose! {
    fn record()(actor in 1u32..40, label in label(), level in 1u8..=4, version in 1u32..30, gender in 0usize..4) -> ClipRecord {
        let shown = match label {
            Label::Single(Emotion::Neutral) => format!("neu_sit{level}"),
            Label::Single(emotion) => format!("{emotion}_int{level}"),
            Label::Blend(blend) => {
                let (first, second) = blend.ratio().percentages();
                format!("mix_{}_{}_{first}_{second}", blend.first(), blend.second())
            }
        };
        let clip: ClipName = format!("A{actor}_{shown}_ver{version}").parse().unwrap();
        let genders = [None, Some(Gender::Female), Some(Gender::Male), Some(Gender::Other("x, \"y\"".to_owned()))];
        ClipRecord { gender: genders[gender].clone(), fold: Some(i64::from(actor % 3)), ..ClipRecord::of_name(clip) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn written_records_read_back_as_they_were(records in proptest::collection::vec(record(), 1..40)) {
        let mut records = records;
        records.sort_by(|a, b| a.clip.cmp(&b.clip));
        records.dedup_by(|a, b| a.clip == b.clip);
        let folder = tempfile::tempdir().unwrap();
        let metadata = Metadata::from_records(&records).unwrap();
        let path = folder.path().join("metadata.csv");
        metadata.write(&path).unwrap();
        let read = Metadata::read(&path).unwrap();
        prop_assert_eq!(read.clips(), &records[..]);
    }

    #[test]
    fn any_text_is_metadata_or_an_error(text in "(filename|,|;|\"|\n|\r|A1_hap_int1_ver1|test_1|0|\\PC){0,60}") {
        if let Ok(metadata) = Metadata::from_csv(&text) {
            prop_assert!(metadata.len() >= 1);
        }
    }
}
