//! Names in records that stand for a file or folder beside the record. A record may come from a stranger: a name such as
//! `../others` would have another folder read, removed or written.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use blemore_hash::Hash;
use serde::de::{Deserialize, Deserializer, Error};

/// A name without a path.
pub(crate) fn of_folder<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    check(String::deserialize(deserializer)?)
}

/// Hashes of files, by names without a path.
pub(crate) fn of_files<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Hash>, D::Error> {
    let files = BTreeMap::<String, Hash>::deserialize(deserializer)?;
    files.into_iter().map(|(name, hash)| Ok((check(name)?, hash))).collect()
}

fn check<E: Error>(name: String) -> Result<String, E> {
    let mut components = Path::new(&name).components();
    let is_plain = matches!((components.next(), components.next()), (Some(Component::Normal(_)), None));
    if is_plain && !name.contains(['/', '\\']) {
        return Ok(name);
    }
    Err(E::custom(format!("`{name}` is no name of a file or folder beside it: the record was made up")))
}
