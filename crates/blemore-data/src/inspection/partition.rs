use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use blemore_labels::{Label, PresenceClass};

use crate::{ClipRecord, Folds, Metadata};

/// How many clips show something.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ClassCount {
    /// What: `hap`, `ang+hap` or `ang+hap 30/70`.
    pub class: String,
    /// The number of clips.
    pub clips: usize,
}

/// The clips of a partition.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PartitionSummary {
    /// Where its metadata are.
    pub table: String,
    /// The number of clips.
    pub clips: usize,
    /// Clips of one emotion.
    pub singles: usize,
    /// Clips of two.
    pub blends: usize,
    /// Clips without a label.
    pub unlabelled: usize,
    /// The number of actors. Unlabelled clips whose actor nobody states count as an actor each.
    pub actors: usize,
    /// The number of actors of each gender, where the metadata say it.
    pub genders: BTreeMap<String, usize>,
    /// The number of clips of each intensity, 1 to 4.
    pub intensities: BTreeMap<u8, usize>,
    /// Clips of each of the 16 presence classes, in the order of [`PresenceClass::all`].
    pub presence: Vec<ClassCount>,
    /// Clips of each of the 36 labels, in the order of [`Label::all`].
    pub labels: Vec<ClassCount>,
}

/// The clips of a fold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FoldSummary {
    /// The fold.
    pub fold: i64,
    /// The number of clips held out.
    pub clips: usize,
    /// Clips of one emotion.
    pub singles: usize,
    /// Clips of two.
    pub blends: usize,
    /// The number of actors.
    pub actors: usize,
    /// The number of actors of each gender, where the metadata say it.
    pub genders: BTreeMap<String, usize>,
    /// Clips of each of the 16 presence classes, in the order of [`PresenceClass::all`].
    pub presence: Vec<ClassCount>,
}

impl PartitionSummary {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let clips = metadata.clips();
        let labels: Vec<Label> = labels(clips.iter());
        let blends = blends(&labels);
        let mut intensities = BTreeMap::new();
        for record in clips {
            if let Some(level) = record.intensity_level {
                *intensities.entry(level).or_default() += 1;
            }
        }
        PartitionSummary {
            table: metadata.table().to_owned(),
            clips: clips.len(),
            singles: labels.len() - blends,
            blends,
            unlabelled: clips.len() - labels.len(),
            actors: metadata.actors().len(),
            genders: genders(clips),
            intensities,
            presence: presence(&labels),
            labels: counts(Label::all(), &labels),
        }
    }
}

impl FoldSummary {
    /// The folds of these metadata, ascending.
    pub fn all(metadata: &Metadata, folds: &Folds) -> Vec<Self> {
        let of_fold = |&fold: &i64| {
            let in_fold = metadata.clips().iter().zip(folds.of_rows()).filter(|(_, of)| **of == fold);
            let clips: Vec<&ClipRecord> = in_fold.map(|(record, _)| record).collect();
            let labels = labels(clips.iter().copied());
            let blends = blends(&labels);
            FoldSummary {
                fold,
                clips: clips.len(),
                singles: labels.len() - blends,
                blends,
                actors: clips.iter().map(|record| record.actor.as_str()).collect::<BTreeSet<_>>().len(),
                genders: genders(clips.iter().copied()),
                presence: presence(&labels),
            }
        };
        folds.names().iter().map(of_fold).collect()
    }
}

fn labels<'a>(clips: impl Iterator<Item = &'a ClipRecord>) -> Vec<Label> {
    clips.filter_map(|record| record.label).collect()
}

/// The number of actors of each gender.
fn genders<'a>(clips: impl IntoIterator<Item = &'a ClipRecord>) -> BTreeMap<String, usize> {
    let mut actors: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for record in clips {
        if let Some(gender) = &record.gender {
            actors.entry(gender.to_string()).or_default().insert(&record.actor);
        }
    }
    actors.into_iter().map(|(gender, actors)| (gender, actors.len())).collect()
}

fn blends(labels: &[Label]) -> usize {
    labels.iter().filter(|label| label.is_blend()).count()
}

fn presence(labels: &[Label]) -> Vec<ClassCount> {
    let classes: Vec<PresenceClass> = labels.iter().map(|label| label.presence()).collect();
    counts(PresenceClass::all(), &classes)
}

fn counts<T: PartialEq + Display>(all: impl Iterator<Item = T>, found: &[T]) -> Vec<ClassCount> {
    all.map(|class| ClassCount {
        clips: found.iter().filter(|found| **found == class).count(),
        class: class.to_string(),
    })
    .collect()
}
