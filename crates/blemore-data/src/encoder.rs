//! Encoders: whose features a folder holds.

use std::fmt;

/// What an encoder perceives.
///
/// ```
/// assert_eq!(blemore_data::Modality::Audio.to_string(), "audio");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    /// Faces and bodies.
    Video,
    /// Voices.
    Audio,
    /// Both at once.
    Multimodal,
}

impl fmt::Display for Modality {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Modality::Video => "video",
            Modality::Audio => "audio",
            Modality::Multimodal => "multimodal",
        })
    }
}

/// An encoder of the paper (section IV), a generated one, or another.
///
/// Displayed as Table II writes it.
///
/// ```
/// use blemore_data::{Encoder, Modality};
///
/// let encoder = Encoder::of_folder("HuBERT_large_train");
/// assert_eq!(encoder, Encoder::Hubert);
/// assert_eq!((encoder.to_string().as_str(), encoder.modality()), ("HuBERT", Some(Modality::Audio)));
/// assert_eq!(Encoder::of_folder("my_encoder_test"), Encoder::Other("my_encoder".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoder {
    /// CLIP, frame by frame.
    Clip,
    /// ImageBind; the paper takes its video branch.
    ImageBind,
    /// OpenFace 2: action units, head pose and gaze.
    OpenFace,
    /// OpenFace 3, published for the challenge; not in Table II.
    OpenFace3,
    /// VideoMAE v2.
    VideoMaeV2,
    /// Video Swin Transformer.
    VideoSwin,
    /// HuBERT.
    Hubert,
    /// WavLM.
    WavLm,
    /// HiCMAE, of video and audio.
    HiCmae,
    /// Features of a generated corpus.
    Generated(Modality),
    /// Any other, by its folder's name without partition.
    Other(String),
}

/// The encoders of Table II in its order, and OpenFace 3.
const KNOWN: [Encoder; 9] = [
    Encoder::Clip,
    Encoder::ImageBind,
    Encoder::OpenFace,
    Encoder::OpenFace3,
    Encoder::VideoMaeV2,
    Encoder::VideoSwin,
    Encoder::Hubert,
    Encoder::WavLm,
    Encoder::HiCmae,
];
/// Folder names begin with these, whatever their case and punctuation; the first that fits counts.
const BEGINNINGS: [(&str, Encoder); 14] = [
    ("clip", Encoder::Clip),
    ("imagebind", Encoder::ImageBind),
    ("openface3", Encoder::OpenFace3),
    ("openface", Encoder::OpenFace),
    ("videomae", Encoder::VideoMaeV2),
    ("videoswin", Encoder::VideoSwin),
    ("swin", Encoder::VideoSwin),
    ("hubert", Encoder::Hubert),
    ("wavlm", Encoder::WavLm),
    ("hicmae", Encoder::HiCmae),
    ("generatedvideo", Encoder::Generated(Modality::Video)),
    ("generatedaudio", Encoder::Generated(Modality::Audio)),
    ("generatedmultimodal", Encoder::Generated(Modality::Multimodal)),
    ("vst", Encoder::VideoSwin),
];

/// What may stand between a name and its partition.
const SEPARATORS: [char; 4] = ['_', '-', ' ', '.'];

impl Encoder {
    /// The encoders of Table II in its order, followed by OpenFace 3.
    ///
    /// ```
    /// use blemore_data::Encoder;
    /// assert_eq!(Encoder::known()[0], Encoder::Clip);
    /// ```
    pub const fn known() -> &'static [Encoder] {
        &KNOWN
    }

    /// The encoder whose features a folder or table of this name holds, without regard to case, punctuation, model size
    /// and partition.
    pub fn of_folder(name: &str) -> Self {
        let (stem, _) = split_partition(name);
        let letters = letters(stem);
        let known = BEGINNINGS.iter().find(|(beginning, _)| letters.starts_with(beginning));
        known.map_or_else(|| Encoder::Other(stem.to_owned()), |(_, encoder)| encoder.clone())
    }

    /// The name before `_train` or `_test` that [`Encoder::of_folder`] reads back.
    ///
    /// ```
    /// use blemore_data::Encoder;
    /// assert_eq!(Encoder::Hubert.folder_name(), "HuBERT_large");
    /// ```
    pub fn folder_name(&self) -> String {
        match self {
            Encoder::Hubert => "HuBERT_large".to_owned(),
            Encoder::WavLm => "WavLM_large".to_owned(),
            Encoder::OpenFace3 => "OpenFace_3.0".to_owned(),
            Encoder::Generated(Modality::Video) => "GeneratedVideo".to_owned(),
            Encoder::Generated(Modality::Audio) => "GeneratedAudio".to_owned(),
            Encoder::Generated(Modality::Multimodal) => "GeneratedMultimodal".to_owned(),
            other => other.to_string(),
        }
    }

    /// How surely a feature set of this name is the one that the paper took of the encoder.
    pub(crate) fn likeness(&self, name: &str) -> Likeness {
        let published = self.folder_name();
        if name.eq_ignore_ascii_case(&published) {
            Likeness::Published
        } else if letters(name) == letters(&published) {
            Likeness::OtherwiseSpelt
        } else if self.is_called(&letters(name)) {
            Likeness::EncoderAlone
        } else {
            Likeness::Other
        }
    }

    /// Whether these letters name the encoder and say nothing of a size.
    fn is_called(&self, letters: &str) -> bool {
        let is_version = |beginning: &str, version: char| {
            let rest = letters.strip_prefix(beginning);
            rest.is_some_and(|rest| {
                rest.starts_with(version) && rest.bytes().all(|byte| byte.is_ascii_digit())
            })
        };
        match self {
            Encoder::OpenFace => is_version("openface", '2'),
            Encoder::OpenFace3 => is_version("openface", '3'),
            Encoder::VideoSwin => ["videoswintransformer", "vst"].contains(&letters),
            Encoder::Hubert => letters == "hubert",
            Encoder::WavLm => letters == "wavlm",
            _ => false,
        }
    }

    /// What the encoder perceives; `None` for one that is not known.
    pub const fn modality(&self) -> Option<Modality> {
        match self {
            Encoder::Clip
            | Encoder::ImageBind
            | Encoder::OpenFace
            | Encoder::OpenFace3
            | Encoder::VideoMaeV2
            | Encoder::VideoSwin => Some(Modality::Video),
            Encoder::Hubert | Encoder::WavLm => Some(Modality::Audio),
            Encoder::HiCmae => Some(Modality::Multimodal),
            Encoder::Generated(modality) => Some(*modality),
            Encoder::Other(_) => None,
        }
    }
}

/// How surely a name is that of the features which the paper took of an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// It says something else: another size, another version, or what only its maker knows.
    Other,
    /// It names the encoder and no size.
    EncoderAlone,
    /// It is the published name with other punctuation.
    OtherwiseSpelt,
    /// It is the published name; upper and lower case do not count.
    Published,
}

/// The ASCII letters and digits of a name, in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A partition of the dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Partition {
    Train,
    Test,
}

/// The name without a final `_train` or `_test`, however spelt, and the partition that this says. `latest` says none.
pub(crate) fn split_partition(name: &str) -> (&str, Option<Partition>) {
    for (end, partition) in [("train", Partition::Train), ("test", Partition::Test)] {
        let Some(start) = name.len().checked_sub(end.len()) else { continue };
        let (Some(stem), Some(found)) = (name.get(..start), name.get(start..)) else { continue };
        let is_apart = stem.is_empty() || stem.ends_with(SEPARATORS);
        if is_apart && found.eq_ignore_ascii_case(end) {
            return (stem.trim_end_matches(SEPARATORS), Some(partition));
        }
    }
    (name, None)
}

impl fmt::Display for Encoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Encoder::Clip => formatter.pad("CLIP"),
            Encoder::ImageBind => formatter.pad("ImageBind"),
            Encoder::OpenFace => formatter.pad("OpenFace"),
            Encoder::OpenFace3 => formatter.pad("OpenFace 3"),
            Encoder::VideoMaeV2 => formatter.pad("VideoMAEv2"),
            Encoder::VideoSwin => formatter.pad("VideoSwin"),
            Encoder::Hubert => formatter.pad("HuBERT"),
            Encoder::WavLm => formatter.pad("WavLM"),
            Encoder::HiCmae => formatter.pad("HiCMAE"),
            Encoder::Generated(modality) => formatter.pad(&format!("Generated {modality}")),
            Encoder::Other(name) => formatter.pad(name),
        }
    }
}

impl serde::Serialize for Encoder {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_participants_have_them() {
        for (name, shown) in [
            ("ImageBind_train", "ImageBind"),
            ("VideoMAEv2_train", "VideoMAEv2"),
            ("videomae-v2-large_TEST", "VideoMAEv2"),
            ("HuBERT_large_train", "HuBERT"),
            ("hubert-base-ls960", "HuBERT"),
            ("WavLM_large_test", "WavLM"),
            ("HiCMAE_train", "HiCMAE"),
            ("CLIP_train", "CLIP"),
            ("OpenFace_train", "OpenFace"),
            ("OpenFace_2.0_train", "OpenFace"),
            ("OpenFace_3.0_train", "OpenFace 3"),
            ("openface3.0_features_test", "OpenFace 3"),
            ("VideoSwin_train", "VideoSwin"),
            ("Video-Swin-Transformer_train", "VideoSwin"),
            ("test", ""),
            ("latest", "latest"),
            ("éé_train", "éé"),
        ] {
            assert_eq!(Encoder::of_folder(name).to_string(), shown, "{name}");
        }
    }

    #[test]
    fn names_say_whether_features_are_the_papers() {
        use Likeness::{EncoderAlone, Other, OtherwiseSpelt, Published};
        for (name, expected) in [
            ("HuBERT_large", Published),
            ("hubert_LARGE", Published),
            ("HuBERT-large", OtherwiseSpelt),
            ("HuBERT", EncoderAlone),
            ("HuBERT_base", Other),
            ("hubert-large-ll60k", Other),
            ("WavLM", EncoderAlone),
            ("wavlm-base-plus", Other),
            ("VideoMAEv2", Published),
            ("videomae-v2", OtherwiseSpelt),
            ("videomae-v2-large", Other),
            ("VideoMAE", Other),
            ("OpenFace", Published),
            ("OpenFace_2.0", EncoderAlone),
            ("OpenFace 2.2.0", EncoderAlone),
            ("OpenFace_2.0_smooth", Other),
            ("OpenFace_3.0", Published),
            ("openface3", EncoderAlone),
            ("openface3_30fps", Other),
            ("Video-Swin-Transformer", EncoderAlone),
            ("swin_b", Other),
            ("CLIP", Published),
            ("clips", Other),
            ("GeneratedVideo", Published),
            ("My encoder", Published),
        ] {
            assert_eq!(Encoder::of_folder(name).likeness(name), expected, "{name}");
        }
    }

    #[test]
    fn folder_names_read_back() {
        let generated = [Modality::Video, Modality::Audio, Modality::Multimodal].map(Encoder::Generated);
        for encoder in KNOWN.iter().chain(&generated) {
            assert_eq!(Encoder::of_folder(&format!("{}_train", encoder.folder_name())), *encoder);
        }
    }
}
