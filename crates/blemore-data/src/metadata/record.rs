use std::fmt;

use blemore_labels::{ClipName, Label};

/// One clip as the metadata describes it.
///
/// ```
/// use blemore_data::ClipRecord;
/// use blemore_labels::ClipName;
///
/// let record = ClipRecord::of_name(ClipName::parse("A7_mix_ang_sad_70_30_ver1")?);
/// assert_eq!(record.actor, "A7");
/// assert_eq!(record.label, Some("ang+sad 70/30".parse()?));
/// assert_eq!(record.fold, None);
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ClipRecord {
    /// The clip's name, without file extension.
    pub clip: ClipName,
    /// The actor (`video_id`). An unlabelled clip whose actor nobody states is its own actor, by its name.
    pub actor: String,
    /// The actor's gender, where the file has the column.
    pub gender: Option<Gender>,
    /// The label; `None` for an unlabelled test clip.
    pub label: Option<Label>,
    /// The version, from 1.
    pub version: Option<u32>,
    /// The intensity, 1 to 4, of a single emotion other than neutral.
    pub intensity_level: Option<u8>,
    /// The situation, 1 to 4, of a neutral clip.
    pub situation: Option<u8>,
    /// The fold in which the clip is held out, a name that may be any whole number; `None` for test clips.
    pub fold: Option<i64>,
}

impl ClipRecord {
    /// What the name alone tells.
    pub fn of_name(clip: ClipName) -> Self {
        use blemore_labels::Setting;
        let (intensity_level, situation) = match clip.setting() {
            Some(Setting::Intensity(level)) => (Some(level), None),
            Some(Setting::Situation(number)) => (None, Some(number)),
            None => (None, None),
        };
        ClipRecord {
            actor: clip.actor().unwrap_or(clip.as_str()).to_owned(),
            gender: None,
            label: clip.label(),
            version: clip.version(),
            intensity_level,
            situation,
            fold: None,
            clip,
        }
    }
}

/// An actor's gender as the metadata writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gender {
    /// `f`, `female`, `woman`
    Female,
    /// `m`, `male`, `man`
    Male,
    /// Anything else, as written.
    Other(String),
}

impl From<&str> for Gender {
    fn from(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "f" | "female" | "woman" => Gender::Female,
            "m" | "male" | "man" => Gender::Male,
            _ => Gender::Other(text.to_owned()),
        }
    }
}

impl fmt::Display for Gender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Gender::Female => "female",
            Gender::Male => "male",
            Gender::Other(text) => text,
        })
    }
}
