//! JSON that a program wrote, held against the schemas of `docs/schemas`.

#![expect(clippy::unwrap_used, reason = "a helper of tests may fail like a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, Schemas};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The folder of the schemas.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas")
}

/// The names of the schemas in a subfolder: `commands` or `files`.
///
/// # Panics
/// Where the folder cannot be read.
pub fn names(subfolder: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder().join(subfolder)).unwrap();
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|file| stem(file.unwrap().path())).collect()
}

/// Reads a document, and holds it against a schema such as `commands/score`.
///
/// # Panics
/// Where the document has a key twice, or is not what the schema says.
pub fn hold(schema: &str, document: &[u8]) -> Value {
    let NoRepeatedKeys(value) = match serde_json::from_slice(document) {
        Ok(document) => document,
        Err(error) => panic!("{schema}: {error}"),
    };
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let path = std::path::absolute(folder().join(format!("{schema}.json"))).unwrap();
    let compiled = match compiler.compile(path.to_str().unwrap(), &mut schemas) {
        Ok(compiled) => compiled,
        Err(error) => panic!("{schema}: {error:#}"),
    };
    if let Err(error) = schemas.validate(&value, compiled) {
        panic!("{schema}: {error:#}\n{value:#}");
    }
    value
}

/// Holds what `blemore --json` printed against the schema of the command: the first of the words that has one.
///
/// # Panics
/// As [`hold`], and for words without such a command.
pub fn hold_command<'a>(words: impl IntoIterator<Item = &'a str>, document: &[u8]) -> Value {
    let commands = names("commands");
    let words: Vec<&str> = words.into_iter().collect();
    let command =
        words.iter().map(|word| word.trim_start_matches("--")).find(|word| commands.contains(*word));
    let command = command.unwrap_or_else(|| panic!("docs/schemas/commands has none of {words:?}"));
    hold(&format!("commands/{command}"), document)
}

/// Holds every JSON file under a folder, and the JSON in its safetensors files, against the schemas; counts the documents of
/// each schema.
///
/// # Panics
/// As [`hold`], and for a document that belongs to no schema.
pub fn hold_files(folder: &Path) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for path in files(folder) {
        let document = match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => fs::read(&path).unwrap(),
            Some("safetensors") => metadata(&fs::read(&path).unwrap()).into_bytes(),
            _ => continue,
        };
        let schema = schema_of(&path, &document);
        hold(schema, &document);
        *counts.entry(schema).or_default() += 1;
    }
    counts
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    files.collect()
}

/// What the header of a safetensors file has under `blemore`.
fn metadata(file: &[u8]) -> String {
    let (length, rest) = file.split_first_chunk().unwrap();
    let header = &rest[..usize::try_from(u64::from_le_bytes(*length)).unwrap()];
    let header: Value = serde_json::from_slice(header).unwrap();
    header["__metadata__"]["blemore"].as_str().unwrap().to_owned()
}

/// The schema of a file, by its name and what it begins with.
fn schema_of(path: &Path, text: &[u8]) -> &'static str {
    let begins = |words: &str| text.starts_with(words.as_bytes());
    match path.file_name().and_then(|name| name.to_str()).unwrap() {
        "run.json" => "files/run",
        "sweep.json" => "files/sweep",
        "tables.json" => "files/tables",
        "result.json" if path.parent().unwrap().to_string_lossy().contains("-test-") => "files/held-out-test",
        "result.json" => "files/cell",
        "epoch_outputs.safetensors" => "files/epoch-outputs",
        name if name.ends_with(".safetensors") => "files/checkpoint",
        _ if path.with_extension("npy").exists() => "files/side-file",
        _ if begins("{\"format\":\"blemore-decoder") => "files/decoder",
        _ if begins("{\n \"") => "files/predictions",
        _ => panic!("{} belongs to no schema of docs/schemas/files", path.display()),
    }
}

/// A JSON value of which no object has a key twice.
struct NoRepeatedKeys(Value);

impl<'de> Deserialize<'de> for NoRepeatedKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values).map(Self)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(NoRepeatedKeys(value)) = access.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = serde_json::Map::new();
        while let Some((key, NoRepeatedKeys(value))) = access.next_entry::<String, _>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("an object has the key {key} twice")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
