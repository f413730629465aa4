//! What is measured of each encoder.

use std::num::NonZeroUsize;

use blemore_media::{EncoderKind, Thinning};

/// Length of the clip.
pub(crate) const SECONDS: f64 = 3.0;
/// Frames that go through a network together.
pub(crate) const BATCH: NonZeroUsize = NonZeroUsize::new(8).unwrap();
/// Ours takes at most 1 / 0.98 of PyTorch's time.
const USUAL_GOAL: f64 = 0.98;
/// Ours computes the black rows, 9 of 14, once.
const SWIN_GOAL: f64 = 2.0;

/// How an encoder is measured.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) kind: EncoderKind,
    /// Of how many frames one is taken: a frame of the largest networks takes seconds.
    pub(crate) every: NonZeroUsize,
    /// Times that each side is measured.
    pub(crate) repetitions: usize,
    /// Whether each process computes the clip once before that.
    pub(crate) warms_up: bool,
    /// Rows of the whole clip, where thinning leaves fewer.
    pub(crate) whole: Option<usize>,
    /// Times as fast as PyTorch that ours is to be, at least.
    pub(crate) goal: f64,
}

impl Plan {
    /// Of a network; OpenFace is a program of its own.
    pub(crate) fn of(kind: EncoderKind) -> Option<Self> {
        let usual = Self {
            kind,
            every: NonZeroUsize::MIN,
            repetitions: 5,
            warms_up: true,
            whole: None,
            goal: USUAL_GOAL,
        };
        let long = Self { repetitions: 2, warms_up: false, ..usual };
        Some(match kind {
            EncoderKind::OpenFace => return None,
            EncoderKind::Clip | EncoderKind::Hubert | EncoderKind::WavLm | EncoderKind::HiCmae => usual,
            // Eight frames.
            EncoderKind::ImageBind => {
                Self { every: NonZeroUsize::new(10).unwrap(), whole: Some(75), ..usual }
            }
            // One row.
            EncoderKind::VideoMae => Self { every: NonZeroUsize::new(5).unwrap(), whole: Some(5), ..long },
            EncoderKind::VideoSwin => Self { goal: SWIN_GOAL, ..long },
        })
    }

    pub(crate) fn thinning(&self) -> Thinning {
        if self.every == NonZeroUsize::MIN { Thinning::All } else { Thinning::Every(self.every) }
    }

    pub(crate) fn has_peer(&self) -> bool {
        self.kind != EncoderKind::HiCmae
    }

    /// How often ours is measured before PyTorch, and after it.
    pub(crate) fn halves(&self) -> [usize; 2] {
        [self.repetitions - self.repetitions / 2, self.repetitions / 2]
    }
}
