//! The columns of the published metadata files.

use super::record::{ClipRecord, Gender};

/// A column of the published metadata files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
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

impl Column {
    /// All columns, in the order of the published files.
    pub(super) const ALL: [Column; 12] = [
        Column::Filename,
        Column::VideoId,
        Column::Gender,
        Column::Mix,
        Column::Emotion1,
        Column::Version,
        Column::IntensityLevel,
        Column::Situation,
        Column::Emotion2,
        Column::Emotion1Salience,
        Column::Emotion2Salience,
        Column::Fold,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Column::Filename => "filename",
            Column::VideoId => "video_id",
            Column::Gender => "gender",
            Column::Mix => "mix",
            Column::Emotion1 => "emotion_1",
            Column::Version => "version",
            Column::IntensityLevel => "intensity_level",
            Column::Situation => "situation",
            Column::Emotion2 => "emotion_2",
            Column::Emotion1Salience => "emotion_1_salience",
            Column::Emotion2Salience => "emotion_2_salience",
            Column::Fold => "fold",
        }
    }

    /// Whether metadata can do without the column.
    pub(super) const fn is_optional(self, names_suffice: bool) -> bool {
        matches!(self, Column::Gender | Column::Fold) || (names_suffice && !matches!(self, Column::Filename))
    }

    /// What the column holds in a typed frame, as numpy and pandas made the published files.
    pub(super) const fn kind(self) -> CellKind {
        match self {
            Column::Filename | Column::VideoId | Column::Gender | Column::Emotion1 | Column::Emotion2 => {
                CellKind::Text
            }
            Column::Mix => CellKind::Flag,
            Column::Version | Column::Fold => CellKind::Whole,
            Column::IntensityLevel
            | Column::Situation
            | Column::Emotion1Salience
            | Column::Emotion2Salience => CellKind::Number,
        }
    }

    /// The cell of a record; `None` is an empty one.
    pub(super) fn cell(self, record: &ClipRecord) -> Option<String> {
        let component = |position: usize| record.label.and_then(|label| label.components().nth(position));
        let salience = |position: usize| {
            let blend = record.label.filter(|label| label.is_blend())?;
            blend.components().nth(position).map(|(_, percent)| percent.to_string())
        };
        match self {
            Column::Filename => Some(record.clip.to_string()),
            Column::VideoId => Some(record.actor.clone()),
            Column::Gender => record.gender.as_ref().map(Gender::to_string),
            Column::Mix => record.label.map(|label| u8::from(label.is_blend()).to_string()),
            Column::Emotion1 => component(0).map(|(emotion, _)| emotion.to_string()),
            Column::Version => record.version.map(|version| version.to_string()),
            Column::IntensityLevel => record.intensity_level.map(|level| level.to_string()),
            Column::Situation => record.situation.map(|situation| situation.to_string()),
            Column::Emotion2 => component(1).map(|(emotion, _)| emotion.to_string()),
            Column::Emotion1Salience => salience(0),
            Column::Emotion2Salience => salience(1),
            Column::Fold => record.fold.map(|fold| fold.to_string()),
        }
    }
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    Text,
    /// 0 or 1
    Flag,
    Whole,
    Number,
}
