//! What is cut out of the middle.

use std::ops::Range;

use serde::Serialize;

/// How half of an odd difference is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CropRounding {
    /// Down: transformers.
    Floor,
    /// Up: pytorchvideo.
    Ceil,
    /// To the even number: torchvision, whose code calls Python's `round`.
    HalfEven,
}

/// A square out of the middle of a picture that is at least as large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Crop {
    /// The side of the square.
    pub size: usize,
    /// How its place is rounded.
    pub rounding: CropRounding,
}

impl Crop {
    /// What is taken of a side.
    pub(crate) fn span(self, side: usize) -> Range<usize> {
        let difference = side.saturating_sub(self.size);
        let half = difference / 2;
        let start = match self.rounding {
            CropRounding::Floor => half,
            CropRounding::Ceil => difference.div_ceil(2),
            CropRounding::HalfEven => half + (difference % 2) * (half % 2),
        };
        start..start + self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_as_each_library_does() {
        let start = |rounding, side| Crop { size: 224, rounding }.span(side).start;
        for (side, floor, ceil, half_even) in
            [(224, 0, 0, 0), (225, 0, 1, 0), (226, 1, 1, 1), (227, 1, 2, 2), (229, 2, 3, 2), (231, 3, 4, 4)]
        {
            assert_eq!(start(CropRounding::Floor, side), floor, "{side}");
            assert_eq!(start(CropRounding::Ceil, side), ceil, "{side}");
            assert_eq!(start(CropRounding::HalfEven, side), half_even, "{side}");
        }
    }
}
