//! `blemore score`: the published scorer's figures, intervals, comparison.

use approx::assert_abs_diff_eq;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::program::{blemore, blemore_json, refusal, stderr};

fn shared_file(name: &str) -> Option<String> {
    Some(text_of(&blemore_testing::shared(name)?))
}

/// A path as an argument among others.
fn text_of(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn number(document: &Value, key: &str) -> f64 {
    document[key].as_f64().unwrap_or_else(|| panic!("{key} in {document}"))
}

/// The table on stdout of a run that was done.
fn table(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn written(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    text_of(&path)
}

fn interval(document: &Value, key: &str) -> (f64, f64) {
    let ends = document[key].as_array().unwrap();
    assert_eq!(ends.len(), 2, "{document}");
    (ends[0].as_f64().unwrap(), ends[1].as_f64().unwrap())
}

#[test]
fn published_figures_of_both_files() {
    let Some(expected) = shared_file("parity/scoring/expected.json") else { return };
    let expected: Value = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
    for (file, key) in
        [("predictions.json", "score_predictions"), ("perturbed_predictions.json", "score_perturbed")]
    {
        let Some(predictions) = shared_file(&format!("parity/scoring/{file}")) else { return };
        let document = blemore_json(["score", "--predictions", &predictions]);
        for measure in ["acc_presence", "acc_salience"] {
            let value = number(&document, measure);
            assert_eq!(value, number(&expected[key], measure), "{file} {measure}");
            let (low, high) = interval(&document, &format!("{measure}_ci"));
            assert!(low < value && value < high && high - low < 0.3, "{file} {measure} {low} {high}");
        }
        assert_eq!((number(&document, "n_clips"), number(&document, "n_blends")), (400.0, 217.0));
        // A repeated emotion is an issue of the perturbed file only.
        let issues = document["issues"].as_array().unwrap();
        assert_eq!(issues.is_empty(), key == "score_predictions", "{issues:?}");

        let strict = blemore(["score", "--strict", "--predictions", &predictions]);
        assert_eq!(strict.status.code(), Some(if issues.is_empty() { 0 } else { 2 }));
    }
}

#[test]
fn the_seed_decides_the_interval() {
    let Some(predictions) = shared_file("parity/scoring/predictions.json") else { return };
    let with = |seed: &str| {
        let document =
            blemore_json(["score", "--predictions", &predictions, "--seed", seed, "--replicates", "999"]);
        interval(&document, "acc_salience_ci")
    };
    assert_eq!(with("1"), with("1"));
    assert_ne!(with("1"), with("2"));
}

#[test]
fn two_systems_are_compared_on_the_same_clips() {
    let Some(first) = shared_file("parity/scoring/predictions.json") else { return };
    let Some(second) = shared_file("parity/scoring/perturbed_predictions.json") else { return };
    let document = blemore_json(["score", "--predictions", &first, "--compare", &second]);
    let presence = &document["comparison"]["acc_presence"];
    assert_abs_diff_eq!(number(presence, "difference"), 0.1, epsilon = 1e-12);
    assert!(number(presence, "p_permutation") < 0.01 && number(presence, "p_bootstrap") < 0.01);
    let (low, high) = interval(presence, "ci");
    assert!(0.0 < low && low < 0.1 && 0.1 < high);

    let both = table(&blemore(["score", "--predictions", &first, "--compare", &second]));
    for part in ["0.792", "0.693", "+0.100", "p, permutation"] {
        assert!(both.contains(part), "{part} is not in\n{both}");
    }

    let folder = tempfile::tempdir().unwrap();
    let other =
        written(&folder, "other.json", r#"{"A1_ang_int1_ver1": [{"emotion": "ang", "salience": 100}]}"#);
    let said = refusal(["score", "--predictions", &first, "--compare", &other]);
    assert!(said.contains("same clips"), "{said}");
}

#[test]
fn truth_and_actors_come_from_the_metadata() {
    let Some(metadata) = shared_file("blemore/test_metadata.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    // Every test clip as its own name says, but for one that is left out.
    let names: Vec<String> = std::fs::read_to_string(&metadata)
        .unwrap()
        .lines()
        .skip(2)
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect();
    let right = |name: &String| match name.split('_').collect::<Vec<_>>()[..] {
        [_, "mix", first, second, percent, rest, _] => format!(
            r#""{name}": [{{"emotion": "{first}", "salience": {percent}}}, {{"emotion": "{second}", "salience": {rest}}}]"#
        ),
        [_, single, ..] => format!(r#""{name}": [{{"emotion": "{single}", "salience": 100}}]"#),
        _ => panic!("{name}"),
    };
    let text = format!("{{{}}}", names.iter().map(right).collect::<Vec<_>>().join(","));
    let predictions = written(&folder, "predictions.json", &text);
    let document = blemore_json(["score", "--predictions", &predictions, "--metadata", &metadata]);
    assert_eq!((number(&document, "acc_presence"), number(&document, "n_clips")), (1.0, 593.0));
    assert_eq!((number(&document, "n_actors"), interval(&document, "acc_presence_ci")), (11.0, (1.0, 1.0)));
    assert_eq!(document["issues"][0]["kind"], "no_prediction");
}

/// Metadata of four actors with a column of their own, and predictions of which all but those of women are right.
fn scene_by_camera(folder: &tempfile::TempDir) -> (String, String) {
    let mut metadata = concat!(
        "filename,video_id,mix,emotion_1,version,intensity_level,situation,",
        "emotion_2,emotion_1_salience,emotion_2_salience,gender,camera\n",
    )
    .to_owned();
    let mut predictions = Vec::new();
    for (actor, gender, camera) in [(1, "f", "10"), (2, "f", "10"), (3, "m", "9"), (4, "m", "")] {
        for level in 1..=3 {
            let clip = format!("A{actor}_ang_int{level}_ver1");
            metadata.push_str(&format!("{clip},A{actor},0,ang,1,{level},,,,,{gender},{camera}\n"));
            let emotion = if gender == "f" && level > 1 { "sad" } else { "ang" };
            predictions.push(format!(r#""{clip}": [{{"emotion": "{emotion}", "salience": 100}}]"#));
        }
        let clip = format!("A{actor}_mix_ang_sad_70_30_ver1");
        metadata.push_str(&format!("{clip},A{actor},1,ang,1,,,sad,70,30,{gender},{camera}\n"));
        predictions.push(format!(
            r#""{clip}": [{{"emotion": "ang", "salience": 70}}, {{"emotion": "sad", "salience": 30}}]"#
        ));
    }
    let predictions = format!("{{{}}}", predictions.join(","));
    (written(folder, "metadata.csv", &metadata), written(folder, "predictions.json", &predictions))
}

#[test]
fn accuracies_are_shown_by_columns_of_the_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let (metadata, predictions) = scene_by_camera(&folder);
    let arguments =
        ["score", "--predictions", &predictions, "--metadata", &metadata, "--by", "gender,camera"];
    let document = blemore_json(arguments);
    let by = document["by"].as_array().unwrap();
    let group = |column: usize, group: usize| {
        let found = &by[column]["groups"][group];
        let clips = (number(found, "n_clips"), number(found, "n_blends"), number(found, "n_actors"));
        (found["value"].as_str().map(str::to_owned), number(found, "acc_presence"), clips)
    };
    assert_eq!((by[0]["column"].as_str(), by.len()), (Some("gender"), 2));
    assert_eq!(group(0, 0), (Some("female".to_owned()), 0.5, (8.0, 2.0, 2.0)));
    assert_eq!(group(0, 1), (Some("male".to_owned()), 1.0, (8.0, 2.0, 2.0)));
    // Numbers in their order, and clips without a value last.
    assert_eq!(group(1, 0).0.as_deref(), Some("9"));
    assert_eq!(group(1, 1), (Some("10".to_owned()), 0.5, (8.0, 2.0, 2.0)));
    assert_eq!(group(1, 2), (None, 1.0, (4.0, 1.0, 1.0)));
    assert_eq!(interval(&by[0]["groups"][1], "acc_salience_ci"), (1.0, 1.0));
    assert_eq!(number(&document, "acc_presence"), 0.75, "all clips as without --by");

    let shown = table(&blemore(arguments));
    for part in ["gender", "female", "0.500", "camera", "(empty)", "camera (empty), ACC_presence:"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
}

#[test]
fn without_metadata_clip_names_tell_the_columns() {
    let folder = tempfile::tempdir().unwrap();
    let (_, predictions) = scene_by_camera(&folder);
    let document = blemore_json(["score", "--predictions", &predictions, "--by", "intensity_level"]);
    let groups = &document["by"][0]["groups"];
    let accuracies = [0, 1, 2, 3].map(|group| number(&groups[group], "acc_presence"));
    assert_eq!((accuracies, groups[3]["value"].is_null()), ([1.0, 0.5, 0.5, 1.0], true));
    assert!(groups[0]["acc_salience"].is_null(), "no single emotion is a blend");
    assert_eq!(number(&groups[3], "acc_salience"), 1.0);
}

#[test]
fn a_column_that_is_not_there_is_refused_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let (metadata, predictions) = scene_by_camera(&folder);
    let said = refusal(["score", "--predictions", &predictions, "--metadata", &metadata, "--by", "age"]);
    assert!(said.contains("metadata.csv has no column age") && said.contains("gender, camera"), "{said}");
    let said = refusal(["score", "--predictions", &predictions, "--by", "gender"]);
    assert!(
        said.contains("names do not tell gender")
            && said.contains("--metadata")
            && said.contains("intensity_level"),
        "{said}"
    );
}

#[test]
#[cfg(feature = "polars")]
fn metadata_may_be_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let (metadata, predictions) = scene_by_camera(&folder);
    let parquet = text_of(&folder.path().join("metadata.parquet"));
    let mut frame = blemore_data::Metadata::read(&metadata).unwrap().frame().unwrap();
    let file = std::fs::File::create(&parquet).unwrap();
    blemore_data::polars::prelude::ParquetWriter::new(file).finish(&mut frame).unwrap();
    let of = |metadata: &str| {
        blemore_json([
            "score",
            "--predictions",
            &predictions,
            "--metadata",
            metadata,
            "--by",
            "gender,camera",
        ])
    };
    assert_eq!(of(&parquet), of(&metadata));
}

#[test]
fn issues_are_told_on_stderr_and_in_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let predictions = written(
        &folder,
        "predictions.json",
        r#"{"A1_ang_int1_ver1": [{"emotion": "ang", "salience": 1}], "A2_ang_int1_ver1": [{"emotion": "joy", "salience": NaN}], "test_0001": []}"#,
    );
    let output = blemore(["score", "--predictions", &predictions]);
    let (out, said) = (table(&output), stderr(&output));
    assert!(out.contains("0.500") && out.contains("1/2"), "{out}");
    assert!(out.contains("no clip counts for this measure"), "{out}");
    assert!(said.contains("4 issues") && said.contains("unknown emotion \"joy\""), "{said}");
    assert_eq!(stderr(&blemore(["score", "-q", "--predictions", &predictions])), "");

    let document = blemore_json(["score", "--predictions", &predictions]);
    let kinds: Vec<&str> =
        document["issues"].as_array().unwrap().iter().map(|issue| issue["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["unknown_emotion", "non_finite_salience", "no_emotion", "no_truth"]);
    let said = refusal(["score", "--json", "--strict", "--predictions", &predictions]);
    assert!(said.contains("predictions.json") && said.contains("4 faults"), "{said}");
}

#[test]
fn bad_input_ends_with_code_2_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let broken = written(&folder, "broken.json", r#"{"A1_ang_int1_ver1": [{"emotion": "#);
    let said = refusal(["score", "--predictions", &broken]);
    assert!(said.contains("broken.json") && said.contains("line 1"), "{said}");
    let unlabelled = r#"{"test_0001.mov": [{"emotion": "ang", "salience": 1}]}"#;
    let said = refusal(["score", "--predictions", &written(&folder, "test.json", unlabelled)]);
    assert!(said.contains("test.json") && said.contains("--metadata"), "{said}");
    assert!(refusal(["score", "--predictions", "nowhere.json"]).contains("nowhere.json"));
    refusal(["score", "--predictions", &broken, "--replicates", "0"]);
}

/// Metadata and predictions of clips whose names tell no actor: six of each actor, one in three predicted wrong, the
/// last not at all.
fn scene_without_names(folder: &tempfile::TempDir, actors: usize, states_actors: bool) -> (String, String) {
    let mut metadata = concat!(
        "filename,video_id,mix,emotion_1,version,intensity_level,situation,",
        "emotion_2,emotion_1_salience,emotion_2_salience,camera\n",
    )
    .to_owned();
    let mut predictions = Vec::new();
    for clip in 0..6 * actors {
        let actor = if states_actors { format!("P{}", clip % actors) } else { String::new() };
        let name = format!("test_{clip:04}");
        let (mix, second) = if clip % 2 == 0 { (0, ",,") } else { (1, "sad,70,30") };
        metadata += &format!("{name},{actor},{mix},ang,1,,,{second},left\n");
        let said = match (clip % 3, mix) {
            (0, _) => r#"{"emotion": "hap", "salience": 100}"#,
            (_, 0) => r#"{"emotion": "ang", "salience": 100}"#,
            _ => r#"{"emotion": "ang", "salience": 70}, {"emotion": "sad", "salience": 30}"#,
        };
        predictions.push(format!("\"{name}\": [{said}]"));
    }
    predictions.pop();
    let text = format!("{{{}}}", predictions.join(","));
    (written(folder, "metadata.csv", &metadata), written(folder, "predictions.json", &text))
}

#[test]
fn an_interval_says_what_it_is() {
    const BY_CLIP: &str = "by clip: actors are unknown";
    const FEW: &str =
        "fewer than ten actors: the interval is too narrow (in simulations a nominal 95 % covers 57 %";
    for (actors, states_actors, said, kind) in [
        (7, false, Some(BY_CLIP), Some("unknown_actors")),
        (7, true, Some(FEW), Some("few_actors")),
        (13, true, None, None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (metadata, predictions) = scene_without_names(&folder, actors, states_actors);
        let files = ["--predictions", &predictions, "--metadata", &metadata, "--compare", &predictions];
        let words = ["score", "--by", "camera"].into_iter().chain(files);
        let shown = table(&blemore(words.clone()));
        let all = 6 * actors;
        assert!(shown.contains(&format!("\n{} of {all} clips have predictions", all - 1)), "{shown}");
        for measure in
            ["ACC_presence", "ACC_salience", "camera left, ACC_presence", "camera left, ACC_salience"]
        {
            let line = said.map(|said| format!("\n{measure}: {said}"));
            assert!(line.is_none_or(|line| shown.contains(&line)), "{measure} in\n{shown}");
        }
        if said.is_none() {
            assert!(!shown.contains(BY_CLIP) && !shown.contains("fewer than ten"), "{shown}");
        }
        let document = blemore_json(words);
        for part in [&document, &document["by"][0]["groups"][0]] {
            assert_eq!(part["caveats"]["acc_presence"].as_str(), kind, "{part}");
            assert_eq!(part["caveats"]["acc_salience"].as_str(), kind, "{part}");
        }
        // Equal systems do not differ, whoever plays; that actors are unknown goes before it.
        let difference = &document["comparison"]["acc_presence"]["caveat"];
        assert_eq!(difference, if states_actors { "no_variation" } else { "unknown_actors" });
    }
}
