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

pub(super) const EMPTY: &str = "holds no values: at least one frame of one dimension is needed";

impl Axes {
    /// Reads the axes off a shape. One axis is one frame. Of three axes and more, those of length 1 are
    /// dropped.
    pub(crate) fn of(shape: &[usize], layer: Option<Layer>) -> Result<Self, NpyError> {
        let axes = match layer {
            _ if shape.contains(&0) => Err(EMPTY.to_owned()),
            Some(layer) => Self::with_layers(shape, layer),
            None => Self::without_layers(shape),
        };
        axes.map_err(|problem| NpyError::shape(shape, problem))
    }

    fn without_layers(shape: &[usize]) -> Result<Self, String> {
        let axes = |frames, dimensions| {
            let dropped = (shape.len() > 2).then(|| shape.to_vec());
            Ok(Self { layers: None, frames, dimensions, dropped })
        };
        let long: Vec<usize> = shape.iter().copied().filter(|length| *length > 1).collect();
        match (shape, &long[..]) {
            (&[dimensions], _) => axes(1, dimensions),
            (&[frames, dimensions], _) => axes(frames, dimensions),
            ([_, ..], []) => axes(1, 1),
            (&[.., last], &[dimensions]) if last == dimensions => axes(1, dimensions),
            // T frames of one value each, or one frame of T values with an axis too many behind it.
            (_, [_]) => {
                Err("may be many frames of one value, or one frame of many values: save it with two axes, \
                             frames x dimensions"
                    .to_owned())
            }
            (_, &[frames, dimensions]) => axes(frames, dimensions),
            (_, [layers, _, _]) => Err(format!(
                "has more axes than frames x dimensions; if the first of its long ones counts layers, choose a \
                 layer: --layer N (0 to {}), or --layer mean (options of `blemore aggregate`)",
                layers - 1
            )),
            _ => Err("does not fit: save frames x dimensions".to_owned()),
        }
    }

    /// Where there are layers, an axis of length 1 may as well be the only frame of a short clip: no more are
    /// dropped than have to be.
    fn with_layers(shape: &[usize], layer: Layer) -> Result<Self, String> {
        let mut axes = shape.to_vec();
        while axes.len() > 3
            && let Some(place) = axes.iter().position(|length| *length == 1)
        {
            axes.remove(place);
        }
        match (&axes[..], layer) {
            (&[layers, ..], Layer::Index(asked)) if axes.len() == 3 && asked >= layers => {
                Err(format!("has {layers} layers, counted from 0: there is no layer {asked}"))
            }
            (&[layers, frames, dimensions], _) => {
                let dropped = (shape.len() > 3).then(|| shape.to_vec());
                Ok(Self { layers: Some(layers), frames, dimensions, dropped })
            }
            ([_, _, _, ..], _) => Err("does not fit: save layers x frames x dimensions".to_owned()),
            _ => Err(
                "has no axis of layers (layers x frames x dimensions): leave --layer out, or save all layers"
                    .to_owned(),
            ),
        }
    }
}
