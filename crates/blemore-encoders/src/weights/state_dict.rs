//! From the tree of a pickle to named tensors.

use std::collections::HashMap;

use super::pickle::{Id, MAX_NAME_BYTES, Node, Pickle};
use super::{Contents, Region, Stored, WeightFileProblem};

/// Dictionaries inside dictionaries that are looked into.
const MAX_DEPTH: usize = 6;
/// Most keys that are looked at: the same dictionary may stand in many places.
const MAX_KEYS: usize = 1_000_000;

/// Where a container keeps its storages.
pub(super) trait StorageSource {
    /// The region of a storage, if the container has it.
    fn region(&self, key: &str) -> Result<Option<Region>, WeightFileProblem>;
}

/// Names every tensor by the keys on the way to it.
pub(super) fn contents(pickle: &Pickle, source: &impl StorageSource) -> Result<Contents, WeightFileProblem> {
    let mut walk = Walk { pickle, source, contents: Contents::default(), regions: HashMap::new(), keys: 0 };
    walk.visit(pickle.root(), "", 0)?;
    if walk.contents.tensors.is_empty() { Err(WeightFileProblem::NoTensors) } else { Ok(walk.contents) }
}

struct Walk<'a, S> {
    pickle: &'a Pickle,
    source: &'a S,
    contents: Contents,
    /// Numbers of the regions that are known, by key.
    regions: HashMap<&'a str, usize>,
    keys: usize,
}

impl<'a, S: StorageSource> Walk<'a, S> {
    fn visit(&mut self, node: &'a Node, name: &str, depth: usize) -> Result<(), WeightFileProblem> {
        match node {
            Node::Dict(pairs) if depth < MAX_DEPTH => {
                for (key, value) in pairs {
                    self.keys += 1;
                    if self.keys > MAX_KEYS {
                        let (found, limit) = (self.keys as u64, MAX_KEYS as u64);
                        return Err(WeightFileProblem::TableTooLarge { part: "dictionary", found, limit });
                    }
                    let value = self.pickle.node(*value);
                    if matches!(value, Node::Dict(_) | Node::Tensor(_)) {
                        let Some(name) = self.joined(name, *key) else { continue };
                        self.visit(value, &name, depth + 1)?;
                    }
                }
            }
            Node::Tensor(tensor) => {
                let Node::Storage(storage) = self.pickle.node(tensor.storage) else { return Ok(()) };
                let region =
                    self.region(&storage.key, storage.count.saturating_mul(storage.element.bytes() as u64))?;
                let first =
                    usize::try_from(storage.first).ok().and_then(|first| first.checked_add(tensor.first));
                let stored = Stored {
                    element: storage.element,
                    shape: tensor.shape.clone(),
                    strides: tensor.strides.clone(),
                    first: first.unwrap_or(usize::MAX),
                    region,
                };
                self.contents.tensors.insert(name.to_owned(), stored);
            }
            _ => {}
        }
        Ok(())
    }

    /// The name of what a key leads to; `None` for keys that are neither number nor text of a usual length.
    fn joined(&self, name: &str, key: Id) -> Option<String> {
        let dot = if name.is_empty() { "" } else { "." };
        match self.pickle.node(key) {
            Node::Text(key) if key.len() <= MAX_NAME_BYTES => Some(format!("{name}{dot}{key}")),
            Node::Int(key) => Some(format!("{name}{dot}{key}")),
            _ => None,
        }
    }

    /// The number of a storage's region, which must be as long as the pickle says.
    fn region(&mut self, key: &'a str, expected: u64) -> Result<usize, WeightFileProblem> {
        if let Some(number) = self.regions.get(key) {
            return Ok(*number);
        }
        let region = self.source.region(key)?;
        match region {
            // A view is shorter than the storage that it is of.
            Some(region) if region.bytes >= expected => {
                let number = self.contents.regions.len();
                self.contents.regions.push(region);
                self.regions.insert(key, number);
                Ok(number)
            }
            region => {
                let found = region.map(|region| region.bytes);
                Err(WeightFileProblem::Storage { key: key.to_owned(), expected, found })
            }
        }
    }
}
