//! Inputs as people have them: predictions and probabilities.

use blemore_base::Blame;
use blemore_eval::{
    Error, GridSearch, Issue, IssueKind, Predictions, ProbabilityTable, ScoreReport, Scorer, Strictness,
    Submission, TableProblem,
};
use blemore_testing::wild;

fn predictions(file: &str) -> Predictions {
    Predictions::read(wild(&format!("predictions/{file}"))).unwrap()
}

fn report(predictions: &Predictions) -> ScoreReport {
    Scorer::from_names().score(predictions).unwrap()
}

fn accuracies(report: &ScoreReport) -> (f64, f64) {
    (report.scores.acc_presence(), report.scores.acc_salience())
}

fn kinds(issues: &[Issue]) -> Vec<&str> {
    let mut kinds: Vec<&str> = issues.iter().map(|issue| issue.kind.name()).collect();
    kinds.dedup();
    kinds
}

/// What `submit` refuses, strict scoring refuses too, for the same reasons; and other scoring lists them.
fn refused_by_both(predictions: &Predictions) {
    let listed = report(predictions).issues;
    let strict = Scorer::from_names().strictness(Strictness::Strict).score(predictions);
    assert!(matches!(strict, Err(Error::Refused { issues }) if issues == listed));
    assert!(matches!(Submission::new(predictions), Err(Error::Refused { issues }) if issues == listed));
}

#[test]
fn saliences_as_text_count_as_their_numbers_and_are_reported() {
    for file in ["text-saliences.json", "text-integers.json"] {
        let read = predictions(file);
        let report = report(&read);
        assert_eq!(accuracies(&report), (1.0, 1.0), "{file}");
        assert_eq!(kinds(&report.issues), ["text_salience"], "{file}");
        let said = report.issues[0].to_string();
        assert!(said.contains("is the text \"100") && said.contains("without quotation marks"), "{said}");
        refused_by_both(&read);
    }
}

#[test]
fn fractions_and_entries_of_zero_keep_the_published_number_and_are_reported() {
    // Every set of emotions is right, no salience is.
    let fractions = predictions("fractions.json");
    assert_eq!(accuracies(&report(&fractions)), (1.0, 0.0));
    assert_eq!(kinds(&report(&fractions).issues), ["illegal_saliences"]);
    refused_by_both(&fractions);

    // A second emotion makes a single one wrong, whatever its salience.
    let zeros = predictions("zero-entries.json");
    let (presence, salience) = accuracies(&report(&zeros));
    assert!(0.0 < presence && presence < 1.0 && salience == 1.0, "{presence} {salience}");
    assert_eq!(kinds(&report(&zeros).issues), ["neutral_in_blend"]);
    refused_by_both(&zeros);
}

#[test]
fn folders_and_extensions_come_off_and_are_said_once() {
    let read = predictions("paths.json");
    let report = report(&read);
    assert_eq!((accuracies(&report), report.issues.len()), ((1.0, 1.0), 0));
    let [note] = read.notes() else { panic!("{:?}", read.notes()) };
    assert!(note.contains("\"data/test/X101_ang_int1_ver1.mp4\" is read as X101_ang_int1_ver1"), "{note}");
    assert!(Submission::new(&read).is_ok());
}

#[test]
fn the_same_clip_in_two_folders_is_a_clip_twice() {
    let json = br#"{
        "a/X101_sad_int1_ver1": [{"emotion": "sad", "salience": 100}],
        "b\\X101_sad_int1_ver1": [{"emotion": "ang", "salience": 100}]
    }"#;
    let read = Predictions::parse(json).unwrap();
    assert_eq!(read.issues()[0].kind, IssueKind::DuplicateClip { times: 2 });
    refused_by_both(&read);
}

#[test]
fn names_in_capitals_and_other_wrappers_are_refused_showing_a_key() {
    for (file, parts) in [
        ("capitals.json", ["none of its", "\"X101_ANG_INT1_VER1\"", "unknown emotion \"ANG\""]),
        ("wrapped.json", ["its key \"results\" is no clip name", "\"predictions\"", "A102_ang_int1_ver1"]),
    ] {
        let message = Predictions::read(wild(&format!("predictions/{file}"))).unwrap_err().to_string();
        assert!(message.contains(file) && parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn unknown_keys_beside_known_ones_are_each_listed() {
    let json = br#"{
        "X101_ang_int1_ver1": [{"emotion": "ang", "salience": 100}],
        "X101_ANG_INT2_VER1": [],
        "team": "ours"
    }"#;
    let read = Predictions::parse(json).unwrap();
    let report = report(&read);
    assert_eq!(report.scores.presence.to_string(), "1/1");
    let keys: Vec<&str> = report.issues.iter().map(|issue| &*issue.clip).collect();
    assert_eq!((keys, kinds(&report.issues)), (vec!["X101_ANG_INT2_VER1", "team"], vec!["not_a_clip"]));
    refused_by_both(&read);
}

#[test]
fn no_message_shows_control_characters_or_a_whole_file() {
    let long = "x".repeat(100_000);
    let rows = ["a\\u0007b", &long].map(|text| {
        [
            format!(r#"{{"{text}": []}}"#),
            format!(r#"{{"test_0001": "{text}"}}"#),
            format!(r#"{{"test_0001": [{{"emotion": "{text}", "salience": "{text}"}}], "{text}": []}}"#),
        ]
    });
    for json in rows.as_flattened() {
        let message = match Predictions::parse(json.as_bytes()) {
            Ok(read) => report(&read).issues.iter().map(|issue| format!("{issue}; ")).collect(),
            Err(error) => error.to_string(),
        };
        assert!(message.chars().all(|letter| !letter.is_control()) && message.len() < 2000, "{message}");
    }
    for (bytes, kind) in
        [(&b"\x93NUMPY\x01\0"[..], "numpy"), (b"PAR1\x15\0", "parquet"), (b"\0\x01\x02", "binary")]
    {
        let message = Predictions::parse(bytes).unwrap_err().to_string();
        assert!(message.contains(kind) && message.contains("JSON"), "{message}");
        let message = ProbabilityTable::parse(bytes).unwrap_err().to_string();
        assert!(message.contains(kind) && message.contains("CSV"), "{message}");
    }
}

fn probabilities(file: &str) -> Result<ProbabilityTable, Error> {
    ProbabilityTable::read(wild(&format!("probabilities/{file}")))
}

#[test]
fn values_of_two_digits_are_taken_and_reported_once() {
    let table = probabilities("two-digits.csv").unwrap();
    assert!(table.len() > 20);
    let [note] = table.notes() else { panic!("{:?}", table.notes()) };
    assert!(note.contains("two digits"), "{note}");
    GridSearch::default().search(table.probabilities(), &table.labels().unwrap()).unwrap();

    let header = "filename,ang,disg,fea,hap,sad,neu";
    let with = |row: &str| ProbabilityTable::parse(format!("{header}\nA1_ang_int1_ver1,{row}").as_bytes());
    // The most that six rounded values can be off, both ways; three digits are no reason to say anything.
    assert_eq!(with("0.53,0.1,0.1,0.1,0.1,0.1").unwrap().notes().len(), 1);
    assert_eq!(with("0.47,0.1,0.1,0.1,0.1,0.1").unwrap().notes().len(), 1);
    assert_eq!(with("0.503,0.1,0.1,0.1,0.1,0.1").unwrap().notes().len(), 0);
    assert!(with("0.54,0.1,0.1,0.1,0.1,0.1").unwrap_err().to_string().contains("sum to 1.04"));
}

#[test]
fn faults_name_the_line_that_an_editor_shows() {
    for (file, line) in [("crlf-fault-in-line-4.csv", 4), ("blank-line-fault-in-line-5.csv", 5)] {
        let Err(Error::InvalidTable { faults, .. }) = probabilities(file) else { panic!("{file}") };
        assert_eq!((faults.len(), faults[0].line), (1, line), "{file}");
        assert!(matches!(faults[0].problem, TableProblem::NotANumber { column: "neu", .. }));
    }
    // Also where the fault is found later.
    let table =
        ProbabilityTable::parse(b"\nfilename,ang,disg,fea,hap,sad,neu\r\n\r\ntest_0001,1,0,0,0,0,0\r\n")
            .unwrap();
    assert!(table.labels().unwrap_err().to_string().contains("line 4 (test_0001)"));
}

#[test]
fn decimal_commas_are_read_and_never_mixed_with_points() {
    let table = probabilities("decimal-comma.csv").unwrap();
    assert_eq!(table.probabilities().rows()[0][0], 0.10425446);
    let mixed = "filename;ang;disg;fea;hap;sad;neu\nA1_ang_int1_ver1;0,5;0.5;0;0;0;0\n";
    let message = ProbabilityTable::parse(mixed.as_bytes()).unwrap_err().to_string();
    assert!(message.contains("line 2") && message.contains("the other decimal sign"), "{message}");
}

#[test]
fn folders_before_names_in_a_table_come_off() {
    let text = b"filename,ang,disg,fea,hap,sad,neu\n\
        data/train/A1_ang_int1_ver1,1,0,0,0,0,0\nx\\A2_ang_int1_ver1,1,0,0,0,0,0";
    let table = ProbabilityTable::parse(text).unwrap();
    assert_eq!(table.clips()[1].as_str(), "A2_ang_int1_ver1");
    assert!(table.notes().len() == 1 && table.notes()[0].contains("data/train"), "{:?}", table.notes());
}

#[test]
fn a_table_of_probabilities_may_be_in_every_text_form() {
    let plain = "filename,ang,disg,fea,hap,sad,neu\nA1_ang_int1_ver1,0.5,0.5,0,0,0,0\n";
    let semicolons = format!("sep=;\r\n{}", plain.replace(',', ";").replace('.', ",").replace('\n', "\r\n"));
    let utf_16: Vec<u8> = format!("\u{feff}{plain}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let expected = ProbabilityTable::parse(plain.as_bytes()).unwrap();
    for bytes in [semicolons.into_bytes(), utf_16, plain.replace(',', "\t").into_bytes()] {
        assert_eq!(ProbabilityTable::parse(&bytes).unwrap(), expected);
    }
}

#[test]
fn an_error_knows_whether_the_input_is_at_fault() {
    use std::io::{Error as IoError, ErrorKind};
    let read = |kind| Error::Read { path: "x".into(), source: IoError::from(kind) }.is_bad_input();
    assert!(read(ErrorKind::NotFound) && read(ErrorKind::IsADirectory));
    assert!(!read(ErrorKind::PermissionDenied) && !read(ErrorKind::Other));
    assert!(!Error::Write { path: "x".into(), source: IoError::from(ErrorKind::NotFound) }.is_bad_input());
    assert!(Error::NoPredictions.is_bad_input());
}
