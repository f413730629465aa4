//! The layers of a model on given features.

use blemore_base::limits;

use crate::{Architecture, EncoderFusion, Error, Head, Recipe};

/// What decides the layers of a model: hidden layers, head, fusion, and the numbers of features.
///
/// ```
/// use blemore_run::{Architecture, ModelShape, Recipe};
///
/// let early = ModelShape::new(&Recipe::default(), &Architecture::linear(), 12, &[])?;
/// assert_eq!(early.layers(), [(6, 12)]);
/// let gated = Recipe::from_toml("fusion = { gated = { width = 4 } }")?;
/// let gated = ModelShape::new(&gated, &Architecture::mlp_256(), 12, &[7, 5])?;
/// assert_eq!(gated.layers(), [(4, 7), (4, 5), (2, 4), (256, 4), (6, 256)]);
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelShape {
    architecture: Architecture,
    head: Head,
    fusion: EncoderFusion,
    width: usize,
    /// The number of columns of each encoder; none for early fusion.
    encoders: Vec<usize>,
}

impl ModelShape {
    /// The shape of a model on `width` features, of which `encoders` are the columns of each encoder.
    ///
    /// # Errors
    /// [`Error::NoEncoders`] for gated fusion of fewer than two encoders, or of other numbers of columns than `width`
    /// together; [`Error::TooLarge`] for more than 2^28 parameters: nothing is allocated for a slip of the keyboard.
    pub fn new(
        recipe: &Recipe,
        architecture: &Architecture,
        width: usize,
        encoders: &[usize],
    ) -> Result<Self, Error> {
        let encoders = match recipe.fusion {
            EncoderFusion::Early => Vec::new(),
            EncoderFusion::Gated { .. } if encoders.len() < 2 || encoders.iter().sum::<usize>() != width => {
                return Err(Error::NoEncoders);
            }
            EncoderFusion::Gated { .. } => encoders.to_vec(),
        };
        let (architecture, head, fusion) = (architecture.clone(), recipe.head, recipe.fusion);
        let shape = Self { architecture, head, fusion, width, encoders };
        shape.check_size()?;
        Ok(shape)
    }

    /// The shape of a model with the paper's head and early fusion.
    pub fn published(architecture: &Architecture, width: usize) -> Self {
        let (head, fusion, encoders) = (Head::Emotions, EncoderFusion::Early, Vec::new());
        Self { architecture: architecture.clone(), head, fusion, width, encoders }
    }

    /// The hidden layers.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// What the last layer gives.
    pub fn head(&self) -> Head {
        self.head
    }

    /// How encoders are fused.
    pub fn fusion(&self) -> EncoderFusion {
        self.fusion
    }

    /// Number D of features.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of columns of each encoder that a gate weighs; none for early fusion.
    pub fn encoders(&self) -> &[usize] {
        &self.encoders
    }

    /// The `(outputs, inputs)` of each layer: the shapes of the weights. With gated fusion the projection of each encoder
    /// and the gate, of one output for each encoder, come first.
    pub fn layers(&self) -> Vec<(usize, usize)> {
        match self.fusion {
            EncoderFusion::Early => self.architecture.layer_shapes(self.width, self.head).collect(),
            EncoderFusion::Gated { width, .. } => {
                let projections = self.encoders.iter().map(|columns| (width, *columns));
                let gate = (self.encoders.len(), width);
                projections.chain([gate]).chain(self.architecture.layer_shapes(width, self.head)).collect()
            }
        }
    }

    fn check_size(&self) -> Result<(), Error> {
        let of_layer = |(outputs, inputs): (usize, usize)| inputs.checked_add(1)?.checked_mul(outputs);
        let add = |sum: usize, shape: (usize, usize)| sum.checked_add(of_layer(shape)?);
        match self.layers().into_iter().try_fold(0, add) {
            Some(0..=limits::PARAMETERS) => Ok(()),
            _ => {
                let (model, n_features) = (self.architecture.clone(), self.width);
                Err(Error::TooLarge { model, n_features, limit: limits::PARAMETERS })
            }
        }
    }
}
