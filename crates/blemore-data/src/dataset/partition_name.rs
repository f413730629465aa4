//! The partition at the end of a name.

/// What may stand between a name and its partition.
const SEPARATORS: [char; 4] = ['_', '-', ' ', '.'];

/// A partition of the dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Partition {
    Train,
    Test,
}

/// The name without a final `_train` or `_test`, in any spelling, and the partition that this says. `latest` says none.
pub(super) fn split_partition(name: &str) -> (&str, Option<Partition>) {
    for (end, partition) in [("train", Partition::Train), ("test", Partition::Test)] {
        let Some((stem, found)) =
            name.len().checked_sub(end.len()).and_then(|start| name.split_at_checked(start))
        else {
            continue;
        };
        let is_apart = stem.is_empty() || stem.ends_with(SEPARATORS);
        if is_apart && found.eq_ignore_ascii_case(end) {
            return (stem.trim_end_matches(SEPARATORS), Some(partition));
        }
    }
    (name, None)
}

/// The name without its partition.
pub(crate) fn without_partition(name: &str) -> &str {
    split_partition(name).0
}
