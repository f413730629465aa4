//! A trained model: plain arrays that can be cloned, compared, shared between threads and stored.

use ndarray::{Array1, Array2};

use crate::{Architecture, ClipOutputs, Decision, EpochRecord, Head, ModelShape, RandomSource};

/// One linear layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Shape `(outputs, inputs)`.
    pub weight: Array2<f32>,
    /// Shape `(outputs,)`.
    pub bias: Array1<f32>,
}

impl Layer {
    /// A layer of zeros.
    pub(crate) fn zeros(outputs: usize, inputs: usize) -> Self {
        Self { weight: Array2::zeros((outputs, inputs)), bias: Array1::zeros(outputs) }
    }

    /// Weights, row by row, and bias. Layers are made in this crate alone, with arrays in one piece.
    pub(crate) fn values(&self) -> [&[f32]; 2] {
        [self.weight.as_slice().unwrap_or_default(), self.bias.as_slice().unwrap_or_default()]
    }

    /// As [`values`](Self::values), to be changed.
    pub(crate) fn values_mut(&mut self) -> [&mut [f32]; 2] {
        [self.weight.as_slice_mut().unwrap_or_default(), self.bias.as_slice_mut().unwrap_or_default()]
    }
}

/// A model that gives each clip six probabilities, or those of the 36 labels: see [`Head`].
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    shape: ModelShape,
    layers: Vec<Layer>,
}

impl Model {
    /// A model with the paper's head on `n_features` inputs with random weights: uniform within 1 / sqrt(inputs) of 0, which
    /// is libtorch's default for a linear layer.
    pub fn untrained(architecture: &Architecture, n_features: usize, source: &mut RandomSource) -> Self {
        let shape = ModelShape::published(architecture, n_features);
        let layers = source.draw_weights(|random| {
            let layers = shape.layers().into_iter().map(|(outputs, inputs)| {
                let mut layer = Layer::zeros(outputs, inputs);
                random.fill_layer(inputs, layer.values_mut());
                layer
            });
            layers.collect()
        });
        Self::from_layers(shape, layers)
    }

    /// A model of these layers, which have the shapes that `shape` says.
    pub(crate) fn from_layers(shape: ModelShape, layers: Vec<Layer>) -> Self {
        Self { shape, layers }
    }

    /// What decides the layers.
    pub fn shape(&self) -> &ModelShape {
        &self.shape
    }

    /// The hidden layers.
    pub fn architecture(&self) -> &Architecture {
        self.shape.architecture()
    }

    /// What the last layer gives.
    pub fn head(&self) -> Head {
        self.shape.head()
    }

    /// Number of inputs, D.
    pub fn width(&self) -> usize {
        self.shape.width()
    }

    /// The layers from the input on, as [`ModelShape::layers`] has them.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }
}

/// The result of a fit with validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Every epoch in order.
    pub epochs: Vec<EpochRecord>,
    /// The first epoch with the highest composite accuracy: the fold's result.
    pub best: EpochRecord,
    /// How the model's outputs become labels: by the thresholds of that epoch, or by the expected score where the head gives
    /// labels.
    pub decision: Decision,
    /// The model as it was after that epoch.
    pub model: Model,
    /// What the head gave for the validation clips after each epoch; empty unless the trainer keeps it.
    pub outputs: Vec<ClipOutputs>,
}
