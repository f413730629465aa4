//! The faces and the sound of clips, as a network takes them.

use std::thread;

use blemore_encoders::FaceClips;
use blemore_labels::{Emotion, Label};
use tch::Tensor;

use crate::Error;
use crate::libtorch::Threads;

/// One window of a clip.
#[derive(Debug)]
pub struct ClipInput {
    /// Faces, normalised: `(3, T, H, W)`.
    pub faces: Tensor,
    /// The log-mel picture of their sound: `(1, 256, 128)`.
    pub log_mel: Tensor,
}

/// Where windows of clips come from. Clips have numbers.
pub trait ClipInputs: Sync {
    /// The window that a clip is trained on, drawn with a seed: the same seed gives the same window.
    ///
    /// # Errors
    /// What keeps the clip from being read.
    fn example(&self, clip: usize, seed: u64) -> Result<ClipInput, Error>;

    /// The windows that a clip is tested on, one at least; the outputs of all are averaged.
    ///
    /// # Errors
    /// What keeps the clip from being read.
    fn views(&self, clip: usize) -> Result<Vec<ClipInput>, Error>;
}

impl ClipInputs for FaceClips {
    fn example(&self, clip: usize, seed: u64) -> Result<ClipInput, Error> {
        let [faces, log_mel] = Self::example(self, clip, seed)?;
        Ok(ClipInput { faces, log_mel })
    }

    fn views(&self, clip: usize) -> Result<Vec<ClipInput>, Error> {
        let views = Self::views(self, clip)?.into_iter();
        Ok(views.map(|[faces, log_mel]| ClipInput { faces, log_mel }).collect())
    }
}

/// What a network is trained or validated on: some clips, each with its label.
#[derive(Clone, Copy)]
pub struct ClipExamples<'a> {
    pub(super) inputs: &'a dyn ClipInputs,
    pub(super) clips: &'a [usize],
    pub(super) labels: &'a [Label],
}

impl<'a> ClipExamples<'a> {
    /// These clips of `inputs`, with a label each.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] when there is not one label per clip.
    pub fn new(inputs: &'a dyn ClipInputs, clips: &'a [usize], labels: &'a [Label]) -> Result<Self, Error> {
        let (expected, found) = (clips.len(), labels.len());
        match expected == found {
            true => Ok(Self { inputs, clips, labels }),
            false => Err(Error::LengthMismatch { what: "labels", expected, found }),
        }
    }

    /// The soft labels of the clips at these places, `(places, 6)`.
    pub(super) fn targets(&self, places: &[usize]) -> Result<Tensor, Error> {
        let values: Vec<f32> =
            places.iter().flat_map(|place| self.labels[*place].salience().as_array()).collect();
        Ok(Tensor::f_from_slice(&values)?.f_view([places.len() as i64, Emotion::COUNT as i64])?)
    }
}

/// Windows one below the other: `(B, 3, T, H, W)` and `(B, 1, 256, 128)`.
pub(super) fn stacked(windows: &[ClipInput]) -> Result<[Tensor; 2], Error> {
    let faces: Vec<&Tensor> = windows.iter().map(|window| &window.faces).collect();
    let sounds: Vec<&Tensor> = windows.iter().map(|window| &window.log_mel).collect();
    Ok([Tensor::f_stack(&faces, 0)?, Tensor::f_stack(&sounds, 0)?])
}

/// Calls `work` on each part with what `load` gives for its items. While one part is worked on, the next is loaded, each
/// item by a thread of its own.
pub(super) fn ahead<I: Sync, L: Send>(
    parts: &[&[I]],
    load: impl Fn(&I) -> Result<L, Error> + Sync,
    mut work: impl FnMut(&[I], Vec<L>) -> Result<(), Error>,
) -> Result<(), Error> {
    let load = &load;
    let alone = move |item| {
        let _threads = Threads::one();
        load(item)
    };
    thread::scope(|scope| {
        let start = |part: usize| -> Vec<_> {
            let items = parts.get(part).into_iter().flat_map(|part| part.iter());
            items.map(|item| scope.spawn(move || alone(item))).collect()
        };
        let mut loading = start(0);
        for (index, part) in parts.iter().enumerate() {
            let threads = std::mem::replace(&mut loading, start(index + 1));
            let loaded = threads.into_iter().map(|thread| thread.join().unwrap_or(Err(Error::LoaderStopped)));
            work(part, loaded.collect::<Result<_, _>>()?)?;
        }
        Ok(())
    })
}
