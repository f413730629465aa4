//! Predictions as JSON.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use blemore_base::note;
use blemore_base::text::{self, Excerpt, NotText};
use blemore_labels::ClipName;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Predictions;
use super::answer::{Answer, Entry};
use crate::{Error, Issue, IssueKind};

/// The key that the challenge's submission files have around the map of clips.
pub(crate) const WRAPPER_KEY: &str = "predictions";
/// What Python's `json` writes although JSON has no such words.
const LITERALS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// Reads one JSON document.
pub(super) fn read(bytes: &[u8]) -> Result<Predictions, Error> {
    let text = text::decode(bytes).map_err(|found| {
        let problem = match found {
            NotText::OtherFormat { kind, .. } => format!("the file is {kind}: give the predictions as JSON"),
            other => other.to_string(),
        };
        Error::NotText { path: None, problem }
    })?;
    let text = quote_literals(&text);
    let map = serde_json::from_str(&text);
    collect(map.map_err(|source| Error::Syntax { path: None, source })?)
}

/// Writes a map with one clip per line, without a line break at its end.
pub(crate) fn write_clips<S: fmt::Display, A: Borrow<Answer>>(
    mut writer: impl Write,
    clips: impl Iterator<Item = (S, A)>,
) -> io::Result<()> {
    let mut separator = "{\n ";
    for (clip, answer) in clips {
        write!(writer, "{separator}\"{clip}\": [")?;
        for (position, (emotion, salience)) in answer.borrow().components().into_iter().enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            let emotion = serde_json::to_string(emotion)?;
            // As Python's `json` writes it, so that files that hold what is no number can be read back.
            let salience = format!("{salience:?}").replace("inf", "Infinity");
            write!(writer, "{comma}{{\"emotion\": {emotion}, \"salience\": {salience}}}")?;
        }
        writer.write_all(b"]")?;
        separator = ",\n ";
    }
    writer.write_all(if separator.starts_with('{') { b"{}" } else { b"\n}" })
}

/// Puts [`LITERALS`] into quotation marks, so that a strict parser passes them on as texts.
fn quote_literals(text: &str) -> Cow<'_, str> {
    if !LITERALS.iter().any(|word| text.contains(word)) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len());
    let (mut copied, mut in_text, mut escaped) = (0, false, false);
    for (place, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            '-' | 'I' | 'N' if !in_text && place >= copied => {
                if let Some(word) = LITERALS.iter().find(|word| text[place..].starts_with(**word)) {
                    quoted.extend([&text[copied..place], "\"", word, "\""]);
                    copied = place + word.len();
                }
            }
            _ => {}
        }
    }
    quoted.push_str(&text[copied..]);
    Cow::Owned(quoted)
}

/// A JSON map in its own order, with keys that come twice; the values are read one by one, so that a million clips are not
/// in memory in a form that takes many times their text.
#[derive(Default)]
struct Map<'text> {
    entries: Vec<(String, &'text RawValue)>,
    /// What stands under [`WRAPPER_KEY`].
    wrapped: Option<Box<Map<'text>>>,
}

impl<'text> Deserialize<'text> for Map<'text> {
    fn deserialize<D: Deserializer<'text>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Map::default())
    }
}

impl<'text> Visitor<'text> for Map<'text> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from clip names to lists of emotions")
    }

    fn visit_map<A: MapAccess<'text>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == WRAPPER_KEY {
                self.wrapped = Some(map.next_value()?);
                continue;
            }
            let named = |error| A::Error::custom(format_args!("in {}: {error}", Excerpt(&key)));
            let value = map.next_value().map_err(named)?;
            self.entries.push((key, value));
        }
        Ok(self)
    }
}

fn collect(map: Map<'_>) -> Result<Predictions, Error> {
    if let Some(wrapped) = map.wrapped {
        let mut predictions = collect(*wrapped)?;
        // What stands beside the wrapped map (a team's name, say) is no clip, or should stand in it.
        let beside = map.entries.iter().filter_map(|(key, _)| ClipName::parse(key).ok());
        predictions.issues.extend(beside.map(|clip| Issue::new(&clip, IssueKind::OutsidePredictions)));
        return Ok(predictions);
    }
    let keys = map.entries.len();
    let (mut entries, mut issues, mut folder) = (Vec::with_capacity(keys), Vec::new(), None);
    let mut strangers = Vec::new();
    for (key, value) in map.entries {
        match ClipName::parse(&key) {
            Ok(clip) => {
                if folder.is_none() && ClipName::folder_of(&key).is_some() {
                    folder = Some(note::folders_left_out(&key, clip.as_str()));
                }
                let answer = answer(value, &mut |kind| issues.push(Issue::new(&clip, kind)));
                entries.push((clip, answer));
            }
            Err(blemore_labels::Error::ClipName { problem, .. }) => strangers.push((key, problem)),
            Err(error) => strangers.push((key, error.to_string())),
        }
    }
    if let Some((first, problem)) = strangers.first().filter(|_| entries.is_empty()) {
        return Err(Error::NotPredictions {
            path: None,
            problem: no_clip_names(keys, Excerpt(first), problem),
        });
    }
    let strangers = strangers.into_iter();
    issues.extend(strangers.map(|(key, problem)| Issue::new(key, IssueKind::NotAClip { problem })));
    Ok(Predictions { notes: folder.into_iter().collect(), ..Predictions::from_entries(entries, issues) })
}

fn no_clip_names(keys: usize, first: Excerpt<'_>, problem: &str) -> String {
    let found = if keys == 1 {
        format!("its key {first} is no clip name ({problem})")
    } else {
        format!("none of its {keys} keys is a clip name: the first is {first} ({problem})")
    };
    format!(
        "{found}; predictions stand under the clips' own names, such as \"A102_ang_int1_ver1\" or \
         \"test_0001\", in a map of their own or under the key \"predictions\""
    )
}

/// What is predicted for a clip; `report` is told of what is read all the same.
fn answer(value: &RawValue, report: &mut dyn FnMut(IssueKind)) -> Answer {
    let read = match serde_json::from_str(value.get()) {
        Ok(value) => entries(&value, report),
        // A number beyond f64, or too many lists in lists. The place in the message would be that in the
        // value.
        Err(error) => Err(error.to_string().split(" at line ").next().unwrap_or_default().to_owned()),
    };
    read.map_or_else(Answer::malformed, Answer::from_entries)
}

fn entries(value: &Value, report: &mut dyn FnMut(IssueKind)) -> Result<Vec<Entry>, String> {
    let Value::Array(list) = value else {
        return Err(format!("{} in the place of a list of emotions", name_of(value)));
    };
    list.iter().map(|value| entry(value, report)).collect()
}

fn entry(value: &Value, report: &mut dyn FnMut(IssueKind)) -> Result<Entry, String> {
    let Value::Object(parts) = value else {
        return Err(format!("{} in the place of an emotion with its salience", name_of(value)));
    };
    let code = match parts.get("emotion") {
        Some(Value::String(code)) => code.as_str(),
        Some(other) => return Err(format!("{} in the place of an emotion", name_of(other))),
        None => return Err("an entry without \"emotion\"".to_owned()),
    };
    // What is no number counts like NaN, since presence is scored all the same.
    let salience = match parts.get("salience") {
        Some(Value::Number(number)) => number.as_f64().unwrap_or(f64::NAN),
        // As Python's `float`, which the published scorer applies.
        Some(Value::String(text)) => {
            if !LITERALS.contains(&text.as_str()) {
                report(IssueKind::TextSalience { emotion: code.into(), found: text.as_str().into() });
            }
            text.trim().parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    };
    Ok(Entry { emotion: code.parse().map_err(|_| Arc::from(code)), salience })
}

fn name_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => format!("the truth value {truth}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text {}", Excerpt(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}
