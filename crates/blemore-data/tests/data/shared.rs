//! The dataset's own lists, which are not part of this repository.

use blemore_data::Metadata;
pub(crate) use blemore_testing::shared;

pub(crate) fn train() -> Option<Metadata> {
    Some(Metadata::read(shared("blemore/train_metadata.csv")?).unwrap())
}

pub(crate) fn test() -> Option<Metadata> {
    Some(Metadata::read(shared("blemore/test_metadata.csv")?).unwrap())
}
