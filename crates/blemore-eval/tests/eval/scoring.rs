//! The scorer against the published one, and against its description followed word by word.

use approx::assert_abs_diff_eq;
use std::collections::{BTreeMap, BTreeSet};

use blemore_eval::{
    Answer, Issue, IssueKind, Measure, Metrics, PairedScores, PermutationTest, Predictions, Scorer, Scores,
    Strictness, Truth,
};
use blemore_labels::{ClipName, Emotion, Label, sigma};
use blemore_testing::shared;
use proptest::prelude::*;

/// One predicted entry: code and salience, as the JSON has it.
type Entry = (&'static str, f64);

/// ACC_presence and ACC_salience as the published scorer defines them, from texts alone: the truth from the parts of the
/// name, sets and maps of codes, saliences rounded half to even by the formatting of numbers.
fn described(predictions: &BTreeMap<String, Vec<Entry>>) -> (f64, f64) {
    let (mut presence, mut salience, mut blends) = (0, 0, 0);
    for (clip, entries) in predictions {
        let parts: Vec<&str> = clip.split('_').collect();
        let truth: BTreeMap<&str, String> = if parts[1] == "mix" {
            BTreeMap::from([(parts[2], parts[4].to_owned()), (parts[3], parts[5].to_owned())])
        } else {
            BTreeMap::from([(parts[1], "100".to_owned())])
        };
        let predicted: BTreeSet<&str> = entries.iter().map(|(code, _)| *code).collect();
        presence += usize::from(predicted == truth.keys().copied().collect());
        if truth.len() == 2 {
            let map: BTreeMap<&str, String> =
                entries.iter().map(|(code, salience)| (*code, format!("{salience:.0}"))).collect();
            blends += 1;
            salience += usize::from(entries.len() == 2 && map == truth);
        }
    }
    let share = |right: usize, of: usize| if of == 0 { 0.0 } else { right as f64 / of as f64 };
    (share(presence, predictions.len()), share(salience, blends))
}

fn name_of(label: Label, actor: usize, version: usize) -> String {
    match label {
        Label::Single(emotion) => format!("A{actor}_{emotion}_int1_ver{version}"),
        Label::Blend(blend) => {
            let (first, second) = blend.ratio().percentages();
            format!("A{actor}_mix_{}_{}_{first}_{second}_ver{version}", blend.first(), blend.second())
        }
    }
}

fn json_of(predictions: &BTreeMap<String, Vec<Entry>>) -> Vec<u8> {
    let list = |entries: &Vec<Entry>| {
        entries
            .iter()
            .map(|(emotion, salience)| serde_json::json!({ "emotion": emotion, "salience": salience }))
            .collect::<Vec<_>>()
    };
    let map: BTreeMap<&String, Vec<serde_json::Value>> =
        predictions.iter().map(|(clip, entries)| (clip, list(entries))).collect();
    serde_json::to_vec(&map).unwrap()
}

fn salience() -> impl Strategy<Value = f64> {
    let edges = [0.0, 1.0, 29.5, 30.0, 30.5, 49.5, 50.0, 50.5, 51.5, 69.5, 70.0, 70.5, 71.5, 100.0];
    prop_oneof![6 => prop::sample::select(edges.to_vec()), 1 => -10.0_f64..110.0]
}

/// Predictions of a clip, right about as often as wrong.
fn entries(truth: Label) -> impl Strategy<Value = Vec<Entry>> {
    let code = || {
        let codes: Vec<&str> = Emotion::ALL.iter().map(|emotion| emotion.code()).chain(["joy"]).collect();
        prop::sample::select(codes)
    };
    let right: Vec<Entry> =
        truth.components().map(|(emotion, percent)| (emotion.code(), f64::from(percent))).collect();
    let near = (Just(right.clone()), prop::collection::vec(-0.75_f64..0.75, 2), any::<bool>());
    let near = near.prop_map(|(mut entries, errors, swapped)| {
        // Quarters, so that halves come up.
        for (entry, error) in entries.iter_mut().zip(errors) {
            entry.1 += (error * 4.0).round() / 4.0;
        }
        if swapped {
            entries.reverse();
        }
        entries
    });
    let emotions_right = prop::collection::vec(salience(), 2).prop_map(move |saliences| {
        right.iter().zip(saliences).map(|((code, _), salience)| (*code, salience)).collect()
    });
    prop_oneof![near, emotions_right, prop::collection::vec((code(), salience()), 0..4)]
}

fn predictions() -> impl Strategy<Value = BTreeMap<String, Vec<Entry>>> {
    let label = prop::sample::select(Label::all().collect::<Vec<_>>());
    let clip = (label, 0_usize..5, 1_usize..50)
        .prop_flat_map(|(label, actor, version)| (Just(name_of(label, actor, version)), entries(label)));
    prop::collection::vec(clip, 0..60).prop_map(|clips| clips.into_iter().collect())
}

proptest! {
    // A few hundred files of some 30 clips: about ten thousand predictions.
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_predictions_score_as_described(predictions in predictions()) {
        let read = Predictions::parse(&json_of(&predictions)).unwrap();
        prop_assert_eq!(read.len(), predictions.len());
        let report = Scorer::from_names().score(&read).unwrap();
        let expected = described(&predictions);
        prop_assert_eq!((report.scores.acc_presence(), report.scores.acc_salience()), expected);

        // Counts add over actors and over clips, and the wider metrics speak of the same clips.
        prop_assert_eq!(report.actors.iter().map(|actor| actor.scores).sum::<Scores>(), report.scores);
        prop_assert_eq!(report.outcomes.iter().map(|outcome| outcome.scores()).sum::<Scores>(), report.scores);
        prop_assert_eq!(Metrics::of_report(&report).scores, report.scores);

        // Strict scoring gives the same numbers or none.
        match Scorer::from_names().strictness(Strictness::Strict).score(&read) {
            Ok(strict) => prop_assert_eq!(strict, report),
            Err(_) => prop_assert!(!report.issues.is_empty()),
        }
    }

    #[test]
    fn written_predictions_read_back_and_score_the_same(predictions in predictions()) {
        let read = Predictions::parse(&json_of(&predictions)).unwrap();
        let mut json = Vec::new();
        read.write_json(&mut json).unwrap();
        let again = Predictions::parse(&json).unwrap();
        let score = |predictions| Scorer::from_names().score(predictions).unwrap();
        prop_assert_eq!(score(&again), score(&read));
        prop_assert_eq!(again, read);
    }

    #[test]
    fn what_keeps_the_rules_is_a_label(
        clip in prop::sample::select(Label::all().collect::<Vec<_>>()).prop_flat_map(entries),
    ) {
        let json = json_of(&BTreeMap::from([("test_0001".to_owned(), clip)]));
        let read = Predictions::parse(&json).unwrap();
        let answer = read.get("test_0001").unwrap();
        let exact = Label::all().find(|label| *answer == Answer::from(*label));
        prop_assert_eq!(exact.is_some(), answer.rule_violations().is_empty());
        prop_assert!(exact.is_none() || answer.label() == exact);
    }
}

#[test]
fn published_scores_of_both_files() {
    for (file, key) in
        [("predictions.json", "score_predictions"), ("perturbed_predictions.json", "score_perturbed")]
    {
        let Some(path) = shared(&format!("parity/scoring/{file}")) else { return };
        let Some(expected) = shared("parity/scoring/expected.json") else { return };
        let expected: serde_json::Value = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
        let report = Scorer::from_names().score(&Predictions::read(path).unwrap()).unwrap();
        assert_eq!(report.outcomes.len(), 400, "{file}");
        assert_eq!(report.scores.acc_presence(), expected[key]["acc_presence"].as_f64().unwrap(), "{file}");
        assert_eq!(report.scores.acc_salience(), expected[key]["acc_salience"].as_f64().unwrap(), "{file}");
    }
}

#[test]
fn the_better_of_both_files_is_told_from_the_other() {
    let Some(first) = shared("parity/scoring/predictions.json") else { return };
    let Some(second) = shared("parity/scoring/perturbed_predictions.json") else { return };
    let scorer = Scorer::from_names();
    let score = |path| scorer.score(&Predictions::read(path).unwrap()).unwrap();
    let pairs = PairedScores::new(&score(first), &score(second)).unwrap();
    let result = PermutationTest::default().test(&pairs, Measure::Presence).unwrap();
    assert_abs_diff_eq!(result.difference, 0.1, epsilon = 1e-12);
    assert!(result.p_value < 0.01, "{result:?}");
}

#[test]
fn halves_round_to_the_even_percent() {
    let score = |entries: &[Entry]| {
        let clip = BTreeMap::from([("A1_mix_ang_hap_70_30_ver1".to_owned(), entries.to_vec())]);
        let predictions = Predictions::parse(&json_of(&clip)).unwrap();
        Scorer::from_names().score(&predictions).unwrap().scores.acc_salience()
    };
    // Both neighbours of an even number round to it.
    for (first, second, right) in [
        (70.5, 29.5, 1.0),
        (69.5, 30.5, 1.0),
        (70.500_000_1, 30.0, 0.0),
        (70.0, 29.49, 0.0),
        (71.5, 30.0, 0.0),
        (68.5, 30.0, 0.0),
        (30.0, 70.0, 0.0),
    ] {
        assert_eq!(score(&[("ang", first), ("hap", second)]), right, "{first} {second}");
        assert_eq!(score(&[("hap", second), ("ang", first)]), right, "{second} {first}");
    }
    assert_eq!(score(&[("ang", 70.0), ("hap", 30.0), ("sad", 0.0)]), 0.0);
    assert_eq!(score(&[("ang", 70.0), ("ang", 30.0)]), 0.0);
}

#[test]
fn the_formulas_of_the_paper_give_the_same_for_all_pairs_of_labels() {
    for (truth, predicted) in Label::all().flat_map(|truth| Label::all().map(move |label| (truth, label))) {
        let scores = Scores::of_labels(&[truth], &[predicted]).unwrap();
        let (p, q) = (truth.salience(), predicted.salience());
        assert_eq!(scores.presence.correct as f32, sigma(p.pi().distance(q.pi())), "{truth} {predicted}");
        assert_eq!(scores.salience.total == 1, truth.is_blend(), "{truth}");
        if truth.is_blend() {
            assert_eq!(scores.salience.correct as f32, sigma(p.distance(q)), "{truth} {predicted}");
        }
    }
}

#[test]
fn lists_of_different_lengths_are_refused() {
    let labels: Vec<Label> = Label::all().collect();
    for (truth, predicted) in [(&labels[..], &labels[..6]), (&labels[..6], &labels[..])] {
        let error = Scores::of_labels(truth, predicted).unwrap_err().to_string();
        assert!(error.contains("36") && error.contains('6') && error.contains("predicted labels"), "{error}");
    }
}

#[test]
fn an_actor_is_the_given_one_then_that_of_the_name_then_unknown() {
    let mut truth = Truth::default();
    for clip in ["A1_sad_int1_ver1", "A2_sad_int1_ver1"] {
        truth.insert(clip.parse().unwrap(), Label::Single(Emotion::Sadness));
    }
    truth.insert_with_actor("test_0001".parse().unwrap(), Label::Single(Emotion::Fear), "A1");
    truth.insert("test_0002".parse().unwrap(), Label::Single(Emotion::Fear));
    let predictions: Predictions = truth
        .clips()
        .filter(|clip| clip.as_str() != "A2_sad_int1_ver1")
        .map(|clip| (clip.clone(), Label::Single(Emotion::Sadness)))
        .collect();
    let report = Scorer::with_truth(truth).score(&predictions).unwrap();
    let actors: Vec<_> = report
        .actors
        .iter()
        .map(|actor| (&*actor.actor, actor.is_known, actor.scores.presence.to_string()))
        .collect();
    assert_eq!(actors, [("A1", true, "1/2".to_owned()), ("test_0002", false, "0/1".to_owned())]);
    assert_eq!(report.n_unpredicted(), 1);
    assert_eq!(report.issues, [Issue::new("A2_sad_int1_ver1", IssueKind::NoPrediction)]);
    assert_eq!(
        report.to_string(),
        "ACC_presence 0.333 (1/3 clips)\nACC_salience 0.000 (0/0 clips)\n3 of 4 clips have predictions, 1 issue"
    );
    let from_names = Scorer::from_names().score(&predictions).unwrap();
    assert_eq!((from_names.n_unpredicted(), from_names.issues.len()), (0, 2));
}

/// Metadata may know better than a name, in which a recording has its file's number.
#[test]
fn a_given_actor_goes_before_that_of_the_name() {
    let clip: ClipName = "A1_sad_int1_ver1".parse().unwrap();
    let mut truth = Truth::default();
    truth.insert_with_actor(clip.clone(), Label::Single(Emotion::Sadness), "A7");
    let predictions = Predictions::from_iter([(clip, Label::Single(Emotion::Sadness))]);
    let report = Scorer::with_truth(truth).score(&predictions).unwrap();
    assert_eq!(
        (report.actors.len(), report.actors[0].actor.as_str(), report.actors[0].is_known),
        (1, "A7", true)
    );
}

#[test]
fn issues_are_in_the_order_of_the_clips_names_whatever_they_are() {
    let mut truth = Truth::default();
    for clip in ["A1_sad_int1_ver1", "A3_sad_int1_ver1", "A5_sad_int1_ver1"] {
        truth.insert(clip.parse().unwrap(), Label::Single(Emotion::Sadness));
    }
    let json = br#"{
        "A5_sad_int1_ver1": null,
        "A4_sad_int1_ver1": [{"emotion": "sad", "salience": 100}],
        "A2_sad_int1_ver1": [{"emotion": "sad", "salience": 100}],
        "A1_sad_int1_ver1": null
    }"#;
    let report = Scorer::with_truth(truth).score(&Predictions::parse(json).unwrap()).unwrap();
    let found: Vec<(&str, &str)> =
        report.issues.iter().map(|issue| (&*issue.clip, issue.kind.name())).collect();
    let expected = [
        ("A1_sad_int1_ver1", "malformed"),
        ("A2_sad_int1_ver1", "no_truth"),
        ("A3_sad_int1_ver1", "no_prediction"),
        ("A4_sad_int1_ver1", "no_truth"),
        ("A5_sad_int1_ver1", "malformed"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn whole_numbers_texts_and_words_for_saliences_are_read() {
    let json = br#"{
        "A1_ang_int1_ver1": [{"emotion": "ang", "salience": 1}],
        "A1_ang_int2_ver1.mov": [{"salience": 100, "emotion": "ang", "confidence": [1, {"a": null}]}],
        "A1_mix_ang_hap_70_30_ver1": [{"emotion": "ang", "salience": 70}, {"emotion": "hap", "salience": 3e1}],
        "A1_ang_int3_ver1": [{"emotion": "ang", "salience": NaN}],
        "A1_ang_int4_ver1": [{"emotion": "ang", "salience": -Infinity}],
        "A2_ang_int1_ver1": [{"emotion": "ang", "salience": "high"}],
        "A2_ang_int2_ver1": [{"emotion": "ang"}]
    }"#;
    let report = Scorer::from_names().score(&Predictions::parse(json).unwrap()).unwrap();
    assert_eq!((report.scores.acc_presence(), report.scores.acc_salience()), (1.0, 1.0));
    let found: Vec<(&str, &str)> =
        report.issues.iter().map(|issue| (&*issue.clip, issue.kind.name())).collect();
    assert_eq!(
        found,
        [
            ("A1_ang_int3_ver1", "non_finite_salience"),
            ("A1_ang_int4_ver1", "non_finite_salience"),
            ("A2_ang_int1_ver1", "text_salience"),
            ("A2_ang_int1_ver1", "non_finite_salience"),
            ("A2_ang_int2_ver1", "non_finite_salience"),
        ]
    );
}

#[test]
fn whatever_is_no_list_counts_as_wrong_and_is_reported() {
    for value in
        ["null", "true", "7", "\"ang\"", "{\"emotion\": \"ang\"}", "[\"ang\"]", "[[]]", "[{}]", "[null]"]
    {
        let json = format!("{{\"A1_ang_int1_ver1\": {value}}}");
        let predictions = Predictions::parse(json.as_bytes()).unwrap();
        let report = Scorer::from_names().score(&predictions).unwrap();
        assert_eq!(report.scores.presence.to_string(), "0/1", "{value}");
        assert!(matches!(report.issues[0].kind, IssueKind::Malformed { .. }), "{value}: {:?}", report.issues);
    }
}

#[test]
fn of_a_clip_that_comes_twice_the_last_counts() {
    let json = br#"{
        "A1_ang_int1_ver1": [{"emotion": "sad", "salience": 100}],
        "A1_ang_int1_ver1.mov": [{"emotion": "ang", "salience": 100}]
    }"#;
    let predictions = Predictions::parse(json).unwrap();
    assert_eq!(predictions.issues()[0].kind, IssueKind::DuplicateClip { times: 2 });
    assert_eq!(predictions.get("A1_ang_int1_ver1"), Some(&Answer::from(Label::Single(Emotion::Anger))));
}

#[test]
fn a_team_name_beside_the_wrapped_predictions_is_no_clip() {
    let wrapped = br#"{"team": "ours", "predictions": {"A1_ang_int1_ver1": []}, "version": {"a": [1]}}"#;
    let predictions = Predictions::parse(wrapped).unwrap();
    assert_eq!((predictions.len(), predictions.issues()), (1, &[][..]));
    // A clip there would be counted by nobody.
    let beside = br#"{"predictions": {"A1_ang_int1_ver1": []}, "A2_ang_int1_ver1": []}"#;
    let issues = Predictions::parse(beside).unwrap().issues().to_vec();
    assert_eq!(issues, [Issue::new("A2_ang_int1_ver1", IssueKind::OutsidePredictions)]);
}
