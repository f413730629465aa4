//! From a frame to what a network takes: resized, cropped, normalised, channels first.

mod bilinear;
mod crop;
mod operation;
mod picture;
mod pillow;

use serde::Serialize;

pub use crop::{Crop, CropRounding};
pub use operation::Operation;
pub use picture::Picture;
pub use pillow::PillowFilter;

use crate::error::Error;

/// The order of a pixel's channels, as a network gets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red: what OpenCV reads, left as it is.
    Bgr,
}

/// How a picture is resized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Resize {
    /// The shorter side becomes this long; the longer side in proportion, rounded down.
    ShortSide(usize),
    /// Both sides become this long: the proportions change.
    Square(usize),
}

/// Which implementation of which filter resizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// Pillow's, on bytes; the same bytes as Pillow 11 has.
    Pillow(PillowFilter),
    /// libtorch's bilinear without antialias, on values from 0 to 1. Within 1e-6 of libtorch's.
    Torch,
    /// The same on values from 0 to 255, rounded to bytes afterwards. libtorch's own bytes change with the
    /// number of its threads; these are within one level of them.
    TorchBytes,
}

/// What is taken from each channel, and what it is divided by, on values from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Normalization {
    /// Of red, green and blue.
    pub mean: [f32; 3],
    /// Of red, green and blue.
    pub deviation: [f32; 3],
}

/// The steps from a frame to a network's input, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PixelSteps {
    /// The order of the channels.
    pub order: ChannelOrder,
    /// The size.
    pub resize: Resize,
    /// What resizes.
    pub filter: Filter,
    /// What is cut out afterwards; `None` after [`Resize::Square`].
    pub crop: Option<Crop>,
    /// What is done with values from 0 to 1; nothing if `None`.
    pub normalization: Option<Normalization>,
}

impl PixelSteps {
    /// The side of the square that comes out.
    pub fn size(&self) -> usize {
        let (Resize::ShortSide(resized) | Resize::Square(resized)) = self.resize;
        self.crop.map_or(resized, |crop| crop.size)
    }

    /// The number of values that come out: 3 x size x size.
    pub fn values(&self) -> usize {
        3 * self.size() * self.size()
    }

    /// Prepares a picture; `out` gets 3 x size x size values, channel by channel.
    ///
    /// # Errors
    /// [`Error::OutputSize`].
    pub fn apply(&self, picture: &Picture, out: &mut [f32]) -> Result<(), Error> {
        if out.len() != self.values() {
            return Err(Error::OutputSize { expected: self.values(), found: out.len() });
        }
        match self.filter {
            Filter::Torch => {
                let area = self.area(picture);
                // torch divides bytes in single precision.
                let levels = |byte: f32| byte / 255.0;
                bilinear::resize(picture, &area, levels, |channel, place, value| {
                    out[self.place(channel, place)] = self.normalized(channel, value);
                });
            }
            Filter::TorchBytes | Filter::Pillow(_) => {
                let bytes = self.pixels(picture);
                // A byte has 256 values: one table per channel.
                let tables: [[f32; 256]; 3] = std::array::from_fn(|channel| {
                    std::array::from_fn(|byte| self.normalized(channel, self.unit(byte as u8)))
                });
                for (place, pixel) in bytes.chunks_exact(3).enumerate() {
                    for channel in 0..3 {
                        out[self.place(channel, place)] = tables[channel][usize::from(pixel[channel])];
                    }
                }
            }
        }
        Ok(())
    }

    /// The picture resized and cropped, as bytes: red, green, blue per pixel, whatever the order. Of
    /// [`Filter::Torch`], which has no bytes, those that come nearest.
    pub fn pixels(&self, picture: &Picture) -> Vec<u8> {
        let area = self.area(picture);
        match self.filter {
            Filter::Pillow(filter) => pillow::resize(picture, &area, filter),
            Filter::Torch | Filter::TorchBytes => {
                let mut bytes = vec![0; area.columns.len() * area.rows.len() * 3];
                bilinear::resize(
                    picture,
                    &area,
                    |byte| byte,
                    |channel, place, value| {
                        // Half to even, as torch rounds; between 0 and 255 by itself.
                        bytes[place * 3 + channel] = value.round_ties_even() as u8;
                    },
                );
                bytes
            }
        }
    }

    /// What is done, in plain words.
    pub(crate) fn steps(&self) -> Vec<(&'static str, String)> {
        let order = match self.order {
            ChannelOrder::Rgb => "red, green, blue",
            ChannelOrder::Bgr => "blue, green, red",
        };
        let size = match self.resize {
            Resize::ShortSide(side) => format!("short side {side}"),
            Resize::Square(side) => format!("{side} x {side}, proportions not kept"),
        };
        let filter = match self.filter {
            Filter::Pillow(PillowFilter::Bicubic) => "Pillow's bicubic on bytes",
            Filter::Pillow(PillowFilter::Bilinear) => "Pillow's bilinear on bytes",
            Filter::Torch => "torch's bilinear without antialias",
            Filter::TorchBytes => "torch's bilinear without antialias, rounded to bytes",
        };
        let mut steps = vec![("channels", order.to_owned()), ("size", format!("{size}, {filter}"))];
        if let Some(Crop { size, rounding }) = self.crop {
            let rounding = match rounding {
                CropRounding::Floor => "half of an odd difference rounded down",
                CropRounding::Ceil => "half of an odd difference rounded up",
                CropRounding::HalfEven => "half of an odd difference rounded to even",
            };
            steps.push(("crop", format!("{size} x {size} from the middle, {rounding}")));
        }
        let values = self.normalization.map_or("0 to 1, nothing more".to_owned(), |normalization| {
            let list = |values: [f32; 3]| values.map(|value| format!("{value:.3}")).join(", ");
            let Normalization { mean, deviation } = normalization;
            format!("0 to 1, minus ({}), over ({})", list(mean), list(deviation))
        });
        steps.push(("values", values));
        steps
    }

    /// Where a value of a channel (0 is red) goes.
    fn place(&self, channel: usize, place: usize) -> usize {
        let channel = if self.order == ChannelOrder::Rgb { channel } else { 2 - channel };
        channel * self.size() * self.size() + place
    }

    /// A byte as a value from 0 to 1, rounded as the implementation rounds it.
    fn unit(&self, byte: u8) -> f32 {
        match self.filter {
            // transformers multiplies in double precision.
            Filter::Pillow(_) => (f64::from(byte) * (1.0 / 255.0)) as f32,
            Filter::Torch | Filter::TorchBytes => f32::from(byte) / 255.0,
        }
    }

    fn normalized(&self, channel: usize, value: f32) -> f32 {
        self.normalization
            .map_or(value, |Normalization { mean, deviation }| (value - mean[channel]) / deviation[channel])
    }

    fn area(&self, picture: &Picture) -> Area {
        let (width, height) = match self.resize {
            Resize::Square(side) => (side, side),
            Resize::ShortSide(side) => short_side(picture.width(), picture.height(), side),
        };
        let span = |side: usize| match self.crop {
            Some(crop) => crop.span(side),
            None => 0..side,
        };
        Area { width, height, columns: span(width), rows: span(height) }
    }
}

/// Part of a resized picture: only what is cut out later is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Area {
    /// The size of the whole resized picture.
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// What is wanted of it.
    pub(crate) columns: std::ops::Range<usize>,
    pub(crate) rows: std::ops::Range<usize>,
}

/// Width and height where the shorter side becomes `side` and the longer is rounded down.
fn short_side(width: usize, height: usize, side: usize) -> (usize, usize) {
    // As the scripts compute it: the product exactly, one division.
    let long = |long: usize, short: usize| ((side * long) as f64 / short as f64) as usize;
    if width <= height { (side, long(height, width)) } else { (long(width, height), side) }
}
