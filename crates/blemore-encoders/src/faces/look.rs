//! How a face looks, to tell people apart in one clip. It says nothing about faces of two clips.

use blemore_media::Picture;

use super::alignment::{Alignment, Points};

/// One pixel of the aligned face in so many along each side counts.
const STEP: usize = 8;

/// The aligned face in coarse pixels, of mean 0 and length 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look(Vec<f32>);

impl Look {
    /// Of a face in a picture.
    pub(super) fn of(picture: &Picture, points: &Points) -> Self {
        let pixels = Alignment::of(points).sampled(picture, STEP);
        let mut values: Vec<f32> = pixels.into_iter().map(f32::from).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        values.iter_mut().for_each(|value| *value -= mean);
        Self(values).of_length_1()
    }

    /// 1 for the same look, about 0 for looks that have nothing in common.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(one, other)| one * other).sum()
    }

    /// The look of so many pictures of this look and so many of another.
    pub(super) fn mixed(&self, count: usize, other: &Self, of_other: usize) -> Self {
        let share = of_other as f32 / (count + of_other) as f32;
        let mix = |(one, other): (&f32, &f32)| one + share * (other - one);
        Self(self.0.iter().zip(&other.0).map(mix).collect()).of_length_1()
    }

    fn of_length_1(mut self) -> Self {
        let length = self.0.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        self.0.iter_mut().for_each(|value| *value /= length);
        self
    }
}
