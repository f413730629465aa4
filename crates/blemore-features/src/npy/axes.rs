//! Which axes of an array are frames and dimensions.

use super::NpyError;

/// Which layer is taken of an array with all layers of a network: layers x T x D.
///
/// The first axis counts the layers, or the second one behind a batch axis of length 1 (1 x layers x T x D).
/// Of four axes or more, the first ones of length 1 are dropped until three are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// One layer, counted from 0.
    Index(usize),
    /// The mean of all layers.
    Mean,
}

/// The axes of an array of frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Axes {
    /// Length of the axis of layers, where a layer was asked for.
    pub(crate) layers: Option<usize>,
    /// Number T of frames.
    pub(crate) frames: usize,
    /// Width D of the frames.
    pub(crate) dimensions: usize,
    /// The shape, where axes of length 1 were dropped.
    pub(crate) dropped: Option<Vec<usize>>,
}

impl Axes {
    /// Reads the axes off a shape. One axis is one frame. Of three axes and more, those of length 1 are
    /// dropped.
    pub(crate) fn of(shape: &[usize], layer: Option<Layer>) -> Result<Self, NpyError> {
        if shape.contains(&0) {
            return Err(NpyError::Empty { shape: shape.to_vec() });
        }
        match layer {
            Some(layer) => Self::with_layers(shape, layer),
            None => Self::without_layers(shape),
        }
    }

    fn without_layers(shape: &[usize]) -> Result<Self, NpyError> {
        let owned = || shape.to_vec();
        let axes = |frames, dimensions| {
            Ok(Self { layers: None, frames, dimensions, dropped: (shape.len() > 2).then(owned) })
        };
        match *shape {
            [] => return Err(NpyError::Shape { shape: owned(), expected: FRAMES }),
            [dimensions] => return axes(1, dimensions),
            [frames, dimensions] => return axes(frames, dimensions),
            _ => {}
        }
        let long: Vec<usize> = shape.iter().copied().filter(|length| *length > 1).collect();
        match long[..] {
            [] => axes(1, 1),
            [dimensions] if shape.ends_with(&[dimensions]) => axes(1, dimensions),
            // T frames of one value each, or one frame of T values with an axis too many behind it.
            [_] => Err(NpyError::AmbiguousShape { shape: owned() }),
            [frames, dimensions] => axes(frames, dimensions),
            [layers, _, _] => Err(NpyError::Layers { shape: owned(), layers }),
            _ => Err(NpyError::Shape { shape: owned(), expected: FRAMES }),
        }
    }

    /// Where there are layers, an axis of length 1 may as well be the only frame of a short clip: no more are
    /// dropped than have to be.
    fn with_layers(shape: &[usize], layer: Layer) -> Result<Self, NpyError> {
        let owned = || shape.to_vec();
        let mut axes = owned();
        while axes.len() > 3
            && let Some(place) = axes.iter().position(|length| *length == 1)
        {
            axes.remove(place);
        }
        let (layers, frames, dimensions) = match axes[..] {
            [layers, frames, dimensions] => (layers, frames, dimensions),
            _ if axes.len() < 3 => return Err(NpyError::NoLayers { shape: owned() }),
            _ => return Err(NpyError::Shape { shape: owned(), expected: "layers x frames x dimensions" }),
        };
        match layer {
            Layer::Index(asked) if asked >= layers => {
                Err(NpyError::NoSuchLayer { shape: owned(), asked, layers })
            }
            _ => {
                Ok(Self { layers: Some(layers), frames, dimensions, dropped: (shape.len() > 3).then(owned) })
            }
        }
    }
}

const FRAMES: &str = "frames x dimensions";
