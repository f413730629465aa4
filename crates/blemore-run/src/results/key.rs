//! What the hashes of results begin with: a result is found again by what it was computed from.

use blemore_hash::Hasher;

/// Raised whenever the same inputs would give other results, so that older results are not taken for current ones.
const FORMAT: &str = "blemore results 5";

/// Before the data of a partition. It stays, whatever the format of results is: random numbers are seeded with the hash of
/// the data, and a new format must not change them.
const DATA: &str = "blemore results 3";

/// Of the data of a partition: clips, labels, values.
#[must_use]
pub fn of_data() -> Hasher {
    Hasher::new(DATA)
}

/// Of a result of this version.
#[must_use]
pub fn of_result() -> Hasher {
    Hasher::new(FORMAT)
}
