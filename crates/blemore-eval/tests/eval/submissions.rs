//! Bundles as the challenge takes them.

use blemore_eval::{Error, Issue, IssueKind, Predictions, Submission};
use blemore_labels::{ClipName, Emotion, Label};

fn clips(names: &[&str]) -> Vec<ClipName> {
    names.iter().map(|name| ClipName::parse(name).unwrap()).collect()
}

fn issues(refused: Result<Submission, Error>) -> Vec<Issue> {
    match refused {
        Err(Error::Refused { issues }) => issues,
        other => panic!("{other:?}"),
    }
}

fn all_labels() -> Predictions {
    let clip = |number: usize| ClipName::parse(&format!("test_{number:04}")).unwrap();
    Label::all().enumerate().map(|(number, label)| (clip(number), label)).collect()
}

fn zip_of(predictions: &Predictions) -> Vec<u8> {
    let mut zip = Vec::new();
    Submission::new(predictions).unwrap().write_zip(&mut zip).unwrap();
    zip
}

#[test]
fn every_label_goes_into_a_bundle_and_out_of_it() {
    let predictions = all_labels();
    let submission = Submission::new(&predictions).unwrap();
    assert_eq!(submission.labels().len(), Label::COUNT);
    assert_eq!(Predictions::parse(&zip_of(&predictions)).unwrap(), predictions);
}

#[test]
fn the_same_labels_give_the_same_bytes() {
    let predictions = all_labels();
    let mut entries: Vec<_> =
        predictions.iter().map(|(clip, answer)| (clip.clone(), answer.clone())).collect();
    entries.reverse();
    assert_eq!(zip_of(&predictions), zip_of(&Predictions::from_iter(entries)));
}

#[test]
fn a_bundle_written_by_python_is_read() {
    let bundle = include_bytes!("../fixtures/bundle.zip");
    let predictions = Predictions::parse(bundle).unwrap();
    let expected = clips(&["test_0003", "test_0002", "test_0001"]);
    let submission = Submission::for_clips(&predictions, &expected).unwrap();
    let labels: Vec<String> = submission.labels().iter().map(|(_, label)| label.to_string()).collect();
    assert_eq!(labels, ["ang+hap 30/70", "neu", "fea"]);
}

#[test]
fn all_faults_are_in_one_report() {
    let json = br#"{
        "test_0001": [],
        "test_0002": [{"emotion": "ang", "salience": 50}, {"emotion": "neu", "salience": 50}],
        "test_0003": [
            {"emotion": "ang", "salience": 40}, {"emotion": "hap", "salience": 30}, {"emotion": "sad", "salience": 30}
        ],
        "test_0004": [{"emotion": "joy", "salience": 100}],
        "test_0005": [{"emotion": "ang", "salience": 60}, {"emotion": "hap", "salience": 40}],
        "test_0006": [{"emotion": "ang", "salience": 50}, {"emotion": "ang", "salience": 50}],
        "test_0007": [{"emotion": "ang", "salience": -1}],
        "test_0008": "ang",
        "test_0009": [{"emotion": "ang", "salience": 100}],
        "test_0009.mov": [{"emotion": "ang", "salience": 100}],
        "holiday": [{"emotion": "ang", "salience": 100}],
        "test_0010": [{"emotion": "ang", "salience": 100}],
        "test_0012": [{"emotion": "ang", "salience": 100}]
    }"#;
    let expected = clips(&[
        "test_0001",
        "test_0002",
        "test_0003",
        "test_0004",
        "test_0005",
        "test_0006",
        "test_0007",
        "test_0008",
        "test_0009",
        "test_0010",
        "test_0011",
    ]);
    let found = issues(Submission::for_clips(&Predictions::parse(json).unwrap(), &expected));
    let names: Vec<(&str, &str)> = found.iter().map(|issue| (&*issue.clip, issue.kind.name())).collect();
    assert_eq!(
        names,
        [
            ("holiday", "not_a_clip"),
            ("test_0001", "no_emotion"),
            ("test_0002", "neutral_in_blend"),
            ("test_0003", "too_many_emotions"),
            ("test_0004", "unknown_emotion"),
            ("test_0005", "illegal_saliences"),
            ("test_0006", "duplicate_emotion"),
            ("test_0007", "negative_salience"),
            ("test_0008", "malformed"),
            ("test_0009", "duplicate_clip"),
            ("test_0011", "no_prediction"),
            ("test_0012", "unexpected_clip"),
        ]
    );
}

#[test]
fn an_issue_is_a_line_of_text_and_a_map_in_json() {
    let issue = Issue::new("test_0001", IssueKind::TooManyEmotions { found: 3 });
    assert_eq!(issue.to_string(), "test_0001: 3 emotions: give one, or the two of a blend");
    let json = r#"{"clip":"test_0001","kind":"too_many_emotions","message":"3 emotions: give one, or the two of a blend"}"#;
    assert_eq!(serde_json::to_string(&issue).unwrap(), json);
}

#[test]
fn saliences_are_legal_to_the_last_bit_only() {
    for (saliences, legal) in [
        ("70, 30", true),
        ("30.0, 70", true),
        ("50, 50", true),
        ("70.00000000000001, 30", false),
        ("69.5, 30.5", false),
        ("0.7, 0.3", false),
        ("100, 0", false),
    ] {
        let (first, second) = saliences.split_once(", ").unwrap();
        let json = format!(
            r#"{{"test_0001": [{{"emotion": "ang", "salience": {first}}}, {{"emotion": "sad", "salience": {second}}}]}}"#
        );
        let predictions = Predictions::parse(json.as_bytes()).unwrap();
        assert_eq!(Submission::new(&predictions).is_ok(), legal, "{saliences}");
    }
}

#[test]
fn nothing_is_no_submission_and_nothing_of_something_is_incomplete() {
    let none = Predictions::default();
    assert!(matches!(Submission::new(&none), Err(Error::NoPredictions)));
    assert!(matches!(Submission::for_clips(&none, &[]), Err(Error::NoPredictions)));
    let missing = issues(Submission::for_clips(&none, &clips(&["test_0002", "test_0001"])));
    assert_eq!(missing[0], Issue::new("test_0001", IssueKind::NoPrediction));
    assert_eq!(missing.len(), 2);
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("submission.zip");
    Submission::new(&all_labels()).unwrap().write(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), zip_of(&all_labels()));
    let one = Predictions::from_iter([(ClipName::parse("test_0001").unwrap(), Label::Single(Emotion::Fear))]);
    Submission::new(&one).unwrap().write(&path).unwrap();
    assert_eq!(Predictions::read(&path).unwrap(), one);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);

    let inside_a_file = path.join("submission.zip");
    assert!(matches!(Submission::new(&one).unwrap().write(&inside_a_file), Err(Error::Write { .. })));
}

#[test]
fn errors_of_bundles_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("submission.zip");
    let whole = zip_of(&all_labels());
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let message = Predictions::read(&path).unwrap_err().to_string();
    assert!(message.contains("submission.zip: the archive is damaged"), "{message}");
    assert!(matches!(Predictions::read(folder.path().join("none.zip")), Err(Error::Read { .. })));
    assert!(matches!(Predictions::read(folder.path()), Err(Error::Read { .. })), "a folder");
}
