//! `blemore report`: a page that agrees with the run's own tables.

use std::fs;

use crate::program::{blemore, blemore_json, refusal, stderr};
use crate::scene::Scene;

/// The thresholds of a line of `cells.csv`, as the page has them.
fn thresholds(line: &str) -> String {
    let number = |column: usize| line.split(',').nth(column).unwrap().parse::<f64>().unwrap();
    format!("α {:.2}, β {:.2}: ", number(6), number(7))
}

/// The row of a fold in the page, of a line of `cells.csv`.
fn folds_row(line: &str) -> String {
    let cells: Vec<&str> = line.split(',').collect();
    let number = |column: usize| format!("<td>{:.3}</td>", cells[column].parse::<f64>().unwrap());
    format!("<tr><td>{}</td><td>{}</td>{}{}", cells[2], cells[3], number(6), number(7))
}

/// A scene with a run of two models, or of one share of it.
pub(crate) fn run(share: Option<&str>) -> Scene {
    let scene = Scene::new();
    let text = |name: &str| scene.path(name).display().to_string();
    fs::rename(scene.path("features.npz"), scene.path("a&b.npz")).unwrap();
    let (features, metadata, output) = (text("a&b.npz"), text("train.csv"), text("run"));
    let mut words = vec!["cross-validate", "--features", &features, "--metadata", &metadata, "-o", &output];
    words.extend(["--models", "linear,mlp-8", "--epochs", "3", "--learning-rate", "0.01"]);
    words.extend(share.iter().flat_map(|share| ["--cell", share]));
    let run = blemore(words);
    assert!(run.status.success(), "{}", stderr(&run));
    scene
}

#[test]
fn the_page_has_the_numbers_of_the_tables_and_needs_nothing_else() {
    let scene = run(None);
    let page = scene.path("pages/new/page.html");
    let (folder, page_text) = (scene.path("run"), page.display().to_string());
    let folder = folder.display().to_string();
    let document = blemore_json(["report", "--run", &folder, "-o", &page_text]);
    assert_eq!(document["systems"], serde_json::json!(["a&b, Linear", "a&b, MLP_8"]));
    let html = fs::read_to_string(&page).unwrap();
    let summary = fs::read_to_string(scene.path("run/summary.csv")).unwrap();
    for line in summary.lines().skip(1) {
        let columns: Vec<&str> = line.split(',').collect();
        let number = |column: usize| columns[column].parse::<f64>().unwrap();
        let expected = format!(
            "<td>{:.3} ± {:.3}</td><td>{:.3} ± {:.3}</td>",
            number(3),
            number(4),
            number(5),
            number(6)
        );
        assert!(html.contains(&expected), "{expected}");
    }
    assert!(
        html.contains("<dd>6, not marked as generated</dd>") && html.contains("a&amp;b: a report"),
        "names are text, not markup"
    );
    // Of both models: curves, confusion, thresholds, calibration, accuracies by emotions.
    assert_eq!(html.matches("<svg").count(), 2 * 9);
    assert_eq!(html.matches("<figcaption>Confusion of the 16 sets of emotions, 6 clips").count(), 2);
    let cells = fs::read_to_string(scene.path("run/cells.csv")).unwrap();
    for line in cells.lines().skip(1) {
        let chosen = thresholds(line);
        assert!(html.contains(&chosen), "{chosen}");
        assert!(html.contains(&folds_row(line)), "{}", folds_row(line));
    }
    assert_eq!(
        html.matches("http").count(),
        html.matches("xmlns=\"http").count(),
        "nothing is loaded from elsewhere"
    );

    // A command that was killed after its page was whole ends well, and no other page is replaced.
    let again = blemore(["report", "--run", &folder, "-o", &page_text]);
    assert!(again.status.success(), "{}", stderr(&again));
    fs::write(&page, html.clone() + "<!-- mine -->").unwrap();
    let said = refusal(["report", "--run", &folder, "-o", &page_text]);
    assert!(said.contains("--force"), "{said}");
    let forced = blemore([
        "report",
        "--force",
        "--metadata",
        &scene.path("train.csv").display().to_string(),
        "--run",
        &folder,
        "-o",
        &page_text,
    ]);
    assert!(forced.status.success(), "{}", stderr(&forced));
    assert_eq!(fs::read_to_string(&page).unwrap(), html, "names and metadata tell the same truth");

    // The same figures by themselves.
    let album = scene.path("album");
    let document = blemore_json(["figures", "--run", &folder, "-o", &album.display().to_string()]);
    assert_eq!(document["figures"].as_array().map(Vec::len), Some(2 * 9));
    let curves = fs::read_to_string(album.join("a_b-MLP_8-loss-over-epochs.svg")).unwrap();
    assert!(curves.contains("a&amp;b, MLP_8"));
}

#[test]
fn the_page_has_accuracies_by_a_column() {
    let scene = run(None);
    let text = |name: &str| scene.path(name).display().to_string();
    let arguments = [
        "report",
        "--run",
        &text("run"),
        "--metadata",
        &text("train.csv"),
        "--by",
        "mix",
        "-o",
        &text("page.html"),
    ];
    let document = blemore_json(arguments);
    let by = document["by"].as_array().unwrap();
    assert_eq!(
        (by.len(), by[1]["system"].as_str(), by[1]["column"].as_str()),
        (2, Some("a&b, MLP_8"), Some("mix"))
    );
    let clips = |group: usize| by[0]["groups"][group]["n_clips"].as_u64();
    assert_eq!((by[0]["groups"][1]["value"].as_str(), clips(0), clips(1)), (Some("1"), Some(3), Some(3)));
    let html = fs::read_to_string(text("page.html")).unwrap();
    assert_eq!(html.matches("<caption>Accuracies by mix").count(), 2);

    let again = [&arguments[..5], &["--force", "--by", "camera", "-o", arguments[8]]].concat();
    let said = refusal(again);
    assert!(said.contains("train.csv has no column camera: its columns are filename, video_id"), "{said}");
}

#[test]
fn what_is_not_finished_is_said() {
    let scene = run(Some("1/2"));
    let (folder, page) = (scene.path("run"), scene.path("page.html"));
    let output =
        blemore(["report".as_ref(), "--run".as_ref(), folder.as_os_str(), "-o".as_ref(), page.as_os_str()]);
    assert!(output.status.success() && stderr(&output).contains("3 cells"), "{}", stderr(&output));
    assert!(fs::read_to_string(page).unwrap().contains("3 cells of the run are not finished"));
}

#[test]
fn a_folder_without_a_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let said = refusal([
        "report".as_ref(),
        "--run".as_ref(),
        folder.path().as_os_str(),
        "-o".as_ref(),
        page.as_os_str(),
    ]);
    assert!(said.contains("cross-validate") && !page.exists(), "{said}");
}
