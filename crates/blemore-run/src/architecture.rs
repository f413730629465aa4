//! The shape of a model.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Head};

/// Width of the paper's smaller hidden layer (section "Baselines": MLP-256).
pub const MLP_256_WIDTH: usize = 256;
/// Width of the paper's larger hidden layer (section "Baselines": MLP-512).
pub const MLP_512_WIDTH: usize = 512;
/// Most hidden units of a layer: beyond this a width is a slip of the keyboard, not a model.
const MAX_WIDTH: usize = 1 << 20;

/// The hidden layers of a model, each followed by a ReLU; the last layer has the outputs of a
/// [`Head`], one for each emotion in the paper.
///
/// No hidden layer gives the paper's Linear model, one of 256 or 512 units its MLP-256 and MLP-512 (section
/// "Baselines"). Written `Linear`, `MLP_256`, `MLP_128_64`; read also as `linear`, `mlp-256`, `mlp-128-64`.
///
/// ```
/// use blemore_run::Architecture;
///
/// let deep: Architecture = "mlp-128-64".parse()?;
/// assert_eq!(deep.hidden_widths(), [128, 64]);
/// assert_eq!(deep.to_string(), "MLP_128_64");
/// assert_eq!("Linear".parse::<Architecture>()?, Architecture::linear());
/// # Ok::<(), blemore_run::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Architecture {
    hidden: Vec<usize>,
}

impl Architecture {
    /// A model with these hidden widths, from the input on.
    ///
    /// # Errors
    /// [`Error::InvalidArchitecture`] for a width of 0 or over a million.
    pub fn new(hidden: Vec<usize>) -> Result<Self, Error> {
        let architecture = Self { hidden };
        if architecture.hidden.iter().any(|width| !(1..=MAX_WIDTH).contains(width)) {
            return Err(Error::InvalidArchitecture { found: architecture.to_string() });
        }
        Ok(architecture)
    }

    /// One linear layer.
    pub fn linear() -> Self {
        Self { hidden: Vec::new() }
    }

    /// One hidden layer of 256 units.
    pub fn mlp_256() -> Self {
        Self { hidden: vec![MLP_256_WIDTH] }
    }

    /// One hidden layer of 512 units.
    pub fn mlp_512() -> Self {
        Self { hidden: vec![MLP_512_WIDTH] }
    }

    /// The paper's three models in the order in which the published code trains them.
    pub fn published() -> [Self; 3] {
        [Self::linear(), Self::mlp_256(), Self::mlp_512()]
    }

    /// The widths of the hidden layers, from the input on; empty for a linear model.
    pub fn hidden_widths(&self) -> &[usize] {
        &self.hidden
    }

    /// The `(outputs, inputs)` of each layer on `n_features` inputs: the shapes of the weights.
    pub fn layer_shapes(
        &self,
        n_features: usize,
        head: Head,
    ) -> impl ExactSizeIterator<Item = (usize, usize)> {
        let n_layers = self.hidden.len() + 1;
        (0..n_layers).map(move |layer| {
            let inputs = if layer == 0 { n_features } else { self.hidden[layer - 1] };
            (self.hidden.get(layer).copied().unwrap_or(head.outputs()), inputs)
        })
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.hidden.is_empty() {
            return f.pad("Linear");
        }
        let widths: Vec<String> = self.hidden.iter().map(usize::to_string).collect();
        f.pad(&format!("MLP_{}", widths.join("_")))
    }
}

impl FromStr for Architecture {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::InvalidArchitecture { found: text.to_owned() };
        let name = text.trim().to_ascii_lowercase().replace('-', "_");
        if name == "linear" {
            return Ok(Self::linear());
        }
        let widths = name.strip_prefix("mlp_").ok_or_else(invalid)?;
        let hidden =
            widths.split('_').map(str::parse).collect::<Result<Vec<usize>, _>>().map_err(|_| invalid())?;
        Self::new(hidden)
    }
}

impl TryFrom<String> for Architecture {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Architecture> for String {
    fn from(architecture: Architecture) -> Self {
        architecture.to_string()
    }
}
