//! From features to probabilities.

use blemore_eval::Probabilities;
use blemore_features::StandardizedRows;

use crate::batch::Batch;
use crate::fused_layer::FusedLayer;
use crate::libtorch::{Threads, torch_device};
use crate::network::{Network, Pass};
use crate::{ClipOutputs, Device, Error, Model, ModelShape};

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
    /// [`Error::WidthMismatch`] for features of another width, [`Error::OtherEncoders`] for those of other encoders,
    /// [`Error::Run`] for a clip that lacks an encoder where fusion is early, [`Error::Eval`] when they are so large that a
    /// probability is not finite, [`Error::Torch`] when libtorch fails (out of memory).
    pub fn outputs<'a>(&self, features: impl Into<StandardizedRows<'a>>) -> Result<ClipOutputs, Error> {
        let features = features.into();
        let Prediction { mut network, mut pass, mut batch, fused_layer, _alone } =
            self.prediction(&features)?;
        batch.predict(&mut network, fused_layer, &mut pass, (self.head(), &features))
    }

    /// The weight that the gate of gated fusion gives each encoder, averaged over standardised features, shape `(N, D)`:
    /// from 0 to 1, and 0 for a clip that lacks the encoder, or of which it is none of the best. None with early fusion.
    ///
    /// # Errors
    /// Those of [`Model::outputs`].
    pub fn encoder_weights<'a>(&self, features: impl Into<StandardizedRows<'a>>) -> Result<Vec<f64>, Error> {
        let (features, encoders) = (features.into(), self.shape().encoders().len());
        if encoders == 0 {
            return Ok(Vec::new());
        }
        let Prediction { network, mut pass, mut batch, _alone, .. } = self.prediction(&features)?;
        batch.encoder_weights(&network, &mut pass, &features, encoders)
    }

    fn prediction(&self, features: &StandardizedRows<'_>) -> Result<Prediction, Error> {
        check_features(self.shape(), "feature table", features)?;
        let device = torch_device(Device::Cpu)?;
        // With more threads, libtorch's products sum in an order that depends on how many of them are free.
        let alone = Threads::one();
        let network = Network::new(self, device)?;
        let is_fused = FusedLayer::is_faster(self.shape());
        Ok(Prediction {
            fused_layer: is_fused.then(|| FusedLayer::new(&network, PREDICTION_BATCH, 1)).transpose()?,
            pass: Pass::forward_only(&network, PREDICTION_BATCH, device)?,
            batch: Batch::new(PREDICTION_BATCH, self.width(), is_fused, device)?,
            network,
            _alone: alone,
        })
    }
}

/// What a prediction works with.
struct Prediction {
    network: Network,
    fused_layer: Option<FusedLayer>,
    pass: Pass,
    batch: Batch,
    _alone: Threads,
}

/// Refuses features that a model of this shape does not take; `part` names them in the message.
///
/// # Errors
/// [`Error::WidthMismatch`], [`Error::OtherEncoders`], and of [`Error::Run`] the one of a clip that lacks an encoder where
/// all columns stand side by side.
pub(crate) fn check_features(
    shape: &ModelShape,
    part: &'static str,
    features: &StandardizedRows<'_>,
) -> Result<(), Error> {
    let (expected, found) = (shape.width(), features.width());
    if expected != found {
        return Err(Error::WidthMismatch { part, expected, found });
    }
    let (expected, found) = (shape.encoders(), features.encoder_widths());
    match features.first_missing() {
        Some((clip, encoder)) if !shape.fusion().takes_missing() => {
            let (clip, encoder) = (clip.clone(), encoder.to_owned());
            Err(blemore_run::Error::MissingEncoder { encoder, clip }.into())
        }
        _ if shape.fusion().takes_missing() && !found.is_empty() && found != expected => {
            Err(Error::OtherEncoders { expected: expected.to_vec(), found: found.to_vec() })
        }
        _ => Ok(()),
    }
}
