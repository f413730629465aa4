//! Copies examples to the device that computes, one batch at a time.

use blemore_eval::Probabilities;
use blemore_features::StandardizedRows;
use blemore_labels::Emotion;
use tch::{Device, Kind, Tensor};

use crate::device_cache::DeviceCache;
use crate::fused_layer::FusedLayer;
use crate::libtorch::{to_vec, values_mut, zeros};
use crate::network::{Network, Pass, objective};
use crate::{Error, Examples, Objective};

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
    fn load(&mut self, feed: Feed<'_, '_>, rows: &[usize]) -> Result<(Tensor, Tensor), Error> {
        let Feed { examples, cache } = feed;
        if let Some(cache) = cache {
            return cache.pick(rows);
        }
        examples.features().write_rows(rows, values_mut(&mut self.inputs)?);
        Ok((self.first(&self.inputs, rows.len())?, self.targets(examples, rows)?))
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
        objective: Objective,
        (feed, rows): (Feed<'_, '_>, &[usize]),
    ) -> Result<f64, Error> {
        let (inputs, targets) = self.load(feed, rows)?;
        network.backward(&inputs, &targets, objective, pass)
    }

    /// Loss of each batch in order, and the probabilities of every clip.
    pub(crate) fn evaluate(
        &mut self,
        network: &mut Network,
        mut fused_layer: Option<&mut FusedLayer>,
        pass: &mut Pass,
        objective: Objective,
        feed: Feed<'_, '_>,
    ) -> Result<Evaluation, Error> {
        let rows: Vec<usize> = (0..feed.examples.len()).collect();
        let mut losses = Vec::new();
        let mut outputs = Outputs::new(feed.examples.features().clip_of_row());
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
            losses.push(objective::value(objective, &logits, &targets)?);
            outputs.push(&logits)?;
        }
        Ok(Evaluation { losses, probabilities: outputs.finish() })
    }

    /// The probabilities of every clip.
    pub(crate) fn predict(
        &mut self,
        network: &mut Network,
        mut fused_layer: Option<FusedLayer>,
        pass: &mut Pass,
        features: &StandardizedRows<'_>,
    ) -> Result<Probabilities<f32>, Error> {
        let mut outputs = Outputs::new(features.clip_of_row());
        let rows: Vec<usize> = (0..features.len()).collect();
        for rows in rows.chunks(self.size()) {
            let logits = match &mut fused_layer {
                Some(fused_layer) => {
                    fused_layer.load(features, rows)?;
                    fused_layer.logits(network, pass)?
                }
                None => {
                    features.write_rows(rows, values_mut(&mut self.inputs)?);
                    network.forward(&self.first(&self.inputs, rows.len())?, pass)?
                }
            };
            outputs.push(&logits)?;
        }
        Ok(Probabilities::new(outputs.finish()?)?)
    }

    fn size(&self) -> usize {
        self.targets.size()[0] as usize
    }
}

/// What a pass over the validation part gives.
pub(crate) struct Evaluation {
    pub(crate) losses: Vec<f64>,
    pub(crate) probabilities: Result<Vec<Row>, Error>,
}

/// Six numbers of one clip.
type Row = [f32; Emotion::COUNT];

/// Collects logits of batches into probabilities of clips.
struct Outputs<'a> {
    /// Where clips have several rows, the clip of each.
    clip_of_row: Option<&'a [usize]>,
    /// Probabilities of clips; or logits of rows, which are averaged over a clip before the softmax (Table III).
    rows: Vec<Row>,
}

impl<'a> Outputs<'a> {
    fn new(clip_of_row: Option<&'a [usize]>) -> Self {
        Self { clip_of_row, rows: Vec::new() }
    }

    fn push(&mut self, logits: &Tensor) -> Result<(), Error> {
        self.rows.extend(match self.clip_of_row {
            None => rows_of(&softmax(logits)?)?,
            Some(_) => rows_of(logits)?,
        });
        Ok(())
    }

    fn finish(self) -> Result<Vec<Row>, Error> {
        let Some(clip_of_row) = self.clip_of_row else { return Ok(self.rows) };
        let means = mean_by_clip(&self.rows, clip_of_row);
        let flat = Tensor::f_from_slice(means.as_flattened())?;
        rows_of(&softmax(&flat.f_view([means.len() as i64, Emotion::COUNT as i64])?)?)
    }
}

fn softmax(logits: &Tensor) -> Result<Tensor, Error> {
    Ok(logits.f_softmax(1, Kind::Float)?)
}

fn rows_of(tensor: &Tensor) -> Result<Vec<Row>, Error> {
    Ok(to_vec(tensor)?.as_chunks().0.to_vec())
}

/// The mean of the rows of each clip, clips numbered from 0.
fn mean_by_clip(rows: &[Row], clip_of_row: &[usize]) -> Vec<Row> {
    let n_clips = clip_of_row.iter().max().map_or(0, |last| last + 1);
    let mut means = vec![[0.0; Emotion::COUNT]; n_clips];
    let mut counts = vec![0.0_f32; n_clips];
    for (row, &clip) in rows.iter().zip(clip_of_row) {
        counts[clip] += 1.0;
        means[clip].iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    for (mean, count) in means.iter_mut().zip(counts) {
        mean.iter_mut().for_each(|sum| *sum /= count.max(1.0));
    }
    means
}
