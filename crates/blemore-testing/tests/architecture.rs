//! The picture of `ARCHITECTURE.md` is the dependency graph that cargo sees, and the container file has all of the
//! workspace.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

type Graph = BTreeMap<String, BTreeSet<String>>;

/// Crates that are for build scripts or tests alone, or for no layer.
const APART: [&str; 6] = [
    "blemore-run-path",
    "blemore-testing",
    "blemore-fuzzing",
    "blemore-examples",
    "blemore-benches",
    "xtask",
];

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The crates in the order of the picture, and what each depends on.
fn picture() -> (Vec<String>, Graph) {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut order = Vec::new();
    let mut graph = Graph::new();
    for line in text.lines() {
        let Some((name, rest)) = line.split_once("->") else { continue };
        // Names, up to the two blanks before what the crate is.
        let names = rest.trim().split("  ").next().unwrap().split(',').map(str::trim);
        let full =
            |name: &str| if name.starts_with("blemore") { name.into() } else { format!("blemore-{name}") };
        order.push(name.trim().to_owned());
        graph.insert(name.trim().to_owned(), names.filter(|name| *name != "nothing").map(full).collect());
    }
    (order, graph)
}

/// What cargo says: normal dependencies within the workspace.
fn workspace() -> Graph {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = root().join("Cargo.toml");
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"];
    let output = Command::new(cargo).args(arguments).arg(manifest).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut graph = Graph::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let own = dependencies
            .filter(|dependency| dependency["kind"].is_null() && dependency["path"].is_string())
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned());
        if !APART.contains(&name) {
            graph.insert(name.to_owned(), own.collect());
        }
    }
    graph
}

#[test]
fn the_picture_is_the_graph_and_points_downwards() {
    let (order, graph) = picture();
    assert_eq!(graph, workspace());
    for (place, name) in order.iter().enumerate() {
        for dependency in &graph[name] {
            let below = order.iter().position(|other| other == dependency).unwrap();
            assert!(below > place, "{name} stands below {dependency}");
        }
    }
}

/// What the container file names is there, and its Rust is the one that the workspace needs.
#[test]
fn the_container_file_fits_the_workspace() {
    let recipe = fs::read_to_string(root().join("examples/container/blemore.def")).unwrap();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let needed = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    assert!(recipe.contains(&format!("From: rust:{}-", needed.trim_matches('"'))), "Rust {needed}");
    let copied = recipe.lines().filter_map(|line| line.trim().split_once(" /opt/blemore/"));
    let copied: Vec<&str> = copied.filter(|(from, to)| from == to).map(|(from, _)| from).collect();
    for path in &copied {
        assert!(root().join(path).exists(), "{path}");
    }
    for member in ["crates", "examples", "benches", "xtask", "Cargo.lock", ".cargo"] {
        assert!(copied.contains(&member), "{member} is not copied");
    }
}
