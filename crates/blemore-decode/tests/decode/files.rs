//! Decoder files.

use blemore_base::Blame;
use blemore_decode::{ByActor, Error, Fusion, Labels, Recipe, Rule, TrainedDecoder};
use blemore_eval::Thresholds;
use serde_json::{Value, json};

use crate::simulated::Clips;

fn recipes() -> Vec<Recipe> {
    let rules = [Rule::Grid, Rule::Exact, Rule::Argmax, Rule::ExpectedScore];
    let mut recipes: Vec<Recipe> = rules.into_iter().map(Recipe::of).collect();
    recipes.push(Recipe::Fused { fusion: Fusion::Likelihood, calibrated: true, rule: Rule::Grid });
    recipes.push(Recipe::Learned { labels: Labels::Apart, by_actor: ByActor::default() });
    for (centre, balance) in [(false, false), (true, false), (true, true)] {
        recipes.push(Recipe::Learned { labels: Labels::Related, by_actor: ByActor { centre, balance } });
    }
    recipes
}

#[test]
fn a_file_decodes_as_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decoder.json");
    let clips = Clips::draw(300, 10, 7);
    for recipe in recipes() {
        let decoder = recipe.fit(&clips.training()).unwrap();
        decoder.write(&path).unwrap();
        let read = TrainedDecoder::read(&path).unwrap();
        assert_eq!(read, decoder, "{recipe}");
        assert_eq!(
            read.decode(&clips.outputs()).unwrap(),
            decoder.decode(&clips.outputs()).unwrap(),
            "{recipe}"
        );
    }
}

#[test]
fn files_that_hold_no_decoder_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decoder.json");
    let clips = Clips::draw(300, 10, 8);
    let refused = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let error = TrainedDecoder::read(&path).unwrap_err();
        assert!(matches!(error, Error::NotADecoder { .. }) && error.is_bad_input(), "{error}");
        assert!(error.to_string().contains("decoder.json"), "{error}");
        error.to_string()
    };
    for recipe in recipes() {
        recipe.fit(&clips.training()).unwrap().write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let whole = text.trim_end().len();
        for end in (0..whole).step_by(whole / 50 + 1) {
            refused(&text[..end]);
        }
        assert!(refused(&text.replace("decoder-1", "decoder-9")).contains("decoder-9"));
        let longer = text.replacen("\"weights\":[", "\"weights\":[1.5,", 1);
        assert_ne!(longer, text, "{recipe}");
        refused(&longer);
    }
    let decoder = Recipe::of(Rule::Grid).fit(&clips.training()).unwrap();
    decoder.write(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(refused(&text.replace("1.0", "-1.0")).contains("weights"));
    refused("{}");
    let missing = TrainedDecoder::read(folder.path().join("no.json")).unwrap_err();
    assert!(matches!(missing, Error::Read { .. }) && missing.is_bad_input(), "{missing}");
    let nowhere = decoder.write(path.join("no folder.json")).unwrap_err();
    assert!(matches!(nowhere, Error::Write { .. }) && !nowhere.is_bad_input(), "{nowhere}");
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decoder.json");
    let clips = Clips::draw(300, 10, 8);
    let fitted = |recipe: Recipe| serde_json::to_value(recipe.fit(&clips.training()).unwrap()).unwrap();
    let read = |decoder: &Value| {
        std::fs::write(&path, decoder.to_string()).unwrap();
        TrainedDecoder::read(&path)
    };
    let refused = |decoder: &Value, place: &str, number: Value, reason: &str| {
        let mut changed = decoder.clone();
        *changed.pointer_mut(place).unwrap() = number.clone();
        let error = read(&changed).unwrap_err();
        assert!(error.to_string().contains(reason), "{place} {number}: {error}");
    };
    let mut two = fitted(Recipe::Fused { fusion: Fusion::Mean, calibrated: true, rule: Rule::Argmax });
    two["systems"] = json!(["first", "second"]);
    two["weights"] = json!([0.0, 2.0]);
    assert_eq!(read(&two).unwrap().systems(), ["first", "second"]);
    for weights in [json!([]), json!([1.0]), json!([1.0, 1.0, 1.0]), json!([-1.0, 3.0]), json!([0.0, 0.0])] {
        refused(&two, "/weights", weights, "one number from 0 on for each system");
    }
    for temperature in [0.0, -1.0] {
        refused(&two, "/temperature", json!(temperature), "finite");
    }
    for share in [-0.1, 1.1] {
        refused(&two, "/blend_share", json!(share), "share of blends");
    }
    for (centre, columns) in [(false, 12), (true, 24)] {
        let by_actor = ByActor { centre, balance: false };
        let learned = fitted(Recipe::Learned { labels: Labels::Apart, by_actor });
        assert_eq!(read(&learned).unwrap().by_actor(), by_actor);
        let rows = format!("{columns} rows of 36 numbers");
        refused(&learned, "/regression/weights", json!([]), &rows);
        refused(&learned, "/regression/weights/3", json!([1.0; 35].to_vec()), &rows);
        refused(&learned, "/regression/biases", json!([1.0; 37].to_vec()), &rows);
        let even = 1.0 / 36.0;
        let mut negative = vec![even; 36];
        (negative[0], negative[1]) = (-even, 3.0 * even);
        for shares in [vec![1.0 / 35.0; 35], vec![even * 1.001; 36], vec![even * 0.999; 36], negative] {
            refused(&learned, "/shares", json!(shares), "with the sum 1");
        }
        let mut other = learned.clone();
        other["shares"] = json!(vec![even; 36]);
        assert!(read(&other).is_ok());
        let twice = format!("2 systems are {} rows", 2 * columns);
        refused(&learned, "/systems", json!(["first", "second"]), &twice);
    }
}

#[test]
fn a_decoder_says_what_it_is() {
    let clips = Clips::draw(300, 10, 8);
    let kinds = ["thresholds", "thresholds", "argmax", "expected-score", "thresholds", "learned"];
    for (recipe, kind) in recipes().into_iter().zip(kinds) {
        let decoder = recipe.fit(&clips.training()).unwrap();
        assert_eq!(serde_json::to_value(&decoder).unwrap()["decoder"], kind, "{recipe}");
        assert_eq!(decoder.systems(), ["simulated"]);
        assert_eq!(decoder.thresholds().is_some(), kind == "thresholds");
        let strength = decoder.strength();
        assert_eq!(strength.is_some(), kind == "learned");
        assert!(strength.is_none_or(|strength| (10.0..=3000.0).contains(&strength)));
        let missing = decoder.decode_with_actors(&clips.outputs(), &clips.actors[1..]).unwrap_err();
        assert!(matches!(missing, Error::LengthMismatch { expected: 300, found: 299, .. }), "{missing}");
    }
    let given = TrainedDecoder::of_thresholds(["a", "b"], Thresholds { alpha: 0.2, beta: 0.3 });
    assert_eq!(given.thresholds(), Some(Thresholds { alpha: 0.2, beta: 0.3 }));
    let missing = given.decode(&clips.outputs()).unwrap_err();
    assert!(missing.to_string().contains("2 systems (a, b), found 1"), "{missing}");
}

#[test]
fn a_disk_that_fails_is_no_bad_input() {
    let failed = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let path = std::path::PathBuf::from("decoder.json");
    let of_scoring = blemore_eval::Error::Read { path: path.clone(), source: failed() };
    for error in [Error::Read { path, source: failed() }, Error::Eval(of_scoring)] {
        assert!(!error.is_bad_input(), "{error}");
    }
}
