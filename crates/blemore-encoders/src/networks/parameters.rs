//! Where a network's tensors come from: a checkpoint, or made up from a seed.

use std::collections::BTreeSet;

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use tch::{Device, Kind, Tensor};

use crate::{Error, WeightFile};

/// Values beyond the bytes of a checkpoint that its tensors may have together: small tensors that repeat what is stored.
const SPARE_VALUES: u64 = 1 << 20;

/// What is wrong with one tensor of a checkpoint.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightFault {
    /// A tensor that the network needs is not there.
    #[error("{name} is missing")]
    Missing {
        /// Its name in the file.
        name: String,
    },
    /// A tensor that no such network has.
    #[error("{name} is of no use")]
    Surplus {
        /// Its name in the file.
        name: String,
    },
    /// A tensor of another shape.
    #[error("{name} is {found:?}, expected {expected:?}")]
    Shape {
        /// Its name in the file.
        name: String,
        /// The shape that the rest of the network asks for.
        expected: Vec<i64>,
        /// Its shape.
        found: Vec<i64>,
    },
    /// A tensor of whole numbers.
    #[error("{name} holds whole numbers")]
    WholeNumbers {
        /// Its name in the file.
        name: String,
    },
    /// A NaN or an infinity.
    #[error("{name} holds {value}, at value {index}: the file is damaged")]
    NotFinite {
        /// Its name in the file.
        name: String,
        /// Which value, from 0 in C order.
        index: usize,
        /// The value.
        value: f32,
    },
}

/// How a network is kept and computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// The device of its weights.
    pub device: Device,
    /// The type of its numbers: [`Kind::Float`], or for half the memory [`Kind::BFloat16`] or [`Kind::Half`].
    pub kind: Kind,
}

impl Default for Placement {
    fn default() -> Self {
        Self { device: Device::Cpu, kind: Kind::Float }
    }
}

/// Tensors by name and shape.
pub(crate) struct Parameters<'a> {
    source: Source<'a>,
    placement: Placement,
    /// Every tensor that was given, by its name in the network.
    given: Vec<(String, Tensor)>,
}

enum Source<'a> {
    /// Notes what is asked for, and gives empty tensors.
    Listing(&'a mut Vec<(String, Vec<i64>)>),
    File {
        file: &'a mut WeightFile,
        prefix: String,
    },
    Seed(u64),
}

impl<'a> Parameters<'a> {
    /// The tensors of a file whose contents are known, by their own names, in single precision on the processor.
    pub(crate) fn of_known(file: &'a mut WeightFile) -> Self {
        let source = Source::File { file, prefix: String::new() };
        Self::new(source, Placement::default())
    }

    fn new(source: Source<'a>, placement: Placement) -> Self {
        Self { source, placement, given: Vec::new() }
    }

    /// The tensor of a name and shape.
    pub(crate) fn tensor(&mut self, name: &str, shape: &[i64]) -> Result<Tensor, Error> {
        let values = match &mut self.source {
            Source::Listing(list) => {
                list.push((name.to_owned(), shape.to_vec()));
                return Ok(Tensor::new());
            }
            Source::File { file, prefix } => {
                let name = format!("{prefix}{name}");
                let values = file.read(&name)?;
                if let Some(index) = values.iter().position(|value| !value.is_finite()) {
                    let fault = WeightFault::NotFinite { name, index, value: values[index] };
                    return Err(Error::Weights { path: file.path().to_owned(), faults: vec![fault] });
                }
                values
            }
            Source::Seed(seed) => made_up(*seed, name, shape),
        };
        let tensor = Tensor::f_from_slice(&values)?.f_reshape(shape)?;
        let tensor = tensor.f_to_device(self.placement.device)?.f_to_kind(self.placement.kind)?;
        self.given.push((name.to_owned(), tensor.shallow_clone()));
        Ok(tensor)
    }

    /// Whether the tensors are there, so that something can be computed from them.
    pub(crate) fn has_values(&self) -> bool {
        !matches!(self.source, Source::Listing(_))
    }

    pub(crate) fn placement(&self) -> Placement {
        self.placement
    }
}

/// Values of a scale that keeps activations near 1: norms of 1, small biases, uniform weights by the number of inputs.
/// They depend on the seed, the name and the shape alone.
fn made_up(seed: u64, name: &str, shape: &[i64]) -> Vec<f32> {
    let count = shape.iter().product::<i64>() as usize;
    if shape.len() < 2 && name.ends_with("weight") {
        return vec![1.0; count];
    }
    // FNV-1a of the name.
    let key = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut random = Pcg64Mcg::seed_from_u64(seed ^ key);
    let inputs: i64 = shape.iter().skip(1).product();
    let reach = if shape.len() < 2 { 0.02 } else { (3.0 / inputs as f32).sqrt() };
    let mut values = Vec::with_capacity(count);
    while values.len() < count {
        let bits = random.next_u64();
        for half in [bits as u32, (bits >> 32) as u32] {
            // 24 bits, centred on 0.
            values.push(((half >> 8) as f32 + 0.5) / (1 << 23) as f32 * reach - reach);
        }
    }
    values.truncate(count);
    values
}

/// A network that a checkpoint can be read into.
pub(crate) trait Network: Sized {
    /// Its sizes, and what tensors do not tell.
    type Config: Clone;
    /// The names that its tensors have in one family of files.
    type Names: Copy + 'static;

    /// Every family of names, each with a name that no other family has.
    const FAMILIES: &'static [(&'static str, Self::Names)];

    /// What messages call it.
    fn title(config: &Self::Config) -> &'static str;

    /// The configuration with the sizes of these tensors.
    fn sizes(config: &Self::Config, names: Self::Names, view: &View<'_>) -> (Self::Config, Self::Names);

    /// Whether a tensor, by its name without prefix, belongs to another part that the encoder does not use.
    fn is_unused(name: &str) -> bool;

    /// Makes the network from its tensors.
    fn build(
        config: Self::Config,
        names: Self::Names,
        parameters: &mut Parameters<'_>,
    ) -> Result<Self, Error>;

    /// Why no network can have this configuration, if none can.
    fn problem(config: &Self::Config) -> Option<String>;

    /// Reads a checkpoint whose tensors have the sizes of `config` or others.
    fn of_file(config: &Self::Config, file: &mut WeightFile, placement: Placement) -> Result<Self, Error> {
        Ok(Self::with_weights(config, file, placement)?.0)
    }

    /// As [`of_file`](Self::of_file), with the network's weights by their names without prefix. They share their memory
    /// with the network: what changes them changes it.
    fn with_weights(
        config: &Self::Config,
        file: &mut WeightFile,
        placement: Placement,
    ) -> Result<(Self, Vec<(String, Tensor)>), Error> {
        let (prefix, names) = family::<Self>(config, file)?;
        let view = View { file, prefix: &prefix };
        let (config, names) = Self::sizes(config, names, &view);
        if let Some(problem) = Self::problem(&config) {
            return Err(Error::Sizes { path: file.path().to_owned(), problem });
        }
        let mut wanted = Vec::new();
        Self::build(config.clone(), names, &mut Parameters::new(Source::Listing(&mut wanted), placement))?;
        check(file, &prefix, &wanted, Self::is_unused)?;
        let mut parameters = Parameters::new(Source::File { file, prefix }, placement);
        let network = Self::build(config, names, &mut parameters)?;
        Ok((network, parameters.given))
    }

    /// Makes up the weights.
    fn of_seed(config: Self::Config, seed: u64, placement: Placement) -> Result<Self, Error> {
        let mut parameters = Parameters::new(Source::Seed(seed), placement);
        Self::build(config, Self::FAMILIES[0].1, &mut parameters)
    }
}

/// How many numbers a network's tensors have together.
#[cfg(test)]
pub(crate) fn number_of_values<N: Network>(config: N::Config, names: N::Names) -> i64 {
    let mut wanted = Vec::new();
    let placement = Placement::default();
    let mut parameters = Parameters::new(Source::Listing(&mut wanted), placement);
    N::build(config, names, &mut parameters).map(|_| ()).unwrap();
    wanted.iter().map(|(_, shape)| shape.iter().product::<i64>()).sum()
}

/// The tensors of a checkpoint below its prefix.
pub(crate) struct View<'a> {
    file: &'a WeightFile,
    prefix: &'a str,
}

impl View<'_> {
    /// One size of a tensor that has so many dimensions, or else the usual size.
    pub(crate) fn size(&self, name: &str, dimensions: usize, dimension: usize, usual: i64) -> i64 {
        let shape =
            self.file.shape(&format!("{}{name}", self.prefix)).filter(|shape| shape.len() == dimensions);
        shape.and_then(|shape| i64::try_from(shape[dimension]).ok()).unwrap_or(usual)
    }

    /// Whether there is a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.file.shape(&format!("{}{name}", self.prefix)).is_some()
    }

    /// Number of layers: one more than the largest number that follows `stem`, if there are so many tensors.
    pub(crate) fn layers(&self, stem: &str, usual: i64) -> i64 {
        let stem = format!("{}{stem}", self.prefix);
        let numbers =
            self.file.names().filter_map(|name| name.strip_prefix(&stem)?.split('.').next()?.parse().ok());
        let count = numbers.max().map_or(usual, |last: i64| last.saturating_add(1));
        if usize::try_from(count).is_ok_and(|count| count <= self.file.names().count()) {
            count
        } else {
            usual
        }
    }
}

/// Finds out which names the tensors have, and what stands before them.
fn family<N: Network>(config: &N::Config, file: &WeightFile) -> Result<(String, N::Names), Error> {
    let mut found: Option<(&str, N::Names)> = None;
    for (anchor, names) in N::FAMILIES {
        let prefixes = file.names().filter_map(|name| name.strip_suffix(anchor));
        for prefix in prefixes.filter(|prefix| prefix.is_empty() || prefix.ends_with('.')) {
            // The shortest: a training state may hold averages of the same weights under a longer name.
            if found.is_none_or(|(shortest, _)| prefix.len() < shortest.len()) {
                found = Some((prefix, *names));
            }
        }
    }
    match found {
        Some((prefix, names)) => Ok((prefix.to_owned(), names)),
        None => Err(Error::OtherNetwork {
            path: file.path().to_owned(),
            network: N::title(config),
            expected: N::FAMILIES.iter().map(|(anchor, _)| *anchor).collect(),
            found: file.names().take(3).map(str::to_owned).collect(),
        }),
    }
}

/// Checks that a checkpoint has what is wanted, and nothing else.
fn check(
    file: &WeightFile,
    prefix: &str,
    wanted: &[(String, Vec<i64>)],
    is_unused: fn(&str) -> bool,
) -> Result<(), Error> {
    let mut faults = Vec::new();
    let mut known = BTreeSet::new();
    let mut values = 0_u64;
    for (name, expected) in wanted {
        let name = format!("{prefix}{name}");
        match (file.shape(&name), file.element_type(&name)) {
            (Some(shape), Some(element)) => {
                let found: Vec<i64> =
                    shape.iter().map(|size| i64::try_from(*size).unwrap_or(i64::MAX)).collect();
                if !element.is_float() {
                    faults.push(WeightFault::WholeNumbers { name: name.clone() });
                } else if found != *expected {
                    faults.push(WeightFault::Shape { name: name.clone(), expected: expected.clone(), found });
                } else {
                    values = values.saturating_add(shape.iter().map(|size| *size as u64).product::<u64>());
                }
            }
            _ => faults.push(WeightFault::Missing { name: name.clone() }),
        }
        known.insert(name);
    }
    let surplus = file.names().filter(|name| {
        !known.contains(*name) && name.strip_prefix(prefix).is_some_and(|name| !is_unused(name))
    });
    faults.extend(surplus.map(|name| WeightFault::Surplus { name: name.to_owned() }));
    if !faults.is_empty() {
        return Err(Error::Weights { path: file.path().to_owned(), faults });
    }
    if values > file.bytes().saturating_add(SPARE_VALUES) {
        let problem = "its tensors share their values, and together would take more memory than the file";
        return Err(Error::Sizes { path: file.path().to_owned(), problem: problem.to_owned() });
    }
    Ok(())
}
