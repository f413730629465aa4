//! No input makes a reader panic, hang or run out of stack.

use blemore_eval::{Error, IssueKind, Predictions, ProbabilityTable, Submission};
use blemore_labels::Label;
use proptest::prelude::*;

const DOCUMENT: &str = r#"{"team": "ours", "predictions": {
 "A1_mix_ang_hap_70_30_ver1.mov": [{"emotion": "ang", "salience": 70.0}, {"emotion": "hap", "salience": 3e1}],
 "test_0001": [{"emotion": "sad", "salience": -Infinity}, null, "\u00e9\"\\"]
}}"#;
const TABLE: &str = "filename,ang,disg,fea,hap,sad,neu\r\nA102_ang_int1_ver1,0.5,0.25,0.25,0,0,0\r\n\
    \"test_0001.mov\",1,0,0,0,0,0";

fn bundle() -> Vec<u8> {
    let predictions: Predictions = Label::all()
        .enumerate()
        .map(|(number, label)| (format!("test_{number:04}").parse().unwrap(), label))
        .collect();
    let mut zip = Vec::new();
    Submission::new(&predictions).unwrap().write_zip(&mut zip).unwrap();
    zip
}

#[test]
fn predictions_cut_at_every_byte_are_refused() {
    Predictions::parse(DOCUMENT.as_bytes()).unwrap();
    for cut in 0..DOCUMENT.len() {
        let error = Predictions::parse(&DOCUMENT.as_bytes()[..cut]).unwrap_err();
        assert!(matches!(error, Error::Syntax { .. }), "cut at {cut}: {error}");
    }
}

#[test]
fn a_cut_inside_a_clip_names_the_clip() {
    let cut = DOCUMENT.find("hap\"").unwrap();
    let message = Predictions::parse(&DOCUMENT.as_bytes()[..cut]).unwrap_err().to_string();
    assert!(message.contains("A1_mix_ang_hap_70_30_ver1") && message.contains("line 2"), "{message}");
}

#[test]
fn tables_cut_at_every_byte_give_fewer_clips_or_an_error() {
    let whole = ProbabilityTable::parse(TABLE.as_bytes()).unwrap();
    for cut in 0..TABLE.len() {
        if let Ok(table) = ProbabilityTable::parse(&TABLE.as_bytes()[..cut]) {
            assert!(table.len() <= whole.len(), "cut at {cut}");
            assert_eq!(table.clips(), &whole.clips()[..table.len()], "cut at {cut}");
        }
    }
}

#[test]
fn bundles_cut_at_every_byte_are_refused() {
    let whole = bundle();
    for cut in 0..whole.len() {
        assert!(Predictions::parse(&whole[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for place in
            ["", "{\"A1_ang_int1_ver1\":", "{\"A1_ang_int1_ver1\":[{\"emotion\":", "{\"predictions\":"]
        {
            let document = format!("{place}{}0{}", open.repeat(200_000), close.repeat(200_000));
            let _read = Predictions::parse(document.as_bytes());
        }
    }
}

#[test]
fn a_hostile_list_is_reported() {
    let entry = r#"{"emotion": "ang", "salience": 1}"#;
    let list = vec![entry; 100_000].join(",");
    let predictions = Predictions::parse(format!("{{\"A1_ang_int1_ver1\": [{list}]}}").as_bytes()).unwrap();
    let violations = predictions.get("A1_ang_int1_ver1").unwrap().rule_violations();
    assert!(violations.contains(&IssueKind::TooManyEmotions { found: 100_000 }), "{violations:?}");
}

#[test]
fn words_that_are_no_json_are_read_outside_of_texts_alone() {
    let json = r#"{"test_0001": [{"emotion": "NaN\"\\", "salience": NaN}, {"emotion":"-Infinity é","salience":-Infinity},
        {"salience":Infinity,"emotion": "a\\"}]}"#;
    let read = Predictions::parse(json.as_bytes()).unwrap();
    let violations = read.get("test_0001").unwrap().rule_violations();
    let unknown = |code: &str| violations.contains(&IssueKind::UnknownEmotion { found: code.into() });
    assert!(["NaN\"\\", "-Infinity é", "a\\"].into_iter().all(unknown), "{violations:?}");
    for salience in ["NaN", "-inf", "inf"] {
        let said = |kind: &IssueKind| {
            kind.to_string().ends_with(&format!("is {salience}: give a percentage from 0 to 100"))
        };
        assert!(violations.iter().any(said), "{salience}: {violations:?}");
    }
    assert!(Predictions::parse(br#"{"test_0001": [{"emotion": "ang", "salience": --Infinity}]}"#).is_err());
    assert!(matches!(Predictions::parse(b"NaN"), Err(Error::Syntax { .. })));
}

#[test]
fn a_second_document_is_refused_and_other_encodings_are_read_or_named() {
    assert!(Predictions::parse(b"{} {}").is_err());
    assert!(Predictions::parse(b"\xFF\xFE{\0}\0").unwrap().is_empty());
    let message = Predictions::parse(b"{}\0").unwrap_err().to_string();
    assert!(message.contains("binary file") && message.contains("JSON"), "{message}");
    assert!(Predictions::parse(b"{\"A1_ang_int1_ver1\": [{\"emotion\": \"\xFF\"}]}").is_err());
    assert!(Predictions::parse(b"\xEF\xBB\xBF{}\n").unwrap().is_empty());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _read = Predictions::parse(&bytes);
        let _read = Predictions::parse(&[b"PK".as_slice(), &bytes].concat());
    }

    #[test]
    fn nothing_like_json_panics(text in "[\\[\\]{}\",:0-9eE.+\\-NIaniftyrul \\\\_A]{0,120}") {
        let _read = Predictions::parse(text.as_bytes());
        let _read = Predictions::parse(format!("{{\"A1_ang_int1_ver1\": {text}}}").as_bytes());
        let _read = Predictions::parse(format!("{{\"A1_ang_int1_ver1\": [{{\"emotion\": {text}}}]}}").as_bytes());
    }

    #[test]
    fn changed_bytes_of_good_files_do_not_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for (number, good) in [DOCUMENT.as_bytes().to_vec(), TABLE.as_bytes().to_vec(), bundle()].into_iter().enumerate() {
            let mut bytes = good;
            for (place, byte) in &changes {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            let _read = Predictions::parse(&bytes);
            if number == 1 {
                let _read = ProbabilityTable::parse(&bytes);
            }
        }
    }

    #[test]
    fn parts_of_a_bundle_in_any_order_do_not_panic(cuts in prop::collection::vec(any::<prop::sample::Index>(), 2..6)) {
        let whole = bundle();
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(whole.len())).collect();
        places.sort_unstable();
        let mut pieces: Vec<&[u8]> = places.windows(2).map(|pair| &whole[pair[0]..pair[1]]).collect();
        pieces.reverse();
        pieces.push(&whole[whole.len() - 22..]);
        let _read = Predictions::parse(&[b"PK".as_slice(), &pieces.concat()].concat());
    }
}
