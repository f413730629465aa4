//! Layers as pairs of arrays: `PREFIX.0.weight`, shape `(outputs, inputs)`, `PREFIX.0.bias`, shape `(outputs,)`, and so on.

use std::borrow::Cow;

use ndarray::{Array1, Array2};
use serde::Serialize;

use super::{Archive, Contents};
use crate::libtorch::values;
use crate::network::Parameters;
use crate::{Architecture, Error, FileFault, Layer};

/// The name of the weights of a layer.
pub(crate) fn weight_name(prefix: &str, layer: usize) -> String {
    format!("{prefix}.{layer}.weight")
}

/// The name of the bias of a layer.
pub(crate) fn bias_name(prefix: &str, layer: usize) -> String {
    format!("{prefix}.{layer}.bias")
}

impl<'a, T: Serialize> Archive<'a, T> {
    /// Adds the arrays of layers.
    pub(crate) fn push_layers(&mut self, prefix: &str, layers: &'a [Layer]) {
        for (index, layer) in layers.iter().enumerate() {
            let weight = match layer.weight.as_slice() {
                Some(weight) => Cow::Borrowed(weight),
                None => layer.weight.iter().copied().collect(),
            };
            self.push(weight_name(prefix, index), layer.weight.shape(), weight);
            self.push(bias_name(prefix, index), &[layer.bias.len()], layer.bias.to_vec());
        }
    }

    /// Adds the arrays of layers in libtorch's memory.
    pub(crate) fn push_parameters(
        &mut self,
        prefix: &str,
        layers: impl Iterator<Item = &'a Parameters>,
    ) -> Result<(), Error> {
        for (index, layer) in layers.enumerate() {
            let (inputs, outputs) = (layer.weight.numel() / layer.bias.numel().max(1), layer.bias.numel());
            self.push(weight_name(prefix, index), &[outputs, inputs], values(&layer.weight)?);
            self.push(bias_name(prefix, index), &[outputs], values(&layer.bias)?);
        }
        Ok(())
    }
}

impl Contents {
    /// The layers of this architecture on `width` features, or every fault of their arrays.
    pub(crate) fn layers(
        &mut self,
        prefix: &str,
        architecture: &Architecture,
        width: usize,
    ) -> Result<Vec<Layer>, Vec<FileFault>> {
        let (mut layers, mut faults) = (Vec::new(), Vec::new());
        for (index, (outputs, inputs)) in architecture.layer_shapes(width).enumerate() {
            let weight = self.array::<f32>(&weight_name(prefix, index), &[outputs, inputs]);
            let bias = self.array::<f32>(&bias_name(prefix, index), &[outputs]);
            match (weight, bias) {
                (Ok(weight), Ok(bias)) => layers.push(Layer {
                    weight: Array2::from_shape_vec((outputs, inputs), weight).unwrap_or_default(),
                    bias: Array1::from_vec(bias),
                }),
                (weight, bias) => faults.extend(weight.err().into_iter().chain(bias.err())),
            }
        }
        if faults.is_empty() { Ok(layers) } else { Err(faults) }
    }
}
