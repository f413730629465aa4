//! Which of an encoder's feature sets stands beside the paper's numbers.

use super::FeatureSource;
use crate::Encoder;
use crate::encoder::letters;

/// What a feature set is among those of its encoder: which of them stands beside the paper's numbers.
///
/// The paper's own set is the one with the published name (`HuBERT_large`), whatever its case. Where there is none, it is
/// the only one with that name in other punctuation (`hubert-large`), or else the only one whose name is the encoder's and
/// says no size (`HuBERT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The paper's own set, by its name.
    Published,
    /// The only set of its encoder, with a name that is not the paper's (`HuBERT_base`).
    Only,
    /// One of several sets of its encoder, and not the paper's own by its name.
    Other,
}

/// Says of each set what it is among those of its encoder, which are next to each other.
pub(super) fn find_standings(feature_sets: &mut [FeatureSource]) {
    for of_encoder in feature_sets.chunk_by_mut(|one, next| one.encoder == next.encoder) {
        let likeness = |set: &FeatureSource| Likeness::of(&set.encoder, &set.name);
        let most = of_encoder.iter().map(likeness).max().unwrap_or(Likeness::Other);
        // Of two with the same right to it neither is the paper's.
        let is_clear =
            most > Likeness::Other && of_encoder.iter().filter(|set| likeness(set) == most).count() == 1;
        let is_only = of_encoder.len() == 1;
        for set in of_encoder {
            set.standing = match likeness(set) {
                own if is_clear && own == most => Standing::Published,
                _ if is_only => Standing::Only,
                _ => Standing::Other,
            };
        }
    }
}

/// How surely a name is that of the features which the paper took of an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// It says something else: another size, another version, or what only its maker knows.
    Other,
    /// It names the encoder and no size.
    EncoderAlone,
    /// It is the published name with other punctuation.
    OtherPunctuation,
    /// It is the published name; upper and lower case do not count.
    Published,
}

impl Likeness {
    fn of(encoder: &Encoder, name: &str) -> Self {
        let published = encoder.folder_name();
        if name.eq_ignore_ascii_case(published) {
            Likeness::Published
        } else if letters(name) == letters(published) {
            Likeness::OtherPunctuation
        } else if is_encoder_alone(encoder, &letters(name)) {
            Likeness::EncoderAlone
        } else {
            Likeness::Other
        }
    }
}

/// Whether these letters name the encoder and say nothing of a size.
fn is_encoder_alone(encoder: &Encoder, letters: &str) -> bool {
    let is_version = |beginning: &str, version: char| {
        let rest = letters.strip_prefix(beginning);
        rest.is_some_and(|rest| rest.starts_with(version) && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match encoder {
        Encoder::OpenFace => is_version("openface", '2'),
        Encoder::OpenFace3 => is_version("openface", '3'),
        Encoder::VideoSwin => ["videoswintransformer", "vst"].contains(&letters),
        Encoder::Hubert => letters == "hubert",
        Encoder::WavLm => letters == "wavlm",
        _ => false,
    }
}
