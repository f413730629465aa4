//! Folds: which clips are held out together, never two folds with the same actor.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use blemore_labels::ClipName;

use crate::error::{Names, counted};
use crate::random::Random;
use crate::{ClipRecord, Error, Metadata};

/// The number of folds of the published training partition (section V).
pub const OFFICIAL_FOLDS: usize = 5;
/// A fold is stored in eight bits.
const MOST_FOLDS: usize = u8::MAX as usize + 1;

/// The fold of every clip of a partition: each clip in one, each fold with a clip, each actor in one fold only.
///
/// Rows are those of the metadata it was made from.
///
/// ```
/// use blemore_data::{Folds, Metadata};
///
/// let metadata = Metadata::from_csv(
///     "filename,video_id,mix,emotion_1,version,intensity_level,situation,emotion_2,emotion_1_salience,emotion_2_salience,fold\n\
///      A1_hap_int2_ver1,A1,0,hap,1,2,,,,,0\n\
///      A2_sad_int1_ver1,A2,0,sad,1,1,,,,,1\n\
///      A1_neu_sit1_ver1,A1,0,neu,1,,1,,,,0\n",
/// )?;
/// let folds = Folds::new(&metadata)?;
/// assert_eq!(folds.count(), 2);
/// let split = folds.split(0)?;
/// assert_eq!((split.train, split.validation), (vec![1], vec![0, 2]));
/// # Ok::<(), blemore_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folds {
    of_row: Vec<usize>,
    count: usize,
}

/// The rows to train on and the rows held out, both in file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows of the metadata outside the fold.
    pub train: Vec<usize>,
    /// Rows of the metadata in the fold.
    pub validation: Vec<usize>,
}

/// What can be wrong with folds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoldFault {
    /// The table has no column `fold`, or it is empty.
    NoFolds,
    /// Clips without a fold, where others have one.
    WithoutFold {
        /// The clips.
        clips: Vec<ClipName>,
    },
    /// A fold number beyond a fold that has no clips: folds are numbered from 0 without a gap.
    OutOfRange {
        /// The number.
        fold: usize,
        /// The lowest number that no clip has.
        first_empty: usize,
        /// The clips with that number.
        clips: Vec<ClipName>,
    },
    /// An actor whose clips are in several folds: a model would be tested on a face that it was trained on.
    Leak {
        /// The actor.
        actor: String,
        /// The folds.
        folds: Vec<usize>,
    },
    /// Every clip is in the same fold, so that nothing is left to train on.
    OneFold,
}

impl fmt::Display for FoldFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FoldFault::NoFolds => {
                write!(formatter, "no clip has a fold: the official folds are in the column `fold`, 0 to 4")
            }
            FoldFault::WithoutFold { clips } => {
                write!(formatter, "{} without a fold: {}", counted(clips.len(), "clip"), Names(clips))
            }
            FoldFault::OutOfRange { fold, first_empty, clips } => write!(
                formatter,
                "fold {fold} is out of range, as no clip is in fold {first_empty}: {}",
                Names(clips)
            ),
            FoldFault::Leak { actor, folds } => write!(
                formatter,
                "actor {actor} is in folds {}: all clips of an actor belong in one",
                folds.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
            ),
            FoldFault::OneFold => write!(formatter, "every clip is in fold 0: at least two folds are needed"),
        }
    }
}

impl Folds {
    /// The folds that the metadata state; their number comes from the data.
    ///
    /// # Errors
    /// [`Error::Folds`] with every fault: no folds, clips without one, numbers out of range, actors in several.
    pub fn new(metadata: &Metadata) -> Result<Self, Error> {
        let clips = metadata.clips();
        let faults = find_faults(clips);
        if !faults.is_empty() {
            return Err(Error::Folds { table: metadata.table().to_owned(), faults });
        }
        let of_row: Vec<usize> = clips.iter().filter_map(|record| record.fold).map(usize::from).collect();
        let count = of_row.iter().max().map_or(0, |highest| highest + 1);
        Ok(Folds { of_row, count })
    }

    /// `count` folds of nearly equal numbers of clips, whole actors in each, for data without official folds.
    ///
    /// The same metadata, count and seed give the same folds on every platform.
    ///
    /// # Errors
    /// [`Error::TooManyFolds`] unless `2 <= count <=` number of actors (and at most 256).
    ///
    /// ```
    /// use blemore_data::{ClipRecord, Folds, Metadata};
    /// let names = ["A1_hap_int1_ver1", "A2_hap_int1_ver1", "A3_hap_int1_ver1", "A4_hap_int1_ver1"];
    /// let records = names.iter().map(|name| name.parse().map(ClipRecord::of_name)).collect::<Result<Vec<_>, _>>()?;
    /// let folds = Folds::make(&Metadata::from_records(&records)?, 2, 42)?;
    /// assert_eq!(folds.split(0)?.train.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn make(metadata: &Metadata, count: usize, seed: u64) -> Result<Self, Error> {
        let mut clips_of: BTreeMap<&str, usize> = BTreeMap::new();
        for record in metadata.clips() {
            *clips_of.entry(&record.actor).or_default() += 1;
        }
        if !(2..=clips_of.len().min(MOST_FOLDS)).contains(&count) {
            return Err(Error::TooManyFolds { asked: count, actors: clips_of.len() });
        }
        let mut actors: Vec<(&str, usize)> = clips_of.into_iter().collect();
        Random::new(seed, "folds").shuffle(&mut actors);
        let fold_of = deal(actors, count);
        let of_row = metadata.clips().iter().map(|record| fold_of[record.actor.as_str()]).collect();
        Ok(Folds { of_row, count })
    }

    /// The number of folds, at least 2.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The fold of each row of the metadata.
    ///
    /// ```
    /// # use blemore_data::{ClipRecord, Folds, Metadata};
    /// # let names = ["A1_hap_int1_ver1", "A2_hap_int1_ver1"];
    /// # let records = names.iter().map(|name| name.parse().map(ClipRecord::of_name)).collect::<Result<Vec<_>, _>>()?;
    /// let folds = Folds::make(&Metadata::from_records(&records)?, 2, 42)?;
    /// assert_eq!(folds.of_rows().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_rows(&self) -> &[usize] {
        &self.of_row
    }

    /// The rows with `fold` held out.
    ///
    /// # Errors
    /// [`Error::NoSuchFold`].
    pub fn split(&self, fold: usize) -> Result<Split, Error> {
        if fold >= self.count {
            return Err(Error::NoSuchFold { fold, count: self.count });
        }
        let (validation, train) = (0..self.of_row.len()).partition(|row| self.of_row[*row] == fold);
        Ok(Split { train, validation })
    }
}

/// Actors with many clips first, each into the fold that has the fewest clips so far: no fold stays empty, because each
/// of the first `count` actors meets an empty one.
fn deal(mut actors: Vec<(&str, usize)>, count: usize) -> BTreeMap<&str, usize> {
    actors.sort_by_key(|(_, clips)| std::cmp::Reverse(*clips));
    let mut sizes = vec![0; count];
    let mut fold_of = BTreeMap::new();
    for (actor, clips) in actors {
        let smallest = (0..count).min_by_key(|fold| sizes[*fold]).unwrap_or(0);
        sizes[smallest] += clips;
        fold_of.insert(actor, smallest);
    }
    fold_of
}

fn find_faults(clips: &[ClipRecord]) -> Vec<FoldFault> {
    let mut clips_in: BTreeMap<usize, Vec<ClipName>> = BTreeMap::new();
    let mut folds_of: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let mut without_fold = Vec::new();
    for record in clips {
        match record.fold.map(usize::from) {
            None => without_fold.push(record.clip.clone()),
            Some(fold) => {
                clips_in.entry(fold).or_default().push(record.clip.clone());
                folds_of.entry(&record.actor).or_default().insert(fold);
            }
        }
    }
    if clips_in.is_empty() {
        return vec![FoldFault::NoFolds];
    }
    let mut faults = Vec::new();
    if !without_fold.is_empty() {
        faults.push(FoldFault::WithoutFold { clips: without_fold });
    }
    if clips_in.len() == 1 && clips_in.contains_key(&0) {
        faults.push(FoldFault::OneFold);
    }
    let first_empty = (0..).find(|fold| !clips_in.contains_key(fold)).unwrap_or(MOST_FOLDS);
    for (fold, clips) in clips_in.split_off(&first_empty) {
        faults.push(FoldFault::OutOfRange { fold, first_empty, clips });
    }
    for (actor, folds) in folds_of.into_iter().filter(|(_, folds)| folds.len() > 1) {
        faults.push(FoldFault::Leak { actor: actor.to_owned(), folds: folds.into_iter().collect() });
    }
    faults
}
