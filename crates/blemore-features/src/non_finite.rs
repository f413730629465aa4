//! What to do with frames that hold a NaN or an infinity.

use ndarray::{Array2, ArrayViewMut1, Axis, CowArray, Ix2};
use serde::Serialize;

use crate::npy::{Floats, Value};

/// What to do with values that are not finite.
///
/// ```
/// use blemore_features::NonFinite;
/// use ndarray::array;
///
/// let frames = array![[1.0, 5.0], [f32::NAN, 6.0], [3.0, 7.0]];
/// let (fixed, fixes) = NonFinite::Interpolate.apply(frames.view().into());
/// assert_eq!(fixed, array![[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]);
/// assert_eq!(fixes.unwrap().values_interpolated, 1);
///
/// let (fixed, fixes) = NonFinite::DropFrames.apply(frames.view().into());
/// assert_eq!(fixed, array![[1.0, 5.0], [3.0, 7.0]]);
/// assert_eq!(fixes.unwrap().frames_dropped, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NonFinite {
    /// They are an error that names clip, frame and dimension.
    #[default]
    Refuse,
    /// Frames that hold one are left out. A clip without any other frame is an error.
    DropFrames,
    /// Each dimension is interpolated linearly between its finite neighbours in time; before the first and
    /// after the last finite value, that value holds. A dimension without any finite value is an error.
    Interpolate,
}

/// What was changed in the frames of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Fixes {
    /// Frames left out.
    pub frames_dropped: usize,
    /// Values interpolated.
    pub values_interpolated: usize,
}

impl NonFinite {
    /// Fixes (T, D) frames as far as possible, and says what it changed; `None` when nothing.
    ///
    /// What cannot be fixed stays: no frame is left, or a dimension holds no finite value. An
    /// [`Aggregator`](crate::Aggregator) refuses both.
    pub fn apply(self, frames: CowArray<'_, f32, Ix2>) -> (CowArray<'_, f32, Ix2>, Option<Fixes>) {
        self.fix(frames)
    }

    /// As [`apply`](Self::apply), in either precision.
    pub(crate) fn fix_floats(self, frames: Floats<'_>) -> (Floats<'_>, Option<Fixes>) {
        match frames {
            Floats::F32(frames) => {
                let (frames, fixes) = self.fix(frames);
                (Floats::F32(frames), fixes)
            }
            Floats::F64(frames) => {
                let (frames, fixes) = self.fix(frames);
                (Floats::F64(frames), fixes)
            }
        }
    }

    fn fix<T: Value>(self, frames: CowArray<'_, T, Ix2>) -> (CowArray<'_, T, Ix2>, Option<Fixes>) {
        match self {
            Self::Refuse => (frames, None),
            _ if frames.iter().all(is_finite) => (frames, None),
            Self::DropFrames => {
                let is_whole = |row: &usize| frames.row(*row).iter().all(is_finite);
                let kept: Vec<usize> = (0..frames.nrows()).filter(is_whole).collect();
                let fixes = Fixes { frames_dropped: frames.nrows() - kept.len(), values_interpolated: 0 };
                (frames.select(Axis(0), &kept).into(), Some(fixes))
            }
            Self::Interpolate => {
                let mut frames: Array2<T> = frames.into_owned();
                let values_interpolated = frames.columns_mut().into_iter().map(interpolate).sum();
                (frames.into(), Some(Fixes { frames_dropped: 0, values_interpolated }))
            }
        }
    }
}

fn is_finite<T: Value>(value: &T) -> bool {
    Into::<f64>::into(*value).is_finite()
}

/// Fills what is not finite, and says how many values that were.
fn interpolate<T: Value>(mut column: ArrayViewMut1<'_, T>) -> usize {
    let finite: Vec<usize> = (0..column.len()).filter(|frame| is_finite(&column[*frame])).collect();
    let (Some(&first), Some(&last)) = (finite.first(), finite.last()) else {
        return 0;
    };
    let (leading, trailing) = (column[first], column[last]);
    column.slice_mut(ndarray::s![..first]).fill(leading);
    column.slice_mut(ndarray::s![last + 1..]).fill(trailing);
    for gap in finite.windows(2) {
        let (start, end) = (gap[0], gap[1]);
        let (from, to): (f64, f64) = (column[start].into(), column[end].into());
        for frame in start + 1..end {
            #[expect(clippy::cast_precision_loss, reason = "a clip has far fewer than 2^53 frames")]
            let share = (frame - start) as f64 / (end - start) as f64;
            column[frame] = T::nearest(from + (to - from) * share);
        }
    }
    column.len() - finite.len()
}
