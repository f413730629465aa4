//! Clip names, which carry actor, label and take.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::serde_text::serde_as_text;
use crate::{Blend, Emotion, Error, Label, Ratio};

/// Extensions that a name may carry: media and arrays.
const EXTENSIONS: [&str; 7] = ["mov", "mp4", "wav", "npy", "npz", "csv", "avi"];
/// The most letters that the name of a file can have.
const LONGEST: usize = 255;
/// The highest intensity and situation number (section III).
const HIGHEST_LEVEL: u8 = 4;

/// How a single emotion was played: at an intensity, or in a situation (neutral clips).
///
/// ```
/// use blemore_labels::{ClipName, Setting};
/// assert_eq!(ClipName::parse("A102_ang_int3_ver1")?.setting(), Some(Setting::Intensity(3)));
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// `int1` to `int4`
    Intensity(u8),
    /// `sit1` to `sit4`
    Situation(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Take {
    actor_length: u32,
    label: Label,
    setting: Option<Setting>,
    version: u32,
}

/// The name of a clip, without its file extension.
///
/// Three patterns carry a label: `A102_ang_int1_ver1` (intensity 1 to 4), `A303_neu_sit2_ver1` (situation 1 to 4) and
/// `A411_mix_ang_hap_30_70_ver1`. `test_0001`, as unlabelled test clips are called, carries none. Anything else is an
/// error. Names are compared and ordered as texts; clones share the text.
///
/// ```
/// use blemore_labels::{ClipName, Setting};
///
/// let clip = ClipName::parse("A303_neu_sit2_ver1.npy")?;
/// assert_eq!(clip.as_str(), "A303_neu_sit2_ver1");
/// assert_eq!(clip.actor(), Some("A303"));
/// assert_eq!(clip.setting(), Some(Setting::Situation(2)));
/// assert_eq!(clip.version(), Some(1));
///
/// let unlabelled = ClipName::parse("test_0001.mov")?;
/// assert_eq!(unlabelled.label(), None);
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClipName {
    text: Arc<str>,
    take: Option<Take>,
}

impl ClipName {
    /// Reads a name. A folder before it ([`ClipName::folder_of`]) and an extension of media and array files (`.mov`,
    /// `.npy`, ...) behind it are left out.
    ///
    /// # Errors
    /// [`Error::ClipName`] with the part that does not fit.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let stem = strip_extension(strip_folder(name));
        let take = parse_stem(stem).map_err(|problem| Error::ClipName { name: name.to_owned(), problem })?;
        Ok(ClipName { text: stem.into(), take })
    }

    /// The name of a clip of another dataset, or with a name of your own: any text, which carries no label.
    ///
    /// # Errors
    /// [`Error::ClipName`] for an empty text.
    pub fn unlabelled(name: &str) -> Result<Self, Error> {
        let stem = strip_extension(strip_folder(name)).trim();
        if stem.is_empty() {
            return Err(Error::ClipName { name: name.to_owned(), problem: "it is empty".to_owned() });
        }
        Ok(ClipName { text: stem.into(), take: None })
    }

    /// The folder in a text that [`ClipName::parse`] takes, with its last separator (`/` or `\\`). A reader of names says
    /// once that it left folders out.
    pub fn folder_of(text: &str) -> Option<&str> {
        let folder = &text[..text.len() - strip_folder(text).len()];
        (!folder.is_empty()).then_some(folder)
    }

    /// The name without folder and extension.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The actor, such as `A102`; `None` for an unlabelled clip.
    pub fn actor(&self) -> Option<&str> {
        self.take.map(|take| &self.text[..take.actor_length as usize])
    }

    /// The label; `None` for an unlabelled clip.
    pub fn label(&self) -> Option<Label> {
        self.take.map(|take| take.label)
    }

    /// Intensity or situation; `None` for blends and unlabelled clips.
    pub fn setting(&self) -> Option<Setting> {
        self.take.and_then(|take| take.setting)
    }

    /// The version, from 1; `None` for an unlabelled clip.
    pub fn version(&self) -> Option<u32> {
        self.take.map(|take| take.version)
    }
}

fn strip_folder(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

fn strip_extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension)) if EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)) => {
            stem
        }
        _ => name,
    }
}

fn parse_stem(stem: &str) -> Result<Option<Take>, String> {
    if stem.len() > LONGEST {
        return Err(format!("{} letters long", stem.len()));
    }
    let parts: Vec<&str> = stem.split('_').collect();
    let take = match parts[..] {
        ["test", number] if is_number(number) => return Ok(None),
        [actor, "mix", first, second, first_percent, second_percent, version] => Take {
            actor_length: parse_actor(actor)?,
            label: parse_blend(first, second, first_percent, second_percent)?,
            setting: None,
            version: parse_version(version)?,
        },
        [_, "mix", ..] => return Err("a blend needs two emotions, two saliences and a version".to_owned()),
        [actor, emotion, setting, version] => Take {
            actor_length: parse_actor(actor)?,
            label: Label::Single(emotion.parse().map_err(|error: Error| error.to_string())?),
            setting: Some(parse_setting(setting)?),
            version: parse_version(version)?,
        },
        _ => return Err("wrong number of parts between underscores".to_owned()),
    };
    Ok(Some(take))
}

fn parse_actor(actor: &str) -> Result<u32, String> {
    if actor.is_empty() || !actor.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        return Err(format!("actor {actor:?} is not made of letters and digits"));
    }
    u32::try_from(actor.len()).map_err(|_| format!("an actor of {} letters", actor.len()))
}

fn parse_blend(
    first: &str,
    second: &str,
    first_percent: &str,
    second_percent: &str,
) -> Result<Label, String> {
    let parse = || {
        let ratio: Ratio = format!("{first_percent}/{second_percent}").parse()?;
        Blend::new(first.parse::<Emotion>()?, second.parse::<Emotion>()?, ratio)
    };
    parse().map(Label::Blend).map_err(|error: Error| error.to_string())
}

fn parse_setting(setting: &str) -> Result<Setting, String> {
    let level = |digits: &str| {
        let level =
            digits.parse().ok().filter(|level| is_number(digits) && (1..=HIGHEST_LEVEL).contains(level));
        level.ok_or_else(|| format!("{setting:?} is not 1 to {HIGHEST_LEVEL}"))
    };
    match (setting.strip_prefix("int"), setting.strip_prefix("sit")) {
        (Some(digits), _) => level(digits).map(Setting::Intensity),
        (_, Some(digits)) => level(digits).map(Setting::Situation),
        _ => Err(format!("{setting:?} is neither an intensity (int1) nor a situation (sit1)")),
    }
}

fn parse_version(version: &str) -> Result<u32, String> {
    let digits = version.strip_prefix("ver").filter(|digits| is_number(digits));
    digits
        .and_then(|digits| digits.parse().ok())
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("{version:?} is not a version (ver1)"))
}

/// Digits alone: `parse` would also take a sign.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl PartialEq for ClipName {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ClipName {}

impl PartialOrd for ClipName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ClipName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl std::hash::Hash for ClipName {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl std::borrow::Borrow<str> for ClipName {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl From<&ClipName> for Arc<str> {
    /// The text of the name, shared with it.
    fn from(clip: &ClipName) -> Self {
        Arc::clone(&clip.text)
    }
}

impl fmt::Display for ClipName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

impl FromStr for ClipName {
    type Err = Error;

    /// As [`ClipName::parse`].
    ///
    /// # Errors
    /// [`Error::ClipName`].
    fn from_str(text: &str) -> Result<Self, Error> {
        ClipName::parse(text)
    }
}

serde_as_text!(ClipName, "a clip name such as \"A102_ang_int1_ver1\"");
