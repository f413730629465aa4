//! The modules of the crate import each other without circles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Graph = BTreeMap<String, BTreeSet<String>>;

/// The code of a file, without comments and unit tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The first names of the paths that begin with `root` (`crate::`): of `crate::{a::B, C}` both `a` and `C`.
fn names_after(root: &str, code: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    code.split(root)
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split(';').next().unwrap().split(',').map(|item| name(item.trim())).collect(),
            None => vec![name(rest)],
        })
        // After the last comma of a list.
        .filter(|name: &String| !name.is_empty())
        .collect()
}

/// Which modules each module of the crate imports: folders as one, and the files of a folder among themselves.
fn graph() -> Graph {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let root = code(&src.join("lib.rs"));
    // What `crate::Name` stands for: `pub use module::{Name, ...}`.
    let reexports: BTreeMap<String, String> = root
        .split("pub use ")
        .skip(1)
        .filter_map(|line| line.split(';').next()?.split_once("::"))
        .flat_map(|(module, names)| {
            let names = names.trim_matches(['{', '}', '\n', ' ']).split(',');
            names.map(|name| (name.trim().to_owned(), module.to_owned())).collect::<Vec<_>>()
        })
        .collect();
    let mut graph = Graph::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let module = path.strip_prefix(&src).unwrap().with_extension("");
            let parts: Vec<&str> = module.iter().map(|part| part.to_str().unwrap()).collect();
            match parts[..] {
                _ if path.is_dir() => folders.push(path),
                ["lib"] | [.., "tests"] => {}
                [top, ..] => {
                    let code = code(&path);
                    for name in names_after("crate::", &code) {
                        graph
                            .entry(top.to_owned())
                            .or_default()
                            .insert(reexports.get(&name).unwrap_or(&name).clone());
                    }
                    if let [folder, file] = parts[..] {
                        let siblings = names_after("super::", &code).into_iter();
                        let siblings =
                            siblings.filter(|name| src.join(folder).join(name).with_extension("rs").exists());
                        let imports = siblings.map(|name| format!("{folder}/{name}"));
                        graph.entry(format!("{folder}/{file}")).or_default().extend(imports);
                    }
                }
                [] => {}
            }
        }
    }
    for (module, imports) in &mut graph {
        imports.remove(module);
    }
    graph
}

#[test]
fn modules_import_each_other_without_circles() {
    let mut graph = graph();
    assert!(graph["training"].contains("error") && graph["training/trainer"].contains("training/state"));
    // Modules without an import that is left are taken away until none or a circle is left.
    loop {
        let before = graph.len();
        let left: BTreeSet<String> = graph.keys().cloned().collect();
        graph.retain(|_, imports| imports.iter().any(|import| left.contains(import)));
        if graph.len() == before {
            break;
        }
    }
    assert!(graph.is_empty(), "among these is a circle: {graph:#?}");
}
