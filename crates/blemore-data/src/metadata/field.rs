//! The columns of the published metadata files.

use std::borrow::Cow;

use super::record::{ClipRecord, Gender};

/// A column of the published metadata files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Filename,
    VideoId,
    Gender,
    Mix,
    Emotion1,
    Version,
    IntensityLevel,
    Situation,
    Emotion2,
    Emotion1Salience,
    Emotion2Salience,
    Fold,
}

/// What the cells of a column hold, as numpy and pandas made the published files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A whole number, written without a decimal point.
    Whole,
    /// A number, written with one: `2.0`.
    Number,
}

impl Field {
    pub(super) const COUNT: usize = 12;
    /// All columns with their names, in the order of the published files.
    const TABLE: [(Self, &'static str, Kind); Self::COUNT] = [
        (Self::Filename, "filename", Kind::Text),
        (Self::VideoId, "video_id", Kind::Text),
        (Self::Gender, "gender", Kind::Text),
        (Self::Mix, "mix", Kind::Whole),
        (Self::Emotion1, "emotion_1", Kind::Text),
        (Self::Version, "version", Kind::Whole),
        (Self::IntensityLevel, "intensity_level", Kind::Number),
        (Self::Situation, "situation", Kind::Number),
        (Self::Emotion2, "emotion_2", Kind::Text),
        (Self::Emotion1Salience, "emotion_1_salience", Kind::Number),
        (Self::Emotion2Salience, "emotion_2_salience", Kind::Number),
        (Self::Fold, "fold", Kind::Whole),
    ];

    pub(super) fn all() -> [Self; Self::COUNT] {
        Self::TABLE.map(|(field, ..)| field)
    }

    pub(super) const fn name(self) -> &'static str {
        Self::TABLE[self as usize].1
    }

    pub(super) const fn kind(self) -> Kind {
        Self::TABLE[self as usize].2
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|field| field.name() == name)
    }

    /// Whether metadata of labelled clips can do without the column.
    pub(super) const fn is_optional(self) -> bool {
        matches!(self, Field::Gender | Field::Fold)
    }

    /// The cell of a record, numbers in their shortest form; `None` is an empty one.
    pub(super) fn cell(self, record: &ClipRecord) -> Option<Cow<'_, str>> {
        let number = |number: Option<i64>| number.map(|number| number.to_string().into());
        let component = |position: usize| record.label.and_then(|label| label.components().nth(position));
        let emotion = |position| component(position).map(|(emotion, _)| emotion.to_string().into());
        let salience = |position| {
            let (_, percent) =
                component(position).filter(|_| record.label.is_some_and(|label| label.is_blend()))?;
            Some(percent.to_string().into())
        };
        match self {
            Field::Filename => Some(record.clip.as_str().into()),
            Field::VideoId => Some(record.actor.as_str().into()),
            Field::Gender => record.gender.as_ref().map(Gender::to_string).map(Cow::from),
            Field::Mix => number(record.label.map(|label| label.is_blend().into())),
            Field::Emotion1 => emotion(0),
            Field::Version => number(record.version.map(i64::from)),
            Field::IntensityLevel => number(record.intensity_level.map(i64::from)),
            Field::Situation => number(record.situation.map(i64::from)),
            Field::Emotion2 => emotion(1),
            Field::Emotion1Salience => salience(0),
            Field::Emotion2Salience => salience(1),
            Field::Fold => number(record.fold),
        }
    }
}
