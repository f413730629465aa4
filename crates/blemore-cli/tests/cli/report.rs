//! `blemore report` of tables of outputs; of runs in the tests of `blemore-torch`, which trains them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::figures::outputs;
use crate::program::{blemore, blemore_json, refusal, stderr};

/// Two systems in a folder, and the page of both.
fn page(folder: &Path) -> (Vec<String>, String) {
    let table = outputs(folder);
    let other = folder.join("a<b & c.csv").display().to_string();
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&other, text.replace("0.7,0.1,0.05,0.05,0.05,0.05", "0.1,0.7,0.05,0.05,0.05,0.05")).unwrap();
    let page = folder.join("page.html").display().to_string();
    let words = ["report", "--probabilities", &table, &other, "--by", "intensity_level", "-o", &page];
    (words.map(str::to_owned).to_vec(), page)
}

#[test]
fn two_tables_of_outputs_are_compared_on_one_page() {
    let folder = tempfile::tempdir().unwrap();
    let (words, page) = page(folder.path());
    let document = blemore_json(&words);
    assert_eq!(document["systems"], serde_json::json!(["system", "a<b & c"]));
    assert_eq!(document["by"].as_array().map(Vec::len), Some(2));
    let html = fs::read_to_string(&page).unwrap();
    for part in ["system against each other system", "a&lt;b &amp; c", "SHA-256", "Brier score"] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("a<b"), "names are text, not markup");

    let again = blemore(&words);
    assert!(again.status.success(), "{}", stderr(&again));
    fs::write(&page, html + "<!-- mine -->").unwrap();
    assert!(refusal(&words).contains("--force"));
}

#[test]
fn tables_alone_have_three_forms() {
    let folder = tempfile::tempdir().unwrap();
    let (mut words, _) = page(folder.path());
    words.extend(["--format", "csv"].map(str::to_owned));
    assert!(refusal(&words).contains("page.html is a name of another format than csv"));
    for (format, ending, start) in [
        ("latex", "tex", "\\begin{table}"),
        ("markdown", "md", "**Accuracies on held-out clips**"),
        ("csv", "csv", "system,folds,clips"),
    ] {
        let output = folder.path().join(format!("tables.{ending}")).display().to_string();
        let words = words.iter().map(|word| match word.as_str() {
            "csv" => format,
            word if word.ends_with("page.html") => &output,
            word => word,
        });
        let run = blemore(words);
        assert!(run.status.success(), "{}", stderr(&run));
        let text = fs::read_to_string(&output).unwrap();
        assert!(text.starts_with(start) && text.matches("intensity").count() >= 2, "{text}");
    }
}

#[test]
fn a_browser_shows_the_page_without_an_error_and_every_link_leads_somewhere() {
    let Some(browser) = blemore_testing::browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (words, page) = page(folder.path());
    assert!(blemore(words).status.success());
    let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
    let options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"];
    let shown = Command::new(browser).args(options).args([&profile, &page]).output().unwrap();
    let (document, said) = (String::from_utf8(shown.stdout).unwrap(), String::from_utf8_lossy(&shown.stderr));
    assert!(document.contains("a&lt;b &amp; c") && document.ends_with("</html>\n"), "{said}");
    assert!(!said.contains("CONSOLE"), "{said}");
    let links: Vec<&str> =
        document.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.len() > 3);
    for link in links {
        assert_eq!(document.matches(&format!("id=\"{link}\"")).count(), 1, "{link}");
    }
}
