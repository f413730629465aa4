//! The operations of RandAugment (Cubuk et al. 2020), to the byte as Pillow 11 has them with the settings of HiCMAE's code:
//! strength grows with the level, what is turned or moved in from outside is grey.

mod affine;
mod colour;

use affine::Matrix;

use super::Picture;

/// The highest level.
const HIGHEST: f64 = 10.0;

/// An operation of RandAugment on a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Each channel is stretched from 0 to 255.
    AutoContrast,
    /// Each channel's values become equally frequent.
    Equalize,
    /// The negative.
    Invert,
    /// A turn by up to 30 degrees about the middle.
    Rotate,
    /// From 4 bits per channel down to none.
    Posterize,
    /// Values are inverted from 256 downwards.
    Solarize,
    /// Up to 110 is added to dark values.
    SolarizeAdd,
    /// Colours are weaker or stronger by up to 0.9 times.
    Colour,
    /// Contrast is weaker or stronger by up to 0.9 times.
    Contrast,
    /// Brightness is less or more by up to 0.9 times.
    Brightness,
    /// Edges are softer or sharper by up to 0.9 times.
    Sharpness,
    /// Rows are moved by up to 0.3 pixels per row.
    ShearX,
    /// Columns are moved by up to 0.3 pixels per column.
    ShearY,
    /// Moved along the rows by up to 0.45 of the width.
    TranslateX,
    /// Moved along the columns by up to 0.45 of the height.
    TranslateY,
}

impl Operation {
    /// All of them, in the order of the code that draws one.
    pub const ALL: [Self; 15] = [
        Self::AutoContrast,
        Self::Equalize,
        Self::Invert,
        Self::Rotate,
        Self::Posterize,
        Self::Solarize,
        Self::SolarizeAdd,
        Self::Colour,
        Self::Contrast,
        Self::Brightness,
        Self::Sharpness,
        Self::ShearX,
        Self::ShearY,
        Self::TranslateX,
        Self::TranslateY,
    ];

    /// The picture after the operation at a level from 0 to 10. Where an operation has two directions, a level below 0 is
    /// that of the other.
    pub fn apply(self, picture: &Picture, level: f64) -> Picture {
        let share = (level / HIGHEST).clamp(-1.0, 1.0);
        let strength = share.abs();
        let factor = 1.0 + 0.9 * share;
        match self {
            Self::AutoContrast => colour::by_channel(picture, colour::stretched),
            Self::Equalize => colour::by_channel(picture, colour::equalized),
            Self::Invert => colour::mapped(picture, |value| 255 - value),
            Self::Posterize => {
                let bits = 4 - (strength * 4.0) as u32;
                // No bit of eight.
                let mask = 0xff_u8.checked_shl(8 - bits).unwrap_or(0);
                colour::mapped(picture, |value| value & mask)
            }
            Self::Solarize => {
                let threshold = 256 - (strength * 256.0) as u16;
                colour::mapped(
                    picture,
                    |value| if u16::from(value) < threshold { value } else { 255 - value },
                )
            }
            Self::SolarizeAdd => {
                let added = (strength * 110.0) as u8;
                colour::mapped(picture, |value| if value < 128 { value.saturating_add(added) } else { value })
            }
            Self::Colour => colour::blended(picture, &colour::grey(picture), factor),
            Self::Contrast => colour::blended(picture, &colour::mean(picture), factor),
            Self::Brightness => colour::blended(picture, &vec![0; picture.bytes().len()], factor),
            Self::Sharpness => colour::blended(picture, &colour::smooth(picture), factor),
            Self::Rotate => affine::apply(picture, Matrix::rotation(picture, share * 30.0)),
            Self::ShearX => affine::apply(picture, Matrix([1.0, share * 0.3, 0.0, 0.0, 1.0, 0.0])),
            Self::ShearY => affine::apply(picture, Matrix([1.0, 0.0, 0.0, share * 0.3, 1.0, 0.0])),
            Self::TranslateX => {
                let pixels = share * 0.45 * picture.width() as f64;
                affine::apply(picture, Matrix([1.0, 0.0, pixels, 0.0, 1.0, 0.0]))
            }
            Self::TranslateY => {
                let pixels = share * 0.45 * picture.height() as f64;
                affine::apply(picture, Matrix([1.0, 0.0, 0.0, 0.0, 1.0, pixels]))
            }
        }
    }
}
