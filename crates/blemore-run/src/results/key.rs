//! Content hashes: a result is found again by what it was computed from.

use std::fmt;

use sha2::{Digest, Sha256};

/// Raised whenever the same inputs would give other results, so that older results are not taken for current ones.
const FORMAT: &str = "blemore results 4";

/// Before the data of a partition. It stays, whatever the format of results is: random numbers are seeded with the data's
/// key, and a new format must not change them.
const DATA: &str = "blemore results 3";

/// The hash of everything that a result depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// Hexadecimal digits that a folder name carries: enough that 10 million results collide with a chance of 10^-15.
    pub const DIGITS: usize = 24;
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({})", self.0)
    }
}

/// Collects the parts of a [`Key`]; each is set off by its length, so that no two lists of parts look the same.
pub struct KeyBuilder(Sha256);

impl KeyBuilder {
    /// Of the data of a partition: clips, labels, values.
    #[must_use]
    pub fn of_data() -> Self {
        Self(Sha256::new()).text(DATA)
    }

    /// Of this version's results.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a key of nothing is no useful default")]
    pub fn new() -> Self {
        Self(Sha256::new()).text(FORMAT)
    }

    /// With a text.
    #[must_use]
    pub fn text(mut self, part: &str) -> Self {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part.as_bytes());
        self
    }

    /// With numbers.
    #[must_use]
    pub fn numbers(mut self, part: &[usize]) -> Self {
        self.0.update((part.len() as u64).to_le_bytes());
        for number in part {
            self.0.update((*number as u64).to_le_bytes());
        }
        self
    }

    /// Numbers of folds; those from 0 on give the same key as [`KeyBuilder::numbers`].
    #[must_use]
    pub fn folds(mut self, part: &[i64]) -> Self {
        self.0.update((part.len() as u64).to_le_bytes());
        for fold in part {
            self.0.update(fold.to_le_bytes());
        }
        self
    }

    /// Bytes whose number follows from the parts before them.
    #[must_use]
    pub fn bytes(mut self, part: &[u8]) -> Self {
        self.0.update(part);
        self
    }

    /// The digits of all parts.
    pub fn finish(self) -> Key {
        let mut digits: String = self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        digits.truncate(Key::DIGITS);
        Key(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_data_are_for_ever() {
        let key = KeyBuilder::of_data().numbers(&[2, 3]).text("A1_ang_int1_ver1").finish();
        assert_eq!(key.to_string(), "c4ccc6ada8bbebae342d42b5");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = |parts: &[&str]| parts.iter().fold(KeyBuilder::new(), |key, part| key.text(part)).finish();
        assert_eq!(key(&["ab", "c"]), key(&["ab", "c"]));
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_eq!(key(&[]).to_string().len(), Key::DIGITS);
    }

    #[test]
    fn results_of_folds_from_0_are_found_again() {
        let folds = KeyBuilder::new().folds(&[0, 4, 1]).finish();
        assert_eq!(folds, KeyBuilder::new().numbers(&[0, 4, 1]).finish());
        assert_ne!(folds, KeyBuilder::new().folds(&[0, 4, -1]).finish());
    }
}
