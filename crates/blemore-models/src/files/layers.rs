//! Layers as pairs of arrays: `PREFIX.0.weight`, shape `(outputs, inputs)`, `PREFIX.0.bias`, shape `(outputs,)`, and so on.

use std::borrow::Cow;

use ndarray::{Array1, Array2};
use serde::Serialize;

use super::{Archive, Contents, take};
use crate::{Layer, ModelShape};

/// The name of the weights of a layer.
pub(crate) fn weight_name(prefix: &str, layer: usize) -> String {
    format!("{prefix}.{layer}.weight")
}

/// The name of the bias of a layer.
fn bias_name(prefix: &str, layer: usize) -> String {
    format!("{prefix}.{layer}.bias")
}

impl<'a, T: Serialize> Archive<'a, T> {
    /// Adds the weights, row by row, and the bias of each layer.
    pub(crate) fn push_layers<V: Into<Cow<'a, [f32]>>>(
        &mut self,
        prefix: &str,
        layers: impl IntoIterator<Item = [V; 2]>,
    ) {
        for (index, layer) in layers.into_iter().enumerate() {
            let [weight, bias] = layer.map(Into::into);
            let (inputs, outputs) = (weight.len() / bias.len().max(1), bias.len());
            self.push(weight_name(prefix, index), &[outputs, inputs], weight);
            self.push(bias_name(prefix, index), &[outputs], bias);
        }
    }
}

impl Contents {
    /// The layers of this shape, or every fault of their arrays.
    pub(crate) fn layers(&mut self, prefix: &str, shape: &ModelShape) -> Result<Vec<Layer>, Vec<String>> {
        let (mut layers, mut faults) = (Vec::new(), Vec::new());
        for (index, (outputs, inputs)) in shape.layers().into_iter().enumerate() {
            let weight = take(&mut faults, self.array(&weight_name(prefix, index), &[outputs, inputs]));
            let bias = take(&mut faults, self.array(&bias_name(prefix, index), &[outputs]));
            layers.extend(weight.zip(bias).map(|(weight, bias)| Layer {
                weight: Array2::from_shape_vec((outputs, inputs), weight).unwrap_or_default(),
                bias: Array1::from_vec(bias),
            }));
        }
        if faults.is_empty() { Ok(layers) } else { Err(faults) }
    }
}
