//! Every page is in the book, and every link and every path leads somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use blemore_testing::book::{Page, root};
use blemore_testing::{Need, not_run};

/// Pages beside the book whose links are followed too.
const BESIDE: [&str; 3] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

/// The files of a folder of the repository with this ending.
fn files(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
    let names = entries.map(|name| name.into_string().unwrap());
    names.filter(|name| name.ends_with(ending)).map(|name| format!("{folder}/{name}")).collect()
}

#[test]
fn the_summary_lists_every_page_once() {
    let listed: Vec<String> = Page::all().into_iter().skip(1).map(|page| page.name).collect();
    let mut expected = files("docs", ".md");
    expected.remove("docs/SUMMARY.md");
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(listed.len(), expected.len(), "a page is listed twice");
}

/// What is wrong with a link of a page, if anything is.
fn fault(page: &Page, link: &str) -> Option<String> {
    if ["https://", "http://", "mailto:"].iter().any(|scheme| link.starts_with(scheme)) {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let folder = Path::new(&page.name).parent().unwrap();
    let target = match file {
        "" => page.name.clone(),
        file => folder.join(file).to_str().unwrap().to_owned(),
    };
    if page.name.starts_with("docs/") && file.starts_with("..") {
        return Some("it leads out of the book, in which it is broken".to_owned());
    }
    if !root().join(&target).exists() {
        return Some("there is no such file".to_owned());
    }
    let anchor = anchor?;
    let is_there = Page::read(&target).anchors().iter().any(|found| found == anchor);
    (!is_there).then(|| format!("{target} has no such heading"))
}

#[test]
fn every_link_leads_somewhere() {
    let pages = Page::all().into_iter().chain(BESIDE[1..].iter().map(|name| Page::read(name)));
    let mut faults = Vec::new();
    for page in pages {
        let of_link =
            |link: &String| fault(&page, link).map(|fault| format!("{}: {link}: {fault}", page.name));
        faults.extend(page.links().iter().filter_map(of_link));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Paths that a text has in backticks: `crates/...`, `docs/...`, `examples/...`.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split('`').skip(1).step_by(2);
    words.filter(|word| ["crates/", "docs/", "examples/"].iter().any(|folder| word.starts_with(folder)))
}

#[test]
fn every_path_in_backticks_is_there() {
    for page in Page::all() {
        let prose: String = page.text.split("```").step_by(2).flat_map(|part| [part, "\n"]).collect();
        for path in paths(&prose).filter(|path| !path.contains(|letter: char| " {*<".contains(letter))) {
            assert!(root().join(path).exists(), "{}: {path} is not there", page.name);
        }
    }
}

#[test]
fn mdbook_builds_the_book() {
    let folder = std::env::temp_dir().join(format!("blemore-book-{}", std::process::id()));
    let built = Command::new("mdbook").arg("build").arg(root().join("docs")).arg("-d").arg(&folder).output();
    let Ok(built) = built else { return not_run(Need::MdBook) };
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    let index = folder.join("index.html").is_file();
    fs::remove_dir_all(&folder).unwrap();
    assert!(built.status.success() && index && !said.contains("WARN"), "{said}");
}
