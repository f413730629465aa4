//! Presets as data, and the page of the documentation that shows them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use blemore_media::{Checkpoint, EncoderKind, Preset, PresetName};

#[test]
fn names_are_read_back_and_unknown_ones_refused() {
    for encoder in EncoderKind::ALL {
        assert_eq!(encoder.name().parse::<EncoderKind>().unwrap(), encoder);
        assert_eq!(serde_json::to_value(encoder).unwrap(), encoder.name());
        assert!(encoder.sees() || encoder.hears());
    }
    for name in PresetName::ALL {
        assert_eq!(name.to_string().parse::<PresetName>().unwrap(), name);
    }
    let error = "openface3".parse::<EncoderKind>().unwrap_err().to_string();
    assert!(error.starts_with("\"openface3\" is no encoder; known are clip, imagebind,"), "{error}");
    assert!("Published".parse::<PresetName>().is_err());
}

/// The two presets of an encoder side by side.
fn table(encoder: EncoderKind) -> String {
    let [published, corrected] = PresetName::ALL.map(|name| Preset::of(encoder, name).steps());
    let other: BTreeMap<_, _> = corrected.iter().cloned().collect();
    let mut table = "| step | `published` | `corrected` |\n| --- | --- | --- |\n".to_owned();
    for (step, one) in &published {
        let other = other.get(step).map_or("not done", String::as_str);
        let other = if one == other { "the same" } else { other };
        writeln!(table, "| {step} | {one} | {other} |").unwrap();
    }
    for (step, other) in corrected.iter().filter(|(step, _)| published.iter().all(|(one, _)| one != step)) {
        writeln!(table, "| {step} | not done | {other} |").unwrap();
    }
    table
}

/// The checkpoints of all encoders.
fn checkpoints() -> String {
    let mut table = "| encoder | checkpoint | file | published at | size | licence |\n\
                     | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for encoder in EncoderKind::ALL {
        let mut listed: Vec<&Checkpoint> = Vec::new();
        for checkpoint in PresetName::ALL.into_iter().flat_map(|name| Checkpoint::of(encoder, name)) {
            if !listed.contains(&checkpoint) {
                listed.push(checkpoint);
            }
        }
        for Checkpoint { about, files, page, megabytes, licence, .. } in listed {
            let files = files.join("`, `");
            let size = megabytes.map_or(String::new(), |size| format!("{size} MB"));
            writeln!(table, "| {encoder} | {about} | `{files}` | <{page}> | {size} | {licence} |").unwrap();
        }
    }
    table
}

#[test]
fn the_documentation_shows_the_presets_and_checkpoints_as_they_are() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/encoders.md");
    let text = std::fs::read_to_string(page).unwrap().replace("\r\n", "\n");
    for encoder in EncoderKind::ALL {
        let table = table(encoder);
        assert!(text.contains(&table), "docs/encoders.md lacks this table of {encoder}:\n{table}");
    }
    let table = checkpoints();
    assert!(text.contains(&table), "docs/encoders.md lacks this table:\n{table}");
}
