//! A trained model: plain arrays that can be cloned, compared, shared between threads and stored.

use blemore_eval::Probabilities;
use blemore_features::StandardizedRows;
use ndarray::{Array1, Array2};

use crate::batch::Batch;
use crate::device::torch_device;
use crate::first_layer::FirstLayer;
use crate::network::{Network, Pass};
use crate::random::{Initialiser, RandomSource};
use crate::threads::ThreadLimit;
use crate::{Architecture, Device, Error};

/// One linear layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Shape `(outputs, inputs)`.
    pub weight: Array2<f32>,
    /// Shape `(outputs,)`.
    pub bias: Array1<f32>,
}

impl Layer {
    /// Shapes flat values by the length of the bias.
    pub(crate) fn from_flat(weight: Vec<f32>, bias: Vec<f32>) -> Result<Self, Error> {
        let (found, outputs) = (weight.len(), bias.len());
        let shape = (outputs, found / outputs.max(1));
        let weight = Array2::from_shape_vec(shape, weight).map_err(|_| Error::LengthMismatch {
            what: "weights",
            expected: outputs,
            found,
        })?;
        Ok(Self { weight, bias: Array1::from_vec(bias) })
    }
}

/// A model that gives each clip six probabilities.
///
/// ```
/// use blemore_models::{Architecture, Model, RandomSource};
/// use ndarray::array;
///
/// let model = Model::untrained(&Architecture::mlp_256(), 3, &mut RandomSource::reference(42));
/// let probabilities = model.predict(array![[0.1, -0.5, 2.0]])?;
/// assert!((probabilities.rows()[0].iter().sum::<f32>() - 1.0).abs() < 1e-6);
/// # Ok::<(), blemore_models::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    architecture: Architecture,
    width: usize,
    layers: Vec<Layer>,
}

/// Rows that a prediction computes at once: the batch size of the paper, so that products are those of its validation
/// passes.
const PREDICTION_BATCH: usize = blemore_run::BATCH_SIZE;

impl Model {
    /// A model on `n_features` inputs with random weights, uniform within 1 / sqrt(inputs) of 0 as libtorch's default
    /// for a linear layer has it.
    ///
    /// ```
    /// use blemore_models::{Architecture, Model, RandomSource};
    /// let model = Model::untrained(&Architecture::linear(), 16, &mut RandomSource::independent(1, "a"));
    /// assert!(model.layers()[0].weight.iter().all(|weight| weight.abs() <= 0.25));
    /// ```
    pub fn untrained(architecture: &Architecture, n_features: usize, source: &mut RandomSource) -> Self {
        let mut random = source.initialiser();
        let layers = architecture.layer_shapes(n_features).map(|(outputs, inputs)| {
            let (mut weight, mut bias) = (Array2::zeros((outputs, inputs)), Array1::zeros(outputs));
            // New arrays are in one piece.
            let values = [weight.as_slice_mut(), bias.as_slice_mut()].map(Option::unwrap_or_default);
            draw(&mut random, inputs, values);
            Layer { weight, bias }
        });
        Self { architecture: architecture.clone(), width: n_features, layers: layers.collect() }
    }

    /// A model of these layers, which have the shapes that the architecture has on `width` features.
    pub(crate) fn from_layers(architecture: Architecture, width: usize, layers: Vec<Layer>) -> Self {
        Self { architecture, width, layers }
    }

    /// The hidden layers.
    ///
    /// ```
    /// # use blemore_models::{Architecture, Model, RandomSource};
    /// let model = Model::untrained(&Architecture::linear(), 2, &mut RandomSource::reference(42));
    /// assert_eq!(model.architecture(), &Architecture::linear());
    /// ```
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Number of inputs, D.
    ///
    /// ```
    /// # use blemore_models::{Architecture, Model, RandomSource};
    /// assert_eq!(Model::untrained(&Architecture::linear(), 2, &mut RandomSource::reference(42)).width(), 2);
    /// ```
    pub fn width(&self) -> usize {
        self.width
    }

    /// The layers from the input on.
    ///
    /// ```
    /// # use blemore_models::{Architecture, Model, RandomSource};
    /// let model = Model::untrained(&Architecture::mlp_512(), 2, &mut RandomSource::reference(42));
    /// assert_eq!(model.layers()[1].weight.dim(), (6, 512));
    /// ```
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The probabilities of each clip, shape `(clips, 6)`, from standardised features, shape `(N, D)`; N may be 0. Where
    /// a clip has several rows, their logits are averaged before the softmax (Table III).
    ///
    /// # Errors
    /// [`Error::WidthMismatch`] for features of another width, [`Error::Eval`] when they are so large that a
    /// probability is not finite, [`Error::Torch`] when libtorch fails (out of memory).
    ///
    /// ```
    /// use blemore_models::{Architecture, Error, Model, RandomSource};
    /// let model = Model::untrained(&Architecture::linear(), 2, &mut RandomSource::reference(42));
    /// let narrow = ndarray::Array2::zeros((4, 1));
    /// assert!(matches!(model.predict(narrow), Err(Error::WidthMismatch { .. })));
    /// ```
    pub fn predict<'a>(
        &self,
        features: impl Into<StandardizedRows<'a>>,
    ) -> Result<Probabilities<f32>, Error> {
        let features = features.into();
        let (expected, found) = (self.width, features.width());
        if expected != found {
            return Err(Error::WidthMismatch { part: "feature table", expected, found });
        }
        let device = torch_device(Device::Cpu)?;
        // With more threads, libtorch's products sum in an order that depends on how many of them are free.
        let _alone = ThreadLimit::new(1);
        let mut network = Network::new(self, device)?;
        let first_layer = FirstLayer::if_large(&network, PREDICTION_BATCH, 1)?;
        let mut pass = Pass::forward_only(&network, PREDICTION_BATCH, device)?;
        let mut batch = Batch::new(PREDICTION_BATCH, self.width, first_layer.is_some(), device)?;
        batch.predict(&mut network, first_layer, &mut pass, &features)
    }
}

/// Gives the weights and the bias of a layer of so many inputs their random values.
pub(crate) fn draw(random: &mut Initialiser<'_>, inputs: usize, [weight, bias]: [&mut [f32]; 2]) {
    random.fill_uniform(weight_bound(inputs), weight);
    random.fill_uniform(bias_bound(inputs), bias);
}

/// The bound of a weight in libtorch's default: Kaiming's for a leaky ReLU of slope sqrt(5), which is 1 / sqrt(inputs)
/// but for the last bit, so its steps are followed.
fn weight_bound(inputs: usize) -> f64 {
    let gain = (2.0 / (1.0 + 5.0_f64.sqrt().powi(2))).sqrt();
    3.0_f64.sqrt() * (gain / (inputs.max(1) as f64).sqrt())
}

/// The bound of a bias in libtorch's default.
fn bias_bound(inputs: usize) -> f64 {
    1.0 / (inputs.max(1) as f64).sqrt()
}
