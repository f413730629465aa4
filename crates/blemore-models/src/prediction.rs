//! From features to probabilities.

use blemore_eval::Probabilities;
use blemore_features::StandardizedRows;

use crate::batch::Batch;
use crate::fused_layer::FusedLayer;
use crate::libtorch::{Threads, torch_device};
use crate::network::{Network, Pass};
use crate::{ClipOutputs, Device, Error, Model};

/// Rows that a prediction computes at once: the batch size of the paper, so that the products are the same as in
/// validation.
const PREDICTION_BATCH: usize = blemore_run::BATCH_SIZE;

impl Model {
    /// Six probabilities of each clip, shape `(clips, 6)`, whatever the head: [`ClipOutputs::emotions`] of what
    /// [`Model::outputs`] gives.
    ///
    /// # Errors
    /// Those of [`Model::outputs`].
    pub fn predict<'a>(
        &self,
        features: impl Into<StandardizedRows<'a>>,
    ) -> Result<Probabilities<f32>, Error> {
        Ok(self.outputs(features)?.emotions()?)
    }

    /// What the head gives for each clip, from standardised features, shape `(N, D)`; N may be 0. Where a clip has several
    /// rows, their outputs are averaged before the softmax (Table III).
    ///
    /// # Errors
    /// [`Error::WidthMismatch`] for features of another width, [`Error::Eval`] when they are so large that a
    /// probability is not finite, [`Error::Torch`] when libtorch fails (out of memory).
    pub fn outputs<'a>(&self, features: impl Into<StandardizedRows<'a>>) -> Result<ClipOutputs, Error> {
        let features = features.into();
        let (expected, found) = (self.width(), features.width());
        if expected != found {
            return Err(Error::WidthMismatch { part: "feature table", expected, found });
        }
        let device = torch_device(Device::Cpu)?;
        // With more threads, libtorch's products sum in an order that depends on how many of them are free.
        let _alone = Threads::one();
        let mut network = Network::new(self, device)?;
        let shapes: Vec<_> = self.architecture().layer_shapes(expected, self.head()).collect();
        let is_fused = FusedLayer::is_faster(&shapes);
        let fused_layer = is_fused.then(|| FusedLayer::new(&network, PREDICTION_BATCH, 1)).transpose()?;
        let mut pass = Pass::forward_only(&network, PREDICTION_BATCH, device)?;
        let mut batch = Batch::new(PREDICTION_BATCH, expected, is_fused, device)?;
        batch.predict(&mut network, fused_layer, &mut pass, (self.head(), &features))
    }
}
