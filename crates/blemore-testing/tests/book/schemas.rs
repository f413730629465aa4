//! What is refused by the schemas and by what holds documents against them.

use std::panic::catch_unwind;

use blemore_testing::schemas::{folder, hold, names};
use serde_json::Value;

const SUBMIT: &str = r#"{"output": "a.zip", "n_clips": 2, "n_blends": 1}"#;

fn is_refused(document: &str) -> bool {
    catch_unwind(|| hold("commands/submit", document.as_bytes())).is_err()
}

#[test]
fn a_document_with_other_fields_is_refused() {
    hold("commands/submit", SUBMIT.as_bytes());
    assert!(is_refused(&SUBMIT.replace("}", r#", "new": 1}"#)), "a field too many");
    assert!(is_refused(&SUBMIT.replace(r#", "n_blends": 1"#, "")), "a field too few");
    assert!(is_refused(&SUBMIT.replace(": 1", r#": "1""#)), "another type");
    assert!(is_refused(&SUBMIT.replace("}", r#", "n_clips": 2}"#)), "a field twice");
}

/// Where an object of a schema takes fields that it does not name.
fn open_objects(schema: &Value, path: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            let closed = Some(&Value::Bool(false));
            if fields.contains_key("properties") && fields.get("additionalProperties") != closed {
                found.push(path.to_owned());
            }
            fields.iter().for_each(|(name, field)| open_objects(field, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => items.iter().for_each(|item| open_objects(item, path, found)),
        _ => {}
    }
}

#[test]
fn every_object_names_all_its_fields() {
    let mut found = Vec::new();
    let of =
        |subfolder: &str| names(subfolder).into_iter().map(|name| format!("{subfolder}/{name}")).collect();
    let all: Vec<String> = [vec!["common".to_owned()], of("commands"), of("files")].concat();
    for name in all {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        open_objects(&serde_json::from_str(&text).unwrap(), &name, &mut found);
    }
    assert!(found.is_empty(), "{found:?}");
}
