//! Random changes of the faces of a window, with which a network is trained: those of HiCMAE's code.
//!
//! In their order: operations of RandAugment, a part of the picture resized to all of it, a mirror, a rectangle of noise.
//! All faces of a window are changed alike; the noise alone differs. What is drawn is drawn in this order from numbers that
//! are uniform from 0 up to 1, so that equal numbers give equal windows.

use blemore_base::normal;
use serde::{Deserialize, Serialize};

use crate::pixels::{Operation, Picture, PixelSteps};

/// How often a part that fits is looked for.
const TRIES: usize = 10;
/// Least and largest share of the picture that is erased, and the narrowest rectangle: height by width.
const ERASED: (f64, f64) = (0.02, 1.0 / 3.0);
const NARROWEST: f64 = 0.3;

/// Operations per picture.
const MOST_OPERATIONS: usize = 100;

/// How faces are changed in training. The default is what HiCMAE is fine-tuned with in the paper: RandAugment
/// `m7-n4-mstd0.5-inc1`, random resized crops, mirrors, random erasing.
///
/// ```
/// use blemore_media::Augmentation;
///
/// assert_eq!(Augmentation::default().operations, 4);
/// assert_eq!(Augmentation::NONE.flip, 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Operations of RandAugment that are drawn.
    pub operations: usize,
    /// Probability with which a drawn operation is applied.
    pub operation_probability: f64,
    /// Mean level of an operation, from 0 to 10.
    pub level: f64,
    /// Standard deviation of the level.
    pub level_deviation: f64,
    /// Least and largest share of the picture that is resized to all of it.
    pub crop_share: (f64, f64),
    /// Least and largest width of this part over its height.
    pub crop_ratio: (f64, f64),
    /// Probability of a mirror.
    pub flip: f64,
    /// Probability of a rectangle of noise.
    pub erase: f64,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            operations: 4,
            operation_probability: 0.5,
            level: 7.0,
            level_deviation: 0.5,
            crop_share: (0.08, 1.0),
            crop_ratio: (0.75, 1.3333),
            flip: 0.5,
            erase: 0.25,
        }
    }
}

impl Augmentation {
    /// No change.
    pub const NONE: Self = Self {
        operations: 0,
        operation_probability: 0.0,
        level: 0.0,
        level_deviation: 0.0,
        crop_share: (1.0, 1.0),
        crop_ratio: (1.0, 1.0),
        flip: 0.0,
        erase: 0.0,
    };

    /// Whether every number is in its range.
    pub fn is_valid(&self) -> bool {
        let Self { operations, operation_probability, level, level_deviation, flip, erase, .. } = *self;
        let is_probability = |value: f64| (0.0..=1.0).contains(&value);
        let is_range = |(least, most): (f64, f64), limit: f64| 0.0 < least && least <= most && most <= limit;
        [operation_probability, flip, erase].into_iter().all(is_probability)
            && operations <= MOST_OPERATIONS
            && (0.0..=10.0).contains(&level)
            && (0.0..=10.0).contains(&level_deviation)
            && is_range(self.crop_share, 1.0)
            && is_range(self.crop_ratio, 100.0)
    }

    /// Draws what is done with the faces of a window, which are squares of this side.
    pub fn draw(&self, side: usize, uniform: &mut dyn FnMut() -> f64) -> Changes {
        let operations = (0..self.operations).filter_map(|_| self.draw_operation(uniform)).collect();
        let crop = self.draw_crop(side, uniform);
        let is_mirrored = uniform() < self.flip;
        let erased = if uniform() < self.erase { draw_erased(side, uniform) } else { None };
        Changes { operations, crop, is_mirrored, erased }
    }

    fn draw_operation(&self, uniform: &mut dyn FnMut() -> f64) -> Option<(Operation, f64)> {
        let operation = Operation::ALL[below(Operation::ALL.len(), uniform)];
        let is_applied = uniform() < self.operation_probability;
        let level = (self.level + self.level_deviation * normal(uniform)).clamp(0.0, 10.0);
        let level = if uniform() < 0.5 { -level } else { level };
        is_applied.then_some((operation, level))
    }

    fn draw_crop(&self, side: usize, uniform: &mut dyn FnMut() -> f64) -> Rectangle {
        let whole = Rectangle { left: 0, top: 0, width: side, height: side };
        let (least, most) = self.crop_ratio;
        let found = (0..TRIES).find_map(|_| {
            let area = (side * side) as f64 * between(self.crop_share, uniform);
            let ratio = between((least.ln(), most.ln()), uniform).exp();
            Rectangle::draw(side, [(area * ratio).sqrt(), (area / ratio).sqrt()], uniform)
        });
        found.unwrap_or(whole)
    }
}

/// What is done with the faces of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    operations: Vec<(Operation, f64)>,
    crop: Rectangle,
    is_mirrored: bool,
    erased: Option<Rectangle>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rectangle {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Rectangle {
    /// A rectangle of this width and height, rounded, somewhere in a square; none if it does not fit.
    fn draw(side: usize, size: [f64; 2], uniform: &mut dyn FnMut() -> f64) -> Option<Self> {
        let [width, height] = size.map(|length| length.round_ties_even() as usize);
        let fits = (1..=side).contains(&width) && (1..=side).contains(&height);
        fits.then(|| {
            let top = below(side - height + 1, uniform);
            Self { left: below(side - width + 1, uniform), top, width, height }
        })
    }
}

impl Changes {
    /// The changed picture of a face that `steps` make a square of: its values, channel by channel, as [`PixelSteps::apply`]
    /// gives those of a test. Noise is drawn for each face anew.
    ///
    /// # Errors
    /// [`Error::OutputSize`](crate::Error::OutputSize).
    pub fn apply(
        &self,
        steps: &PixelSteps,
        face: &Picture,
        uniform: &mut dyn FnMut() -> f64,
        out: &mut [f32],
    ) -> Result<(), crate::Error> {
        let side = steps.size();
        let mut picture = Picture::new(side, side, steps.pixels(face))?;
        for (operation, level) in &self.operations {
            picture = operation.apply(&picture, *level);
        }
        let part = self.part(&picture)?;
        PixelSteps { filter: crate::Filter::Torch, ..*steps }.apply(&part, out)?;
        if let Some(Rectangle { left, top, width, height }) = self.erased {
            for plane in out.chunks_exact_mut(side * side) {
                for row in plane.chunks_exact_mut(side).skip(top).take(height) {
                    row[left..left + width].fill_with(|| normal(uniform) as f32);
                }
            }
        }
        Ok(())
    }

    /// What is cut out, mirrored if it is.
    fn part(&self, picture: &Picture) -> Result<Picture, crate::Error> {
        let Rectangle { left, top, width, height } = self.crop;
        let mut bytes = Vec::with_capacity(width * height * 3);
        for row in top..top + height {
            let row = &picture.row(row)[left * 3..(left + width) * 3];
            match self.is_mirrored {
                true => bytes.extend(row.as_chunks::<3>().0.iter().rev().flatten()),
                false => bytes.extend(row),
            }
        }
        Picture::new(width, height, bytes)
    }
}

fn draw_erased(side: usize, uniform: &mut dyn FnMut() -> f64) -> Option<Rectangle> {
    (0..TRIES).find_map(|_| {
        let area = (side * side) as f64 * between(ERASED, uniform);
        let ratio = between((NARROWEST.ln(), -NARROWEST.ln()), uniform).exp();
        let size = [(area / ratio).sqrt(), (area * ratio).sqrt()];
        // It leaves something of the picture.
        Rectangle::draw(side, size, uniform).filter(|part| part.width < side && part.height < side)
    })
}

fn between((least, most): (f64, f64), uniform: &mut dyn FnMut() -> f64) -> f64 {
    least + (most - least) * uniform()
}

/// A whole number below `count`.
fn below(count: usize, uniform: &mut dyn FnMut() -> f64) -> usize {
    ((uniform() * count as f64) as usize).min(count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EncoderKind, Preset, PresetName};

    /// Numbers that look random.
    fn numbers(start: u64) -> impl FnMut() -> f64 {
        let mut state = start;
        move || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    fn steps() -> PixelSteps {
        Preset::of(EncoderKind::HiCmae, PresetName::Published).pixels.unwrap()
    }

    fn face() -> Picture {
        let pixel = |place: usize| [(place % 251) as u8, (place / 97 % 256) as u8, (place * 7 % 256) as u8];
        Picture::new(112, 112, (0..112 * 112).flat_map(pixel).collect()).unwrap()
    }

    fn values(augmentation: &Augmentation, seed: u64) -> Vec<f32> {
        let (steps, mut uniform) = (steps(), numbers(seed));
        let changes = augmentation.draw(steps.size(), &mut uniform);
        let mut out = vec![0.0; steps.values()];
        changes.apply(&steps, &face(), &mut uniform, &mut out).unwrap();
        out
    }

    #[test]
    fn without_changes_a_window_is_that_of_a_test() {
        let mut expected = vec![0.0; steps().values()];
        steps().apply(&face(), &mut expected).unwrap();
        let found = values(&Augmentation::NONE, 1);
        let largest = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 1e-6, "{largest}");
    }

    #[test]
    fn equal_numbers_give_equal_windows_and_others_do_not() {
        let augmentation = Augmentation::default();
        assert_eq!(values(&augmentation, 5), values(&augmentation, 5));
        assert_ne!(values(&augmentation, 5), values(&augmentation, 6));
    }

    #[test]
    fn a_mirror_is_a_mirror() {
        let mirrored = values(&Augmentation { flip: 1.0, ..Augmentation::NONE }, 1);
        let plain = values(&Augmentation::NONE, 1);
        let row = |values: &[f32]| values[160 * 40..160 * 41].to_vec();
        let back: Vec<f32> = row(&mirrored).into_iter().rev().collect();
        assert!(back.iter().zip(row(&plain)).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn what_is_drawn_lies_in_its_range() {
        let augmentation = Augmentation { flip: 1.0, erase: 1.0, ..Augmentation::default() };
        let mut uniform = numbers(3);
        let (mut operations, mut erased) = (0, 0);
        for _ in 0..500 {
            let changes = augmentation.draw(160, &mut uniform);
            let Rectangle { left, top, width, height } = changes.crop;
            assert!(left + width <= 160 && top + height <= 160 && changes.is_mirrored, "{changes:?}");
            let (share, ratio) = ((width * height) as f64 / 25_600.0, width as f64 / height as f64);
            assert!((0.07..=1.0).contains(&share) && (0.7..1.4).contains(&ratio), "{changes:?}");
            assert!(changes.operations.iter().all(|(_, level)| (4.0..=10.0).contains(&level.abs())));
            operations += changes.operations.len();
            erased += usize::from(changes.erased.is_some());
        }
        // Half of four, 500 times.
        assert!((900..1100).contains(&operations) && erased > 450, "{operations} {erased}");
    }
}
