//! Encoders: whose features a folder holds.

use std::fmt;

use crate::dataset::without_partition;

/// What an encoder perceives.
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

impl Encoder {
    /// The encoder whose features a folder or table of this name holds. Case, punctuation, the size of the model and the
    /// partition do not matter.
    pub fn of_folder(name: &str) -> Self {
        let stem = without_partition(name);
        let letters = letters(stem);
        let known = BEGINNINGS.iter().find(|(beginning, _)| letters.starts_with(beginning));
        known.map_or_else(|| Encoder::Other(stem.to_owned()), |(_, encoder)| encoder.clone())
    }

    /// The name in Table II, the name of the published folder without partition, and what the encoder perceives.
    fn description(&self) -> (&str, &str, Option<Modality>) {
        use Modality::{Audio, Multimodal, Video};
        match self {
            Encoder::Clip => ("CLIP", "CLIP", Some(Video)),
            Encoder::ImageBind => ("ImageBind", "ImageBind", Some(Video)),
            Encoder::OpenFace => ("OpenFace", "OpenFace", Some(Video)),
            Encoder::OpenFace3 => ("OpenFace 3", "OpenFace_3.0", Some(Video)),
            Encoder::VideoMaeV2 => ("VideoMAEv2", "VideoMAEv2", Some(Video)),
            Encoder::VideoSwin => ("VideoSwin", "VideoSwin", Some(Video)),
            Encoder::Hubert => ("HuBERT", "HuBERT_large", Some(Audio)),
            Encoder::WavLm => ("WavLM", "WavLM_large", Some(Audio)),
            Encoder::HiCmae => ("HiCMAE", "HiCMAE", Some(Multimodal)),
            Encoder::Generated(Video) => ("Generated video", "GeneratedVideo", Some(Video)),
            Encoder::Generated(Audio) => ("Generated audio", "GeneratedAudio", Some(Audio)),
            Encoder::Generated(Multimodal) => {
                ("Generated multimodal", "GeneratedMultimodal", Some(Multimodal))
            }
            Encoder::Other(name) => (name, name, None),
        }
    }

    /// The name before `_train` or `_test` that [`Encoder::of_folder`] reads back: `HuBERT_large`.
    pub fn folder_name(&self) -> &str {
        self.description().1
    }

    /// What the encoder perceives; `None` for one that is not known.
    pub fn modality(&self) -> Option<Modality> {
        self.description().2
    }
}

impl fmt::Display for Encoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.description().0)
    }
}

impl serde::Serialize for Encoder {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The ASCII letters and digits of a name, in lower case.
pub(crate) fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}
