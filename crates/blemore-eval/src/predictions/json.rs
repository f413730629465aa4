//! Predictions as JSON, read as a stream: no more than one clip's list is in memory beside what is kept.

mod literals;

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::sync::Arc;

use blemore_labels::{ClipName, Emotion};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use self::literals::QuotedLiterals;
use super::Predictions;
use super::answer::{Answer, Entry};
use crate::{Error, Issue, IssueKind};

/// The key that the challenge's submission files have around the map of clips.
pub(crate) const WRAPPER_KEY: &str = "predictions";
/// Longer lists are no predictions: they are read past, not kept, so that a hostile file cannot fill the memory.
const MAX_ENTRIES: usize = 64;
/// Different unknown emotions whose texts are kept once: a system that has a word of its own has it in a million clips.
const MAX_SHARED: usize = 64;

/// Reads one JSON document.
pub(super) fn read(source: impl Read) -> Result<Predictions, Error> {
    let mut collector = Collector::default();
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(QuotedLiterals::new(source)));
    let read = (&mut json).deserialize_map(Document(&mut collector)).and_then(|()| json.end());
    match read {
        Ok(()) => Ok(Predictions::from_entries(collector.entries, collector.issues)),
        Err(source) => Err(Error::Syntax { path: None, clip: collector.current, source }),
    }
}

/// Writes one clip a line.
pub(super) fn write(predictions: &Predictions, mut writer: impl Write) -> io::Result<()> {
    write_clips(&mut writer, predictions.iter().map(|(clip, answer)| (clip.as_str(), answer)))?;
    writer.write_all(b"\n")
}

/// Writes a map of clips without a line break at its end.
pub(crate) fn write_clips<S: fmt::Display, A: Borrow<Answer>>(
    mut writer: impl Write,
    clips: impl Iterator<Item = (S, A)>,
) -> io::Result<()> {
    let mut separator = "{\n ";
    for (clip, answer) in clips {
        write!(writer, "{separator}\"{clip}\": [")?;
        for (position, (emotion, salience)) in answer.borrow().components().into_iter().enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            let (emotion, salience) = (serde_json::to_string(emotion)?, python_float(salience));
            write!(writer, "{comma}{{\"emotion\": {emotion}, \"salience\": {salience}}}")?;
        }
        writer.write_all(b"]")?;
        separator = ",\n ";
    }
    writer.write_all(if separator.starts_with('{') { b"{}" } else { b"\n}" })
}

/// A float as Python's `json` writes it, so that files that hold what is no number can be read back.
fn python_float(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        format!("{}Infinity", if value < 0.0 { "-" } else { "" })
    } else {
        format!("{value:?}")
    }
}

/// What has been read so far.
#[derive(Default)]
struct Collector {
    entries: Vec<(ClipName, Answer)>,
    issues: Vec<Issue>,
    unknown_emotions: BTreeSet<Arc<str>>,
    /// The key being read, for the message when the file breaks off there.
    current: Option<String>,
}

impl Collector {
    fn keep(&mut self, key: String, read: Result<Answer, String>) {
        let mut answer = match read {
            Ok(answer) => answer,
            Err(problem) => {
                self.issues.push(Issue::new(key.as_str(), IssueKind::Malformed { problem }));
                Answer::empty()
            }
        };
        answer.share_unknown(|code| self.shared(code));
        match ClipName::parse(&key) {
            Ok(clip) => self.entries.push((clip, answer)),
            Err(error) => {
                let problem = match error {
                    blemore_labels::Error::ClipName { problem, .. } => problem,
                    other => other.to_string(),
                };
                self.issues.push(Issue::new(key, IssueKind::NotAClip { problem }));
            }
        }
    }

    fn shared(&mut self, code: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.unknown_emotions.get(code) {
            return Arc::clone(known);
        }
        if self.unknown_emotions.len() < MAX_SHARED {
            self.unknown_emotions.insert(Arc::clone(code));
        }
        Arc::clone(code)
    }
}

/// The whole document: the map of clips, or one that wraps it.
struct Document<'a>(&'a mut Collector);

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from clip names to lists of emotions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut wrapped = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == WRAPPER_KEY {
                // What stands beside the wrapped map (a team's name, say) is no clip.
                *self.0 = Collector::default();
                map.next_value_seed(Wrapped(self.0))?;
                wrapped = true;
            } else if wrapped {
                map.next_value::<IgnoredAny>()?;
            } else {
                read_clip(self.0, key, &mut map)?;
            }
        }
        Ok(())
    }
}

/// The map of clips under [`WRAPPER_KEY`].
struct Wrapped<'a>(&'a mut Collector);

impl<'de> DeserializeSeed<'de> for Wrapped<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wrapped<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from clip names to lists of emotions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            read_clip(self.0, key, &mut map)?;
        }
        Ok(())
    }
}

fn read_clip<'de, A: MapAccess<'de>>(
    collector: &mut Collector,
    key: String,
    map: &mut A,
) -> Result<(), A::Error> {
    match map.next_value_seed(Value::<Answer>::new()) {
        Ok(read) => {
            collector.keep(key, read);
            Ok(())
        }
        Err(error) => {
            collector.current = Some(key);
            Err(error)
        }
    }
}

/// A value that should be a `T`, or else a description of what it is instead.
struct Value<T>(std::marker::PhantomData<T>);

impl<T> Value<T> {
    fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

/// What [`Value`] reads, from the two JSON types that have parts.
trait Parts: Sized {
    fn from_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Result<Self, String>, A::Error> {
        ignore_list(list).map(|()| Err("a list in the place of an emotion".to_owned()))
    }

    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Result<Self, String>, A::Error>;

    /// What a bare text, number, truth value or null means; for most parts it has no meaning.
    fn from_scalar(found: Scalar<'_>) -> Result<Self, String> {
        Err(format!("{found} in the place of a list of emotions"))
    }
}

#[derive(Clone, Copy)]
enum Scalar<'a> {
    Text(&'a str),
    Number(f64),
    Other,
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "the text {text:?}"),
            Self::Number(number) => write!(f, "the number {number}"),
            Self::Other => f.write_str("a truth value or null"),
        }
    }
}

impl<'de, T: Parts> DeserializeSeed<'de> for Value<T> {
    type Value = Result<T, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Parts> Visitor<'de> for Value<T> {
    type Value = Result<T, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Text(text)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Number(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Number(number as f64)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Number(number as f64)))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Other))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(T::from_scalar(Scalar::Other))
    }
}

impl Parts for Answer {
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Result<Self, String>, A::Error> {
        let mut entries = Vec::with_capacity(2);
        let mut problem = None;
        while let Some(read) = list.next_element_seed(Value::<Entry>::new())? {
            match read {
                Ok(_) if entries.len() == MAX_ENTRIES => {
                    problem = Some(format!("a list of more than {MAX_ENTRIES} emotions"));
                }
                Ok(entry) => entries.push(entry),
                Err(found) => problem = problem.or(Some(found)),
            }
        }
        Ok(problem.map_or_else(|| Ok(Answer::from_entries(entries)), Err))
    }

    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Result<Self, String>, A::Error> {
        ignore_map(map).map(|()| Err("a map in the place of a list of emotions".to_owned()))
    }
}

impl Parts for Entry {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Result<Self, String>, A::Error> {
        let mut emotion = None;
        let mut salience = f64::NAN;
        while let Some(key) = map.next_key_seed(EntryKey)? {
            match key {
                EntryKeyName::Emotion => emotion = Some(map.next_value_seed(Value::<Code>::new())?),
                EntryKeyName::Salience => {
                    salience = map.next_value_seed(Value::<Salience>::new())?.map_or(f64::NAN, |read| read.0);
                }
                EntryKeyName::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = || Err("an entry without \"emotion\"".to_owned());
        Ok(emotion.unwrap_or_else(missing).map(|Code(emotion)| Entry { emotion, salience }))
    }

    fn from_scalar(found: Scalar<'_>) -> Result<Self, String> {
        Err(format!("{found} in the place of an emotion with its salience"))
    }
}

/// The value of `emotion`.
struct Code(Result<Emotion, Arc<str>>);

impl Parts for Code {
    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Result<Self, String>, A::Error> {
        ignore_map(map).map(|()| Err("a map in the place of an emotion".to_owned()))
    }

    fn from_scalar(found: Scalar<'_>) -> Result<Self, String> {
        match found {
            Scalar::Text(code) => Ok(Self(code.parse().map_err(|_| code.into()))),
            other => Err(format!("{other} in the place of an emotion")),
        }
    }
}

/// The value of `salience`; what is no number counts like NaN, since presence is scored all the same.
struct Salience(f64);

impl Parts for Salience {
    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Result<Self, String>, A::Error> {
        ignore_map(map).map(|()| Ok(Self(f64::NAN)))
    }

    fn from_scalar(found: Scalar<'_>) -> Result<Self, String> {
        Ok(Self(match found {
            Scalar::Number(number) => number,
            Scalar::Text(text) => literals::value_of(text),
            Scalar::Other => f64::NAN,
        }))
    }
}

fn ignore_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn ignore_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// A key inside an entry, recognised without being copied.
struct EntryKey;

enum EntryKeyName {
    Emotion,
    Salience,
    Other,
}

impl<'de> DeserializeSeed<'de> for EntryKey {
    type Value = EntryKeyName;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<EntryKeyName, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for EntryKey {
    type Value = EntryKeyName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<EntryKeyName, E> {
        Ok(match key {
            "emotion" => EntryKeyName::Emotion,
            "salience" => EntryKeyName::Salience,
            _ => EntryKeyName::Other,
        })
    }
}
