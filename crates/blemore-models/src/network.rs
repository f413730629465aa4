//! Forward and backward passes, as a few matrix products.
//!
//! libtorch's tape would allocate a gradient as large as the weights at every step. A stack of linear layers needs no
//! tape: every product below writes to memory that is kept for the whole fit, and rounds as the tape's product does.

pub(crate) mod distribution;
mod gate;
mod gated;
pub(crate) mod objective;

use std::borrow::Cow;

use tch::{Device, Tensor};

use crate::libtorch::{assign, values, values_mut, zeros};
use crate::{Error, Layer, Model, ModelShape, RandomSource};
use gated::{GatePass, GatedFusion};
use objective::Loss;

/// Weight, shape `(outputs, inputs)`, and bias, shape `(outputs,)`, or the gradients of both.
#[derive(Debug)]
pub(crate) struct Parameters {
    pub(crate) weight: Tensor,
    pub(crate) bias: Tensor,
}

impl Parameters {
    /// Parameters of this shape, all 0.
    fn zeros(outputs: usize, inputs: usize, device: Device) -> Result<Self, Error> {
        Ok(Self { weight: zeros(&[outputs, inputs], device)?, bias: zeros(&[outputs], device)? })
    }

    /// Replaces the values by those of a layer of the same shape.
    pub(crate) fn assign(&mut self, layer: &Layer) -> Result<(), Error> {
        let [weight, bias] = layer.values();
        assign(&mut self.weight, weight)?;
        assign(&mut self.bias, bias)
    }

    /// Weights, row by row, and bias.
    pub(crate) fn values(&self) -> Result<[Cow<'_, [f32]>; 2], Error> {
        Ok([values(&self.weight)?, values(&self.bias)?])
    }

    /// As many zeros on the same device.
    pub(crate) fn zeros_like(&self) -> Result<Self, Error> {
        Ok(Self { weight: self.weight.f_zeros_like()?, bias: self.bias.f_zeros_like()? })
    }
}

/// The features of a batch.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// Shape `(B, D)`.
    pub(crate) features: Tensor,
    /// Whether each encoder has each row, shape `(B, encoders)`; `None` where all have all.
    pub(crate) presence: Option<Vec<bool>>,
}

/// The parameters of a model in libtorch's memory.
#[derive(Debug)]
pub(crate) struct Network {
    /// With gated fusion, projections and gate come before the layers that follow each other.
    pub(crate) layers: Vec<Parameters>,
    gated: Option<GatedFusion>,
}

impl Network {
    pub(crate) fn new(model: &Model, device: Device) -> Result<Self, Error> {
        let layers = model.layers().iter().map(|layer| {
            let mut parameters = Parameters::zeros(layer.weight.nrows(), layer.weight.ncols(), device)?;
            parameters.assign(layer)?;
            Ok(parameters)
        });
        let gated = GatedFusion::of(model.shape());
        Ok(Self { layers: layers.collect::<Result<_, Error>>()?, gated })
    }

    /// A network of this shape with the weights of [`Model::untrained`], without a second copy of them.
    pub(crate) fn untrained(
        shape: &ModelShape,
        source: &mut RandomSource,
        device: Device,
    ) -> Result<Self, Error> {
        let layers = source.draw_weights(|random| {
            let layers = shape.layers().into_iter().map(|(outputs, inputs)| {
                let mut layer = Parameters::zeros(outputs, inputs, Device::Cpu)?;
                random.fill_layer(inputs, [values_mut(&mut layer.weight)?, values_mut(&mut layer.bias)?]);
                let Parameters { weight, bias } = layer;
                Ok(Parameters { weight: weight.f_to_device(device)?, bias: bias.f_to_device(device)? })
            });
            layers.collect::<Result<_, Error>>()
        });
        Ok(Self { layers: layers?, gated: GatedFusion::of(shape) })
    }

    /// Copies the parameters as they are now over layers of the same shapes.
    pub(crate) fn copy_to(&self, layers: &mut [Layer]) -> Result<(), Error> {
        for (layer, parameters) in layers.iter_mut().zip(&self.layers) {
            for (to, from) in layer.values_mut().into_iter().zip(parameters.values()?) {
                to.copy_from_slice(&from);
            }
        }
        Ok(())
    }

    /// A copy of the parameters as they are now.
    pub(crate) fn snapshot(&self) -> Result<Vec<Layer>, Error> {
        let zeros = |layer: &Parameters| {
            let (outputs, inputs) = layer.weight.size2()?;
            Ok(Layer::zeros(outputs as usize, inputs as usize))
        };
        let mut layers = self.layers.iter().map(zeros).collect::<Result<Vec<_>, Error>>()?;
        self.copy_to(&mut layers)?;
        Ok(layers)
    }

    /// The place of the first of the layers that follow each other.
    fn first(&self) -> usize {
        self.gated.as_ref().map_or(0, GatedFusion::layers)
    }

    /// How many times larger than the recipe's the steps of each layer are.
    pub(crate) fn step_scales(&self) -> Vec<f64> {
        let scale = |layer| self.gated.as_ref().map_or(1.0, |gated| gated.step_scale(layer));
        (0..self.layers.len()).map(scale).collect()
    }

    /// Logits of a batch, shape `(B, outputs of the head)`; the output of every layer stays in `pass`.
    pub(crate) fn forward(&self, inputs: &Inputs, pass: &mut Pass) -> Result<Tensor, Error> {
        let batch = inputs.features.size()[0];
        let first = self.first();
        match &self.gated {
            None => pass.product(first, &self.layers[first], &inputs.features, batch)?,
            Some(gated) => {
                let fused = gated.forward(&self.layers, inputs, pass)?;
                pass.product(first, &self.layers[first], &fused, batch)?;
            }
        }
        self.forward_above(batch, pass)
    }

    /// As [`forward`](Self::forward), where the products of the first layer are in `pass`.
    pub(crate) fn forward_above(&self, batch: i64, pass: &mut Pass) -> Result<Tensor, Error> {
        for (index, layer) in self.layers.iter().enumerate().skip(self.first() + 1) {
            let mut below = pass.output(index - 1, batch)?;
            let _ = below.f_relu_()?;
            pass.product(index, layer, &below, batch)?;
        }
        pass.output(self.layers.len() - 1, batch)
    }

    /// Loss of a batch, with the gradients of all parameters left in `pass`.
    pub(crate) fn backward(
        &self,
        inputs: &Inputs,
        targets: &Tensor,
        objective: Loss,
        pass: &mut Pass,
    ) -> Result<f64, Error> {
        let logits = self.forward(inputs, pass)?;
        let (loss, delta) = self.backward_above(&logits, targets, objective, pass)?;
        let first = self.first();
        let weight = &pass.gradients[first].weight;
        match &self.gated {
            None => {
                let _ = delta.f_tr()?.f_mm_out(weight, &inputs.features)?;
            }
            Some(gated) => {
                let _ = delta.f_tr()?.f_mm_out(weight, &pass.gate.fused(delta.size()[0])?)?;
                let of_fused = delta.f_mm(&self.layers[first].weight)?;
                gated.backward(&self.layers, inputs, &of_fused, pass)?;
            }
        }
        Ok(loss)
    }

    /// Loss of a batch and the gradient of the first layer's outputs, with the gradients of all parameters but the
    /// first layer's weights, and what is below it, left in `pass`.
    pub(crate) fn backward_above(
        &self,
        logits: &Tensor,
        targets: &Tensor,
        objective: Loss,
        pass: &mut Pass,
    ) -> Result<(f64, Tensor), Error> {
        let batch = logits.size()[0];
        let first = self.first();
        let (loss, mut delta) = objective.value_and_gradient(logits, targets)?;
        for index in (first..self.layers.len()).rev() {
            let gradients = &pass.gradients[index];
            let _ = delta.f_sum_intlist_out(&gradients.bias, [0_i64].as_slice(), false, None)?;
            if index > first {
                let below = pass.output(index - 1, batch)?;
                let _ = delta.f_tr()?.f_mm_out(&gradients.weight, &below)?;
                let below_delta = pass.deltas[index - 1].f_narrow(0, 0, batch)?;
                let _ = delta.f_mm_out(&below_delta, &self.layers[index].weight)?;
                // Nothing flows back through a unit that its ReLU cut off; in place.
                let _ = below.f_threshold_backward_grad_input(&below_delta, &below_delta, 0.0)?;
                delta = below_delta;
            }
        }
        Ok((loss, delta))
    }
}

/// The memory that passes over batches of up to a given size work in.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) outputs: Vec<Tensor>,
    deltas: Vec<Tensor>,
    pub(crate) gradients: Vec<Parameters>,
    /// What the gate gave, with gated fusion.
    pub(crate) gate: GatePass,
}

impl Pass {
    /// Memory for forward passes alone.
    pub(crate) fn forward_only(network: &Network, batch: usize, device: Device) -> Result<Self, Error> {
        let outputs = network.layers.iter().map(|layer| zeros(&[batch, layer.bias.numel()], device));
        let outputs = outputs.collect::<Result<_, _>>()?;
        let gate = GatePass::new(network.gated.as_ref(), batch, device)?;
        Ok(Self { outputs, deltas: Vec::new(), gradients: Vec::new(), gate })
    }

    /// The outputs of a layer for a batch of this many rows.
    pub(crate) fn output(&self, layer: usize, batch: i64) -> Result<Tensor, Error> {
        Ok(self.outputs[layer].f_narrow(0, 0, batch)?)
    }

    /// Bias plus weights times what is below, into the outputs of a layer.
    fn product(&mut self, index: usize, layer: &Parameters, below: &Tensor, batch: i64) -> Result<(), Error> {
        let _ = layer.bias.f_addmm_out(&self.output(index, batch)?, below, &layer.weight.f_tr()?)?;
        Ok(())
    }

    /// Memory for forward and backward passes. `fused` if the gradient of the first layer's weights, the largest one, is
    /// used at once in the step and never in memory.
    pub(crate) fn new(network: &Network, batch: usize, fused: bool, device: Device) -> Result<Self, Error> {
        let mut pass = Self::forward_only(network, batch, device)?;
        let (_, hidden) = pass.outputs.split_last().unzip();
        for output in hidden.unwrap_or_default() {
            pass.deltas.push(output.f_zeros_like()?);
        }
        for (index, layer) in network.layers.iter().enumerate() {
            pass.gradients.push(match index {
                0 if fused => Parameters { weight: zeros(&[0], device)?, bias: layer.bias.f_zeros_like()? },
                _ => layer.zeros_like()?,
            });
        }
        Ok(pass)
    }
}
