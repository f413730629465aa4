//! The first layers of a network with gated fusion: the projection of each encoder, and the gate.

use tch::{Device, Tensor};

use super::gate::{Clip, Fused, Gate, Gradients};
use super::{Inputs, Parameters, Pass};
use crate::libtorch::{assign, values, zeros};
use crate::{EncoderFusion, Error, ModelShape};

/// Which columns are those of which encoder, and how many encoders are added up.
#[derive(Debug)]
pub(crate) struct GatedFusion {
    /// The number of columns of each encoder.
    encoders: Vec<usize>,
    width: usize,
    best: usize,
}

/// What a forward pass leaves for the backward pass.
#[derive(Debug)]
pub(crate) struct GatePass {
    /// The fused inputs, shape `(batch, width)`.
    fused: Tensor,
    /// The projections of each clip, shape `(encoders, width)`.
    projected: Vec<Vec<f64>>,
    clips: Vec<Fused>,
}

impl GatePass {
    /// Memory for batches of up to `batch` rows; none with early fusion.
    pub(super) fn new(gated: Option<&GatedFusion>, batch: usize, device: Device) -> Result<Self, Error> {
        let shape = gated.map_or([0, 0], |gated| [batch, gated.width]);
        Ok(Self { fused: zeros(&shape, device)?, projected: Vec::new(), clips: Vec::new() })
    }

    /// The fused inputs of a batch of this many rows.
    pub(super) fn fused(&self, batch: i64) -> Result<Tensor, Error> {
        Ok(self.fused.f_narrow(0, 0, batch)?)
    }

    /// The weight of each encoder in what is added up, clip by clip.
    pub(crate) fn weights(&self) -> impl Iterator<Item = Vec<f64>> {
        let added = |(weight, chosen): (&f64, &bool)| if *chosen { *weight } else { 0.0 };
        self.clips.iter().map(move |clip| clip.weights.iter().zip(&clip.chosen).map(added).collect())
    }
}

/// The parameters of a gate in f64.
struct GateValues {
    weight: Vec<f64>,
    bias: Vec<f64>,
}

impl GatedFusion {
    /// That of a shape, unless its fusion is early.
    pub(super) fn of(shape: &ModelShape) -> Option<Self> {
        let encoders = shape.encoders().to_vec();
        match shape.fusion() {
            EncoderFusion::Early => None,
            EncoderFusion::Gated { width, best } => {
                Some(Self { width, best: best.unwrap_or(encoders.len()), encoders })
            }
        }
    }

    /// Number of layers: the projections and the gate.
    pub(super) fn layers(&self) -> usize {
        self.encoders.len() + 1
    }

    /// How many times larger than the recipe's the steps of a layer are: of the gate and of the layer above it, which have
    /// `width` inputs, as many times as an encoder has more columns on average.
    ///
    /// Adam moves every weight by about the learning rate, whatever the gradient, so an output moves with the number of
    /// inputs. A rate that suits thousands of columns leaves a layer of a few inputs where it began (Yang et al. 2022).
    pub(super) fn step_scale(&self, layer: usize) -> f64 {
        let encoders = self.encoders.len();
        let columns = self.encoders.iter().sum::<usize>() as f64 / encoders as f64;
        match layer {
            layer if layer == encoders || layer == encoders + 1 => (columns / self.width as f64).max(1.0),
            _ => 1.0,
        }
    }

    /// The fused inputs of a batch, shape `(B, width)`.
    pub(super) fn forward(
        &self,
        layers: &[Parameters],
        inputs: &Inputs,
        pass: &mut Pass,
    ) -> Result<Tensor, Error> {
        let batch = inputs.features.size()[0];
        for (index, columns) in self.columns(inputs)?.iter().enumerate() {
            pass.product(index, &layers[index], columns, batch)?;
        }
        let projected = self.projected(pass, batch)?;
        let gate = GateValues::of(&layers[self.encoders.len()])?;
        let fuse = |(row, projected): (usize, &Vec<f64>)| {
            gate.with(self.best).fuse(Clip { projected, presence: self.presence(inputs, row) })
        };
        let clips: Vec<Fused> = projected.iter().enumerate().map(fuse).collect();
        let mut fused = pass.gate.fused(batch)?;
        assign(&mut fused, &narrow(clips.iter().flat_map(|clip| &clip.sum)))?;
        (pass.gate.projected, pass.gate.clips) = (projected, clips);
        Ok(fused)
    }

    /// Leaves the gradients of projections and gate in `pass`, given that of the fused inputs, shape `(B, width)`.
    pub(super) fn backward(
        &self,
        layers: &[Parameters],
        inputs: &Inputs,
        of_fused: &Tensor,
        pass: &mut Pass,
    ) -> Result<(), Error> {
        let (batch, encoders) = (of_fused.size()[0], self.encoders.len());
        let gate = GateValues::of(&layers[encoders])?;
        let of_fused = widened(&values(of_fused)?);
        let GatePass { projected, clips, .. } = &pass.gate;
        let numbers = of_fused.chunks_exact(self.width).zip(projected.iter().zip(clips));
        let gradients = numbers.enumerate().map(|(row, (of_sum, (projected, fused)))| {
            let clip = Clip { projected, presence: self.presence(inputs, row) };
            gate.with(self.best).gradients(clip, fused, of_sum)
        });
        let gradients: Vec<Gradients> = gradients.collect();
        let of_gate = &mut pass.gradients[encoders];
        assign(&mut of_gate.weight, &narrow(&sum(gradients.iter().map(|clip| &clip.weight))))?;
        assign(&mut of_gate.bias, &narrow(&sum(gradients.iter().map(|clip| &clip.bias))))?;
        for (index, columns) in self.columns(inputs)?.iter().enumerate() {
            let mut delta = pass.deltas[index].f_narrow(0, 0, batch)?;
            let own = index * self.width..(index + 1) * self.width;
            assign(&mut delta, &narrow(gradients.iter().flat_map(|clip| &clip.projected[own.clone()])))?;
            let gradients = &pass.gradients[index];
            let _ = delta.f_sum_intlist_out(&gradients.bias, [0_i64].as_slice(), false, None)?;
            let _ = delta.f_tr()?.f_mm_out(&gradients.weight, columns)?;
        }
        Ok(())
    }

    /// The columns of each encoder.
    fn columns(&self, inputs: &Inputs) -> Result<Vec<Tensor>, Error> {
        let mut start = 0;
        let of_encoder = |columns: &usize| {
            let (first, count) = (start, *columns as i64);
            start += count;
            Ok(inputs.features.f_narrow(1, first, count)?)
        };
        self.encoders.iter().map(of_encoder).collect()
    }

    /// The projections of each clip, shape `(encoders, width)`.
    fn projected(&self, pass: &Pass, batch: i64) -> Result<Vec<Vec<f64>>, Error> {
        let mut clips = vec![Vec::with_capacity(self.encoders.len() * self.width); batch as usize];
        for index in 0..self.encoders.len() {
            let output = pass.output(index, batch)?;
            for (clip, row) in clips.iter_mut().zip(values(&output)?.chunks_exact(self.width)) {
                clip.extend(row.iter().copied().map(f64::from));
            }
        }
        Ok(clips)
    }

    fn presence<'i>(&self, inputs: &'i Inputs, row: usize) -> Option<&'i [bool]> {
        let encoders = self.encoders.len();
        inputs.presence.as_ref().map(|presence| &presence[row * encoders..][..encoders])
    }
}

impl GateValues {
    fn of(layer: &Parameters) -> Result<Self, Error> {
        let [weight, bias] = layer.values()?;
        Ok(Self { weight: widened(&weight), bias: widened(&bias) })
    }

    fn with(&self, best: usize) -> Gate<'_> {
        Gate { weight: &self.weight, bias: &self.bias, best }
    }
}

fn widened(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "what layers take is f32")]
fn narrow<'a>(values: impl IntoIterator<Item = &'a f64>) -> Vec<f32> {
    values.into_iter().map(|value| *value as f32).collect()
}

/// The sum of rows of one length, in their order.
fn sum<'a>(rows: impl Iterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    rows.fold(Vec::new(), |mut sum, row| {
        sum.resize(row.len(), 0.0);
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        sum
    })
}
