//! Copies examples to the device that computes, one batch at a time.

use blemore_eval::Probabilities;
use blemore_features::StandardizedRows;
use blemore_labels::Emotion;
use tch::{Device, Kind, Tensor};

use crate::device_cache::DeviceCache;
use crate::fused_layer::FusedLayer;
use crate::libtorch::{to_vec, values_mut, zeros};
use crate::network::distribution::clip_outputs;
use crate::network::objective::Loss;
use crate::network::{Inputs, Network, Pass};
use crate::{ClipOutputs, Error, Examples, Head};

/// Examples as batches take them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feed<'a, 'e> {
    pub(crate) examples: &'a Examples<'e>,
    /// The same examples on the device, where it holds them.
    pub(crate) cache: Option<&'a DeviceCache>,
}

/// Memory for one batch: the only copy of features that training on the CPU makes.
#[derive(Debug)]
pub(crate) struct Batch {
    inputs: Tensor,
    targets: Tensor,
    device: Device,
}

impl Batch {
    /// A batch of at most `size` examples with `width` features each. With `fused` the first layer holds the features, and
    /// there is no memory for them here.
    pub(crate) fn new(size: usize, width: usize, fused: bool, device: Device) -> Result<Self, Error> {
        Ok(Self {
            inputs: zeros(&[if fused { 0 } else { size }, width], Device::Cpu)?,
            targets: zeros(&[size, Emotion::COUNT], Device::Cpu)?,
            device,
        })
    }

    /// Features and soft labels of these rows, at most the size of the batch.
    fn load(&mut self, feed: Feed<'_, '_>, rows: &[usize]) -> Result<(Inputs, Tensor), Error> {
        let Feed { examples, cache } = feed;
        if let Some(cache) = cache {
            let (features, targets) = cache.pick(rows)?;
            return Ok((Inputs { features, presence: examples.features().presence(rows) }, targets));
        }
        Ok((self.inputs(examples.features(), rows)?, self.targets(examples, rows)?))
    }

    /// Features of these rows.
    fn inputs(&mut self, features: &StandardizedRows<'_>, rows: &[usize]) -> Result<Inputs, Error> {
        features.write_rows(rows, values_mut(&mut self.inputs)?);
        Ok(Inputs { features: self.first(&self.inputs, rows.len())?, presence: features.presence(rows) })
    }

    /// Soft labels of these rows.
    pub(crate) fn targets(&mut self, examples: &Examples<'_>, rows: &[usize]) -> Result<Tensor, Error> {
        examples.write_targets(rows, values_mut(&mut self.targets)?);
        self.first(&self.targets, rows.len())
    }

    fn first(&self, tensor: &Tensor, rows: usize) -> Result<Tensor, Error> {
        Ok(tensor.f_narrow(0, 0, rows as i64)?.f_to_device(self.device)?)
    }

    /// Loss and gradients of these rows.
    pub(crate) fn backward(
        &mut self,
        network: &Network,
        pass: &mut Pass,
        loss: Loss,
        (feed, rows): (Feed<'_, '_>, &[usize]),
    ) -> Result<f64, Error> {
        let (inputs, targets) = self.load(feed, rows)?;
        network.backward(&inputs, &targets, loss, pass)
    }

    /// Loss of each batch in order, and what the head gives for every clip.
    pub(crate) fn evaluate(
        &mut self,
        network: &mut Network,
        mut fused_layer: Option<&mut FusedLayer>,
        pass: &mut Pass,
        (head, loss): (Head, Loss),
        feed: Feed<'_, '_>,
    ) -> Result<Evaluation, Error> {
        let rows: Vec<usize> = (0..feed.examples.len()).collect();
        let mut losses = Vec::new();
        let mut outputs = Outputs::new(head, feed.examples.features().clip_of_row());
        for rows in rows.chunks(self.size()) {
            let (logits, targets) = match &mut fused_layer {
                Some(fused_layer) => {
                    fused_layer.load(feed.examples.features(), rows)?;
                    (fused_layer.logits(network, pass)?, self.targets(feed.examples, rows)?)
                }
                None => {
                    let (inputs, targets) = self.load(feed, rows)?;
                    (network.forward(&inputs, pass)?, targets)
                }
            };
            losses.push(loss.value(&logits, &targets)?);
            outputs.push(&logits)?;
        }
        Ok(Evaluation { losses, outputs: outputs.finish() })
    }

    /// What the head gives for every clip.
    pub(crate) fn predict(
        &mut self,
        network: &mut Network,
        mut fused_layer: Option<FusedLayer>,
        pass: &mut Pass,
        (head, features): (Head, &StandardizedRows<'_>),
    ) -> Result<ClipOutputs, Error> {
        let mut outputs = Outputs::new(head, features.clip_of_row());
        let rows: Vec<usize> = (0..features.len()).collect();
        for rows in rows.chunks(self.size()) {
            let logits = match &mut fused_layer {
                Some(fused_layer) => {
                    fused_layer.load(features, rows)?;
                    fused_layer.logits(network, pass)?
                }
                None => network.forward(&self.inputs(features, rows)?, pass)?,
            };
            outputs.push(&logits)?;
        }
        outputs.finish()
    }

    /// The weight that the gate gives each encoder, averaged over the rows.
    pub(crate) fn encoder_weights(
        &mut self,
        network: &Network,
        pass: &mut Pass,
        features: &StandardizedRows<'_>,
        encoders: usize,
    ) -> Result<Vec<f64>, Error> {
        let mut sums = vec![0.0; encoders];
        let rows: Vec<usize> = (0..features.len()).collect();
        for rows in rows.chunks(self.size()) {
            let _ = network.forward(&self.inputs(features, rows)?, pass)?;
            for weights in pass.gate.weights() {
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
            }
        }
        Ok(sums.into_iter().map(|sum| sum / features.len().max(1) as f64).collect())
    }

    fn size(&self) -> usize {
        self.targets.size()[0] as usize
    }
}

/// What a pass over the validation part gives. The outputs of a model with a loss that is not finite are no probabilities:
/// the loss is looked at first.
pub(crate) struct Evaluation {
    pub(crate) losses: Vec<f64>,
    pub(crate) outputs: Result<ClipOutputs, Error>,
}

/// Collects the outputs of batches into what the head says of clips.
pub(crate) struct Outputs<'a> {
    head: Head,
    /// Where clips have several rows, the clip of each.
    clip_of_row: Option<&'a [usize]>,
    /// Row by row: probabilities of clips, from the paper's head where each row is a clip; or outputs of the last layer,
    /// which are averaged over a clip (Table III).
    values: Vec<f32>,
}

impl<'a> Outputs<'a> {
    pub(crate) fn new(head: Head, clip_of_row: Option<&'a [usize]>) -> Self {
        Self { head, clip_of_row, values: Vec::new() }
    }

    pub(crate) fn push(&mut self, logits: &Tensor) -> Result<(), Error> {
        self.values.extend(match (self.head, self.clip_of_row) {
            (Head::Emotions, None) => to_vec(&softmax(logits)?)?,
            _ => to_vec(logits)?,
        });
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<ClipOutputs, Error> {
        let width = self.head.outputs();
        let means = self.clip_of_row.map(|clips| mean_by_clip(&self.values, width, clips));
        let values = match (self.head, means) {
            (Head::Emotions, None) => self.values,
            (Head::Emotions, Some(means)) => {
                let rows = [(means.len() / width) as i64, width as i64];
                to_vec(&softmax(&Tensor::f_from_slice(&means)?.f_view(rows)?)?)?
            }
            (head, means) => return clip_outputs(head, &means.unwrap_or(self.values)),
        };
        Ok(ClipOutputs::Emotions(Probabilities::new(values.as_chunks().0.to_vec())?))
    }
}

fn softmax(logits: &Tensor) -> Result<Tensor, Error> {
    Ok(logits.f_softmax(1, Kind::Float)?)
}

/// The mean of the rows of each clip, clips numbered from 0.
fn mean_by_clip(values: &[f32], width: usize, clip_of_row: &[usize]) -> Vec<f32> {
    let n_clips = clip_of_row.iter().max().map_or(0, |last| last + 1);
    let mut means = vec![0.0; n_clips * width];
    let mut counts = vec![0.0_f32; n_clips];
    for (row, &clip) in values.chunks_exact(width).zip(clip_of_row) {
        counts[clip] += 1.0;
        means[clip * width..][..width].iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    for (mean, count) in means.chunks_exact_mut(width).zip(counts) {
        mean.iter_mut().for_each(|sum| *sum /= count.max(1.0));
    }
    means
}
