//! The clips that a checkpoint was trained on.

use std::fmt;
use std::str::FromStr;

use blemore_hash::Hash;
use blemore_labels::ClipName;

/// Hexadecimal digits per clip.
const DIGITS: usize = 8;

/// Short hashes of the names of clips, ascending: two clips in four thousand million have the same.
///
/// As text: eight hexadecimal digits per clip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TrainingClips(Vec<u32>);

impl TrainingClips {
    pub(crate) fn of<'a>(clips: impl IntoIterator<Item = &'a ClipName>) -> Self {
        let mut hashes: Vec<u32> = clips.into_iter().map(short_hash).collect();
        hashes.sort_unstable();
        Self(hashes)
    }

    pub(crate) fn has(&self, clip: &ClipName) -> bool {
        self.0.binary_search(&short_hash(clip)).is_ok()
    }
}

impl fmt::Display for TrainingClips {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|hash| write!(formatter, "{hash:08x}"))
    }
}

impl FromStr for TrainingClips {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hash = |digits: &[u8]| {
            let text = std::str::from_utf8(digits).ok().filter(|text| text.len() == DIGITS)?;
            u32::from_str_radix(text, 16).ok()
        };
        let hashes: Option<Vec<u32>> = text.as_bytes().chunks(DIGITS).map(hash).collect();
        let sorted = hashes.filter(|hashes| hashes.is_sorted());
        sorted
            .map(Self)
            .ok_or_else(|| format!("its list of training clips is not {DIGITS} hexadecimal digits per clip"))
    }
}

/// The first four bytes of the SHA-256 of a clip's name.
fn short_hash(clip: &ClipName) -> u32 {
    let digits = Hash::of_bytes(clip.as_str().as_bytes()).short();
    u32::from_str_radix(&digits[..DIGITS], 16).unwrap_or_default()
}
