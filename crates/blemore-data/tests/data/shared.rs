//! The columns of the dataset's lists, and the lists themselves, which are not part of this repository.

use blemore_data::Metadata;
pub(crate) use blemore_testing::shared;

pub(crate) fn train() -> Option<Metadata> {
    Some(Metadata::read(shared("blemore/train_metadata.csv")?).unwrap())
}

pub(crate) fn test() -> Option<Metadata> {
    Some(Metadata::read(shared("blemore/test_metadata.csv")?).unwrap())
}

/// The columns of the published metadata.
pub(crate) const HEADER: &str = concat!(
    "filename,video_id,mix,emotion_1,version,intensity_level,situation,",
    "emotion_2,emotion_1_salience,emotion_2_salience,fold",
);
