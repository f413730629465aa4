//! `cross-validate --seeds`, and `test --ensemble` of what it leaves.

use std::fs;

use crate::program::{blemore, blemore_json, refusal, stderr};
use crate::scene::Scene;

/// A test actor, and two of its clips.
fn write_test(scene: &Scene) {
    let train = fs::read_to_string(scene.path("train.csv")).unwrap();
    let rows = train.lines().take(3).map(|row| row.replace("A1", "A9")).collect::<Vec<_>>();
    fs::write(scene.path("test.csv"), rows.join("\n")).unwrap();
    scene.write_table("test.npz", &["A9_ang_int1_ver1", "A9_mix_ang_sad_70_30_ver1"], 0.5);
}

#[test]
fn seeds_are_runs_in_subfolders_and_their_models_an_ensemble() {
    let scene = Scene::new();
    write_test(&scene);
    let path = |name: &str| scene.path(name).display().to_string();
    let [features, metadata, run] = ["features.npz", "train.csv", "run"].map(path);
    let words = ["cross-validate", "--features", &features, "--metadata", &metadata, "-o", &run];
    let words: Vec<&str> = words
        .into_iter()
        .chain(["--models", "linear", "--epochs", "2", "--seeds", "2", "--seed", "7"])
        .collect();
    let first = blemore_json(words.iter().copied().chain(["--cell", "1/2"]));
    let cells = |document: &serde_json::Value| -> usize {
        let seeds = document["seeds"].as_array().unwrap().iter();
        seeds.map(|seed| seed["cells"].as_array().unwrap().len()).sum()
    };
    assert_eq!(cells(&first), 3, "a share is of the cells of all seeds");
    let found = blemore_json(words.iter().copied());
    assert_eq!((cells(&found), &found["summary"][0]["seeds"]), (6, &serde_json::json!(2)));
    let shown = String::from_utf8(blemore(words).stdout).unwrap();
    assert!(shown.contains("spread over") && shown.contains("seeds"), "{shown}");

    let [test_features, test] = ["test.npz", "test.csv"].map(path);
    let words =
        ["test", "--ensemble", "--run", &run, "--features", &features, "--test-features", &test_features];
    let words = words.into_iter().chain(["--train-metadata", &metadata, "--test-metadata", &test]);
    let words: Vec<&str> = words.collect();
    let result = &blemore_json(words.iter().copied())["results"][0];
    assert_eq!(result["ensemble"]["seeds"], serde_json::json!([7, 8]));
    assert_eq!(result["ensemble"]["models"], 6);
    let tested = blemore(words.iter().copied());
    assert!(tested.status.success(), "{}", stderr(&tested));
    let shown = String::from_utf8(tested.stdout).unwrap();
    assert!(shown.contains("mean of 6 models, seeds 7, 8; single models over the folds"), "{shown}");

    let found = blemore_json(["verify", &run]);
    assert_eq!(found["runs"].as_array().unwrap().len(), 2);
    assert_eq!(found["runs"][0]["tests"], 1);
    let said = refusal(words.into_iter().chain(["--epochs", "3"]));
    assert!(said.contains("--epochs"), "{said}");
}
