//! The tables of fields in the book are made from the schemas.
//!
//! A page has them between `<!-- fields: files/run -->` and `<!-- end -->`. `BLEMORE_WRITE_TABLES=1` makes this test write
//! them anew.

use std::collections::BTreeSet;
use std::fs;

use blemore_testing::book::{Page, root};
use blemore_testing::schemas::{folder, names};
use serde_json::Value;

const BEGIN: &str = "<!-- fields: ";
/// Ends what a test writes into a page.
pub(crate) const END: &str = "<!-- end -->";
/// The page with the parts that several documents have.
const PARTS: &str = "json-parts.md";
/// The schema of these parts.
const COMMON: &str = "common";
/// The environment variable that asks for new tables.
const WRITE: &str = "BLEMORE_WRITE_TABLES";

/// A schema file, whose own parts are written out where they are used.
struct Schema {
    name: String,
    document: Value,
}

impl Schema {
    fn read(name: &str) -> Self {
        let text = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        Self { name: name.to_owned(), document: serde_json::from_str(&text).unwrap() }
    }

    /// A part of the file itself in place of a reference to it; the common parts have tables of their own.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if self.name == COMMON {
            return schema;
        }
        let own = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        own.map_or(schema, |pointer| self.document.pointer(pointer).unwrap())
    }

    /// The tables of an object, or of each of several forms that a document can have.
    fn tables(&self, schema: &Value) -> String {
        // Forms of a value have no description; forms of a document have.
        let forms = forms(schema).filter(|forms| forms.iter().all(|form| form["description"].is_string()));
        if let Some(forms) = forms {
            return forms.iter().map(|form| self.tables(form)).collect();
        }
        let mut rows = Vec::new();
        self.rows(schema, "", &mut rows);
        let about = schema["description"].as_str().unwrap();
        match rows.is_empty() {
            true => format!("{about} It is {}.\n\n", self.type_of(schema)),
            false => format!(
                "{about}\n\n| field | type | what it says |\n| --- | --- | --- |\n{}\n",
                rows.concat()
            ),
        }
    }

    /// The rows of an object's fields, each with those of the object that it holds.
    fn rows(&self, schema: &Value, prefix: &str, rows: &mut Vec<String>) {
        let (schema, prefix) = self.object_in(schema, prefix);
        for (name, fields, may_be_missing) in self.fields(schema) {
            let mut types: Vec<String> = fields.iter().map(|field| self.type_of(field)).collect();
            types.dedup();
            let missing = if may_be_missing { ", may be missing" } else { "" };
            let about = fields[0]["description"].as_str().unwrap();
            rows.push(format!("| `{prefix}{name}` | {}{missing} | {about} |\n", types.join(", ")));
            self.rows(fields[0], &format!("{prefix}{name}"), rows);
        }
    }

    /// The fields of an object that can have several forms: name, the field in each form that has it, whether one has not.
    fn fields<'a>(&'a self, schema: &'a Value) -> Vec<(&'a str, Vec<&'a Value>, bool)> {
        let forms = forms(schema).map_or_else(|| vec![schema], |forms| forms.iter().collect());
        let objects: Vec<&Value> = forms.into_iter().filter(|form| form["properties"].is_object()).collect();
        let mut found: Vec<(&str, Vec<&Value>, bool)> = Vec::new();
        for object in &objects {
            for name in names_of(object) {
                let field = &object["properties"][name];
                match found.iter_mut().find(|(other, ..)| *other == name) {
                    Some((_, fields, _)) => fields.push(field),
                    None => found.push((name, vec![field], false)),
                }
            }
        }
        for (name, _, may_be_missing) in &mut found {
            let requires =
                |object: &&Value| object["required"].as_array().unwrap().iter().any(|other| other == name);
            *may_be_missing = !objects.iter().all(requires);
        }
        found
    }

    /// The object that a field is, or that its list or map holds, and what stands before the names of its fields.
    fn object_in<'a>(&'a self, schema: &'a Value, prefix: &str) -> (&'a Value, String) {
        let schema = self.without_null(self.resolved(schema));
        if schema["items"].is_object() {
            return self.object_in(&schema["items"], &format!("{prefix}[]"));
        }
        if schema["additionalProperties"].is_object() {
            return self.object_in(&schema["additionalProperties"], &format!("{prefix}.*"));
        }
        (schema, if prefix.is_empty() { String::new() } else { format!("{prefix}.") })
    }

    fn without_null<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["anyOf"].as_array().map(Vec::as_slice) {
            Some([only, null]) if null["type"] == "null" => self.resolved(only),
            _ => schema,
        }
    }

    fn type_of(&self, schema: &Value) -> String {
        if let Some(reference) = schema["$ref"].as_str() {
            return match reference.strip_prefix("#/$defs/") {
                Some(own) if self.name == COMMON => part(own),
                Some(_) => self.type_of(self.resolved(schema)),
                None => part(reference.rsplit('/').next().unwrap()),
            };
        }
        if let Some(value) = schema.get("const") {
            return literal(value);
        }
        if let Some(values) = schema["enum"].as_array() {
            return values.iter().map(literal).collect::<Vec<_>>().join(", ");
        }
        if let Some(forms) = forms(schema) {
            let mut types: Vec<String> = forms.iter().map(|form| self.type_of(form)).collect();
            types.dedup();
            return types.join(" or ");
        }
        match (&schema["type"], &schema["items"], &schema["additionalProperties"]) {
            (Value::Array(names), _, _) => {
                names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
            }
            (_, items @ Value::Object(_), _) => {
                let number = schema["minItems"].as_u64().filter(|least| schema["maxItems"] == *least);
                let number = number.map_or_else(String::new, |number| format!("{number} x "));
                format!("list of {number}{}", self.type_of(items))
            }
            (_, _, values @ Value::Object(_)) => format!("object of {}", self.type_of(values)),
            (name, _, _) => name.as_str().unwrap().to_owned(),
        }
    }
}

/// The forms that a value can have.
fn forms(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array)
}

/// The names of an object's fields, those that are always there first.
fn names_of(object: &Value) -> Vec<&str> {
    let required = object["required"].as_array().unwrap().iter().filter_map(Value::as_str);
    let required: Vec<&str> = required.collect();
    let all = object["properties"].as_object().unwrap().keys().map(String::as_str);
    let optional = all.filter(|name| !required.contains(name));
    required.iter().copied().chain(optional).collect()
}

/// A part that several documents have.
fn part(name: &str) -> String {
    format!("[{name}]({PARTS}#{name})")
}

fn literal(value: &Value) -> String {
    format!("`{}`", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// What stands between the marks of a schema.
fn text_of(name: &str) -> String {
    let schema = Schema::read(name);
    if name != COMMON {
        return format!("[Schema](schemas/{name}.json)\n\n{}", schema.tables(&schema.document));
    }
    let parts = schema.document["$defs"].as_object().unwrap().iter();
    parts.map(|(name, part)| format!("### {name}\n\n{}", schema.tables(part))).collect()
}

/// A page with its tables as the schemas have them, and the schemas that it names.
fn with_tables(page: &Page) -> (String, Vec<String>) {
    let mut parts = page.text.split(BEGIN);
    let (mut text, mut named) = (parts.next().unwrap().to_owned(), Vec::new());
    for part in parts {
        let (name, rest) = part.split_once(" -->").unwrap();
        let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("{}: {name} has no end", page.name));
        text += &format!("{BEGIN}{name} -->\n\n{}\n\n{END}{after}", text_of(name).trim_end());
        named.push(name.to_owned());
    }
    (text, named)
}

/// Compares a page with what it should be, or makes it that where the environment asks for it.
pub(crate) fn hold_or_write(page: &Page, expected: &str) {
    if std::env::var_os(WRITE).is_some() {
        fs::write(root().join(&page.name), expected).unwrap();
    } else {
        assert!(page.text == expected, "{}: a table is out of date: run this test with {WRITE}=1", page.name);
    }
}

#[test]
fn every_schema_has_its_table_of_fields() {
    let mut found = Vec::new();
    for page in Page::all() {
        let (expected, named) = with_tables(&page);
        found.extend(named);
        hold_or_write(&page, &expected);
    }
    let of =
        |subfolder: &str| names(subfolder).into_iter().map(|name| format!("{subfolder}/{name}")).collect();
    let expected: Vec<String> = [vec![COMMON.to_owned()], of("commands"), of("files")].concat();
    assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected.into_iter().collect());
    assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len(), "a table is there twice");
}
