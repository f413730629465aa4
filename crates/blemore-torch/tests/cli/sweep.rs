//! `blemore sweep`: shares, the table, and what is wrong with a plan.

use std::fs;

use crate::program::{blemore, blemore_json, refusal, stderr};
use crate::scene::Scene;

const PLAN: &str = r#"
metadata = "train.csv"
heads = ["emotions", "set-and-ratio"]
decoders = ["grid", "expected-score"]
features = [{ name = "made up", tables = ["features.npz"] }]
recipe = { epochs = 3, learning_rate = 0.01 }
baseline = { features = "made up", head = "emotions", objective = "kl-divergence", decoder = "grid" }
"#;

#[test]
fn the_table_comes_with_the_last_share_and_stands_in_the_report() {
    let scene = Scene::new();
    fs::write(scene.path("sweep.toml"), PLAN).unwrap();
    let (plan, output) = (scene.path("sweep.toml"), scene.path("sweep"));
    let (plan, output) = (plan.to_str().unwrap(), output.to_str().unwrap());
    let words = ["sweep", plan, "-o", output];
    let first = blemore_json(words.iter().chain(&["--cell", "1/2"]));
    assert!(first["table"].is_null());
    let last = blemore_json(words.iter().chain(&["--cell", "2/2"]));
    assert_eq!(last["table"]["rows"].as_array().unwrap().len(), 4);
    assert_eq!(blemore_json(words), last, "nothing is trained again");
    let run = blemore(words);
    assert!(run.status.success(), "{}", stderr(&run));
    let text = String::from_utf8(run.stdout).unwrap();
    for expected in ["set-and-ratio", "expected-score", "baseline", "corrected"] {
        assert!(text.contains(expected), "{text}");
    }
    let folder = last["table"]["rows"][2]["run"].as_str().unwrap();
    let (run, page) = (scene.path("sweep/runs").join(folder), scene.path("page.html"));
    blemore_json(["report", "--run", run.to_str().unwrap(), "-o", page.to_str().unwrap()]);
    assert!(fs::read_to_string(&page).unwrap().contains("The sweep"));
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<figcaption>All 4 combinations"), "the figure");
    let whole = scene.path("whole.html");
    let document = blemore_json(["report", "--run", output, "-o", whole.to_str().unwrap()]);
    let systems =
        ["made up, Linear, emotions, kl-divergence", "made up, Linear, set-and-ratio, kl-divergence"];
    assert_eq!(document["systems"], serde_json::json!(systems), "a run per head");
    assert_eq!(fs::read_to_string(whole).unwrap().matches("<figcaption>All 4 combinations").count(), 1);
    let album = scene.path("album");
    let document = blemore_json(["figures", "--run", output, "-o", album.to_str().unwrap()]);
    assert_eq!(document["figures"].as_array().map(Vec::len), Some(1));
    let figure = fs::read_to_string(album.join("sweep-sweep.svg")).unwrap();
    for part in ["Sweep: made up, Linear, kl-divergence", "set-and-ratio, expected-score"] {
        assert!(figure.contains(part), "{part}");
    }
    let verified = blemore(["verify", run.to_str().unwrap()]);
    assert!(verified.status.success(), "{}", stderr(&verified));

    let found = blemore_json(["verify", output]);
    assert_eq!(found["runs"].as_array().unwrap().len(), 2);
    assert!(found["sweep"].as_array().unwrap().is_empty());
    let table = scene.path("sweep/sweep.json");
    let changed = fs::read_to_string(&table).unwrap().replacen("\"p\": ", "\"p\": 0", 1);
    fs::write(&table, changed).unwrap();
    let verified = blemore(["verify", output]);
    assert_eq!(verified.status.code(), Some(1));
    assert!(String::from_utf8(verified.stdout).unwrap().contains("sweep.json: "));
}

#[test]
fn a_plan_that_cannot_be_is_refused_before_anything_is_made() {
    let scene = Scene::new();
    let plan = PLAN.replace("\"grid\", ", "").replace("[\"emotions\", ", "[\"set-and-ratio\", ");
    fs::write(scene.path("sweep.toml"), plan).unwrap();
    let output = scene.path("sweep");
    let said = refusal(["sweep", scene.path("sweep.toml").to_str().unwrap(), "-o", output.to_str().unwrap()]);
    for expected in ["heads: set-and-ratio is there twice", "the baseline is not a row of the grid"] {
        assert!(said.contains(expected), "{said}");
    }
    assert!(!output.exists());
}
