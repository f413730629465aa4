//! What there is to say of a file that was read.

use std::fmt;

use blemore_base::list::counted;

use super::Version;

/// Something in a file that its matrix does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Frames with a row per face, of which one is kept: see [`SeveralFaces`](super::SeveralFaces).
    SeveralFaces {
        /// Which OpenFace wrote the file: OpenFace 3 tells no confidence.
        version: Version,
        /// The numbers of these frames.
        frames: Vec<i64>,
        /// The faces in them.
        faces: Vec<i64>,
        /// In how many frames of the file each face is kept.
        kept: Vec<(i64, usize)>,
    },
    /// Numbers that the frames leave out. The other frames are put together, as in the published features.
    LostFrames {
        /// First and last number of each gap.
        gaps: Vec<(i64, i64)>,
    },
    /// Rows that were not in the order of their frames, and were sorted.
    Sorted,
    /// Frames with success 1 and values that are no numbers, which count as failed.
    CountedAsFailed {
        /// The numbers of these frames.
        frames: Vec<i64>,
    },
    /// Frames with values that are no numbers, in a clip with too few good frames to interpolate.
    LeftMissing {
        /// The numbers of these frames.
        frames: Vec<i64>,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SeveralFaces { version, frames, faces, kept } => {
                let rule = match version {
                    Version::Two => "the most confident face of each frame",
                    Version::Three => "the face seen in most frames",
                };
                write!(f, "{} show faces {}; kept is {rule}:", Frames(frames), Faces(faces))?;
                for (place, (face, count)) in kept.iter().enumerate() {
                    let separator = if place == 0 { "" } else { "," };
                    write!(f, "{separator} face {face} in {}", counted(*count, "frame"))?;
                }
                Ok(())
            }
            Self::LostFrames { gaps } => {
                write!(f, "{} are not in the file; the others are put together", Ranges(gaps))
            }
            Self::Sorted => f.write_str("the rows are not in the order of their frames; they are sorted"),
            Self::CountedAsFailed { frames } => write!(
                f,
                "{} have success 1 and values that are no numbers; they count as failed",
                Frames(frames)
            ),
            Self::LeftMissing { frames } => write!(
                f,
                "{} hold values that are no numbers, and too few frames are good to interpolate; they stay \
                 missing: \
                 aggregate with --on-nonfinite drop or interpolate",
                Frames(frames)
            ),
        }
    }
}

/// Frames as people write them: `frames 1-5, 8`.
pub(super) struct Frames<'a>(pub(super) &'a [i64]);

impl fmt::Display for Frames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for frame in self.0 {
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(*frame) => *last = *frame,
                _ => ranges.push((*frame, *frame)),
            }
        }
        Ranges(&ranges).fmt(f)
    }
}

/// How many ranges are listed before the others are only counted.
const LISTED_RANGES: usize = 10;

struct Ranges<'a>(&'a [(i64, i64)]);

impl fmt::Display for Ranges<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("frames")?;
        for (place, (first, last)) in self.0.iter().take(LISTED_RANGES).enumerate() {
            write!(f, "{} {first}", if place == 0 { "" } else { "," })?;
            if last != first {
                write!(f, "-{last}")?;
            }
        }
        match self.0.len().saturating_sub(LISTED_RANGES) {
            0 => Ok(()),
            more => write!(f, " and {more} more ranges"),
        }
    }
}

/// Faces as people write them: `0, 1 and 2`.
pub(super) struct Faces<'a>(pub(super) &'a [i64]);

impl fmt::Display for Faces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, face) in self.0.iter().enumerate() {
            let separator = match place {
                0 => "",
                _ if place + 1 == self.0.len() => " and ",
                _ => ", ",
            };
            write!(f, "{separator}{face}")?;
        }
        Ok(())
    }
}
