//! How much memory a fit takes.

use crate::batch::Batch;
use crate::first_layer::FirstLayer;
use crate::{Architecture, TrainConfig};

/// Weights, both moments, and the weights of the best epoch.
const COPIES: usize = 4;

impl TrainConfig {
    /// How much memory a fit of this architecture on `width` features takes besides them, in bytes, for what grows with
    /// either: weights, their moments, gradients and best values, and batches.
    ///
    /// ```
    /// use blemore_models::{Architecture, TrainConfig};
    /// let bytes = TrainConfig::default().fit_bytes(&Architecture::linear(), 10_000);
    /// assert_eq!(bytes, 4 * (5 * 6 * 10_001 + 32 * 10_000));
    /// ```
    pub fn fit_bytes(&self, architecture: &Architecture, width: usize) -> usize {
        let shapes: Vec<(usize, usize)> = architecture.layer_shapes(width).collect();
        let parameters: usize = shapes.iter().map(|(outputs, inputs)| outputs * (inputs + 1)).sum();
        let (gradients, batches) = match FirstLayer::is_for(self, &shapes) {
            true => {
                let (outputs, inputs) = shapes[0];
                (parameters - outputs * inputs, FirstLayer::batch_values(self.batch_size, width))
            }
            false => (parameters, 0),
        };
        let values = COPIES * parameters + gradients + batches + Batch::values(self.batch_size, width);
        values * size_of::<f32>()
    }
}
