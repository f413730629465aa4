//! Folds: which clips are held out together, never two folds with the same actor.

mod balance;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use blemore_base::list::{Names, counted};
use blemore_labels::PresenceClass;

use crate::error::listed;
use crate::{ClipRecord, Error, Gender, Metadata};
use balance::Counts;

/// The number of folds of the published training partition (section V).
pub const OFFICIAL_FOLDS: usize = 5;

/// The fold of every clip of a partition: each clip in one, each fold with a clip, each actor in one fold only.
///
/// The number of a fold is its name: any whole number, as the metadata give it, and gaps mean nothing. Rows
/// are those of the metadata it was made from.
///
/// ```
/// use blemore_data::{ClipRecord, Folds, Metadata};
///
/// let mut records = Vec::new();
/// for (name, fold) in [("A1_hap_int2_ver1", 0), ("A2_sad_int1_ver1", 1), ("A1_neu_sit1_ver1", 0)] {
///     records.push(ClipRecord { fold: Some(fold), ..ClipRecord::of_name(name.parse()?) });
/// }
/// let metadata = Metadata::from_records(&records)?;
/// let folds = Folds::new(&metadata)?;
/// assert_eq!(folds.count(), 2);
/// let split = folds.split(0)?;
/// assert_eq!((split.train, split.validation), (vec![1], vec![0, 2]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folds {
    /// Ascending.
    names: Vec<i64>,
    of_row: Vec<i64>,
    notes: Vec<String>,
}

/// The rows to train on and the rows held out, both in file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows of the metadata outside the fold.
    pub train: Vec<usize>,
    /// Rows of the metadata in the fold.
    pub validation: Vec<usize>,
}

impl Folds {
    /// The folds that the metadata state; their number comes from the data.
    ///
    /// # Errors
    /// [`Error::Folds`] with every fault: no folds, one alone, clips without one, actors in several.
    pub fn new(metadata: &Metadata) -> Result<Self, Error> {
        let clips = metadata.clips();
        let faults = find_faults(clips);
        if !faults.is_empty() {
            return Err(Error::Folds { table: metadata.table().to_owned(), faults });
        }
        Ok(Self::of(clips, clips.iter().filter_map(|record| record.fold).collect()))
    }

    fn of(clips: &[ClipRecord], of_row: Vec<i64>) -> Self {
        let mut blends: BTreeMap<i64, usize> = BTreeMap::new();
        let mut labelled = false;
        for (record, fold) in clips.iter().zip(&of_row) {
            labelled |= record.label.is_some();
            *blends.entry(*fold).or_default() +=
                usize::from(record.label.is_some_and(|label| label.is_blend()));
        }
        let without: Vec<i64> =
            blends.iter().filter(|(_, blends)| **blends == 0).map(|(fold, _)| *fold).collect();
        let what = if without.len() == 1 { "fold" } else { "folds" };
        let note = format!(
            "{what} {}: no clip shows a blend, so ACC_salience is 0/0 there and counts as 0.0, as published",
            listed(&without)
        );
        let mut notes = if labelled && !without.is_empty() { vec![note] } else { Vec::new() };
        if let Some(fold) = blends.keys().find(|fold| **fold < 0) {
            notes.push(format!(
                "fold {fold} is a fold like the others: where it means clips of no fold, leave these clips out"
            ));
        }
        Folds { names: blends.into_keys().collect(), of_row, notes }
    }

    /// `count` folds that are alike in clips, blends, classes of presence and actors of each gender, whole actors in each,
    /// for data without official folds.
    ///
    /// The same metadata, count and seed give the same folds on every platform.
    ///
    /// # Errors
    /// [`Error::Mismatch`] unless `2 <= count <=` number of actors.
    pub fn make(metadata: &Metadata, count: usize, seed: u64) -> Result<Self, Error> {
        let clips = metadata.clips();
        let actors = metadata.actors();
        if !(2..=actors.len()).contains(&count) {
            let problem = match actors.len() {
                1 => "one actor alone makes no folds: no actor may be in two, and at least two are needed"
                    .to_owned(),
                actors => format!("{actors} actors cannot make {count} folds: ask for 2 to {actors}"),
            };
            return Err(Error::Mismatch(problem));
        }
        let number_of: HashMap<&str, usize> =
            actors.iter().enumerate().map(|(number, actor)| (*actor, number)).collect();
        let actor_of: Vec<usize> = clips.iter().map(|record| number_of[record.actor.as_str()]).collect();
        let fold_of = balance::balanced(&counts(clips, &actor_of, actors.len()), count, seed);
        Ok(Self::of(clips, actor_of.into_iter().map(|actor| fold_of[actor] as i64).collect()))
    }

    /// The number of folds, at least 2.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The folds, ascending.
    pub fn names(&self) -> &[i64] {
        &self.names
    }

    /// What is worth saying of the folds although nothing is wrong: folds without a blend.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The fold of each row of the metadata.
    pub fn of_rows(&self) -> &[i64] {
        &self.of_row
    }

    /// The rows with `fold` held out.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a fold that does not exist.
    pub fn split(&self, fold: i64) -> Result<Split, Error> {
        if !self.names.contains(&fold) {
            let folds = listed(&self.names);
            return Err(Error::Mismatch(format!("there is no fold {fold}: the folds are {folds}")));
        }
        let (validation, train) = (0..self.of_row.len()).partition(|row| self.of_row[*row] == fold);
        Ok(Split { train, validation })
    }
}

/// What is to be alike in all folds: clips, blends, clips of each class, and actors of each gender.
fn counts(clips: &[ClipRecord], actor_of: &[usize], actors: usize) -> Counts {
    const CLIPS: usize = 0;
    const BLENDS: usize = 1;
    const CLASSES: usize = 2;
    const GENDERS: usize = CLASSES + PresenceClass::COUNT;
    let genders: BTreeSet<&Gender> = clips.iter().filter_map(|record| record.gender.as_ref()).collect();
    let place_of: BTreeMap<&Gender, usize> = genders.into_iter().zip(GENDERS..).collect();
    let width = GENDERS + place_of.len();
    let mut values = vec![0; actors * width];
    for (record, actor) in clips.iter().zip(actor_of) {
        let row = &mut values[actor * width..][..width];
        row[CLIPS] += 1;
        if let Some(label) = record.label {
            row[BLENDS] += i64::from(label.is_blend());
            row[CLASSES + label.presence().index()] += 1;
        }
        if let Some(gender) = &record.gender {
            row[place_of[gender]] = 1;
        }
    }
    let is_class = |place| (CLASSES..GENDERS).contains(&place);
    Counts { values, width, is_needed: (0..width).map(is_class).collect() }
}

fn find_faults(clips: &[ClipRecord]) -> Vec<String> {
    let mut folds: BTreeSet<i64> = BTreeSet::new();
    let mut folds_of: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let mut without_fold = Vec::new();
    for record in clips {
        match record.fold {
            None => without_fold.push(record.clip.clone()),
            Some(fold) => {
                folds.insert(fold);
                folds_of.entry(&record.actor).or_default().insert(fold);
            }
        }
    }
    let Some(&fold) = folds.first() else {
        return vec!["no clip has a fold: the official folds are in the column `fold`, 0 to 4; `blemore folds` makes folds \
                 for clips that have none"
                .to_owned()];
    };
    let mut faults = Vec::new();
    if !without_fold.is_empty() {
        let clips = counted(without_fold.len(), "clip");
        faults.push(format!("{clips} without a fold: {}", Names(&without_fold)));
    }
    if folds.len() == 1 {
        // A model would have nothing to be trained on.
        faults.push(format!("every clip is in fold {fold}: at least two folds are needed"));
    }
    for (actor, folds) in folds_of.into_iter().filter(|(_, folds)| folds.len() > 1) {
        // A model would be tested on a face that it was trained on.
        let folds = listed(&folds.into_iter().collect::<Vec<_>>());
        faults.push(format!("actor {actor} is in folds {folds}: all clips of an actor belong in one"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_counts_its_clips_blends_classes_and_gender() {
        let record = |name: &str, gender: &str| {
            let gender = (!gender.is_empty()).then(|| Gender::from(gender));
            ClipRecord { gender, ..ClipRecord::of_name(name.parse().unwrap()) }
        };
        let clips = [
            record("A1_mix_ang_hap_70_30_ver1", "m"),
            record("A2_ang_int1_ver1", "f"),
            record("A1_mix_ang_hap_50_50_ver1", "m"),
            record("A1_sad_int1_ver1", "m"),
            record("test_0009", ""),
        ];
        let counts = counts(&clips, &[0, 1, 0, 0, 2], 3);
        assert_eq!(counts.width, 2 + PresenceClass::COUNT + 2);
        let class = |record: &ClipRecord| 2 + record.label.unwrap().presence().index();
        let (blend, anger, sadness) = (class(&clips[0]), class(&clips[1]), class(&clips[3]));
        let [female, male] = [2 + PresenceClass::COUNT, 3 + PresenceClass::COUNT];
        let mut expected = vec![vec![0; counts.width]; 3];
        for (actor, place, count) in [
            (0, 0, 3),
            (0, 1, 2),
            (0, blend, 2),
            (0, sadness, 1),
            (0, male, 1),
            (1, 0, 1),
            (1, anger, 1),
            (1, female, 1),
            (2, 0, 1),
        ] {
            expected[actor][place] = count;
        }
        assert_eq!(counts.values, expected.concat());
        let needed: Vec<usize> = (0..counts.width).filter(|&place| counts.is_needed[place]).collect();
        assert_eq!(needed, (2..2 + PresenceClass::COUNT).collect::<Vec<_>>());
    }
}
