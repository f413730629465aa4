//! Who plays what: the clip lists of a generated corpus.

use blemore_labels::{Blend, ClipName, Emotion};

use crate::random::Random;
use crate::{ClipRecord, Error, Folds, Gender, Metadata};

/// Intensities of a single emotion, and situations of neutral (section III).
const LEVELS: u8 = 4;
/// Clips of Table I, by partition as in the published lists: `(single, blend)`.
const PUBLISHED_TRAIN: (usize, usize) = (1130, 1326);
const PUBLISHED_TEST: (usize, usize) = (260, 334);
/// In the published lists three training actors play no blends.
const ACTORS_WITHOUT_BLENDS: usize = 3;
/// Single clips that are lost from the training partition, so that not every actor has every clip.
const LOST_SINGLES: usize = 8;
/// Blended clips that are lost from the training partition.
const LOST_BLENDS: usize = 12;
/// One in this many actors repeats clips, which gives versions above 1.
const ACTORS_PER_REPEATER: usize = 10;

/// How many actors a generated corpus has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorpusSize {
    /// Actors of the training partition.
    pub training_actors: usize,
    /// Actors of the test partition.
    pub test_actors: usize,
    /// Folds of the training partition, at least 2.
    pub folds: usize,
}

impl CorpusSize {
    /// The published lists' size: 2,456 training clips in five folds, 594 test clips; as there, not every actor plays
    /// every label, and some clips come in several versions.
    pub const PUBLISHED: CorpusSize = CorpusSize { training_actors: 47, test_actors: 11, folds: 5 };

    /// Small enough for a test: ten training actors in five folds and two test actors, each with all 54 clips.
    pub const SMALL: CorpusSize = CorpusSize { training_actors: 10, test_actors: 2, folds: 5 };
}

/// The metadata of the training and the test partition.
pub(super) fn partitions(seed: u64, size: CorpusSize) -> Result<(Metadata, Metadata), Error> {
    if size.folds < 2 || size.training_actors < size.folds || size.test_actors == 0 {
        let CorpusSize { training_actors, test_actors, folds } = size;
        return Err(Error::Mismatch(format!(
            "a corpus of {training_actors} training actors in {folds} folds and {test_actors} test actors cannot be \
             generated: it needs two folds or more, an actor per fold, and a test actor"
        )));
    }
    let mut random = Random::new(seed, "clips");
    let mut actors: Vec<String> =
        (1..=size.training_actors + size.test_actors).map(|number| format!("A{number:03}")).collect();
    random.shuffle(&mut actors);
    let test_actors = actors.split_off(size.training_actors);
    let mut train = Partition::new(&actors, &mut random);
    let mut test = Partition::new(&test_actors, &mut random);
    if size == CorpusSize::PUBLISHED {
        train.without_blends(&actors[..ACTORS_WITHOUT_BLENDS]);
        lose(&mut train.singles, LOST_SINGLES, &mut random);
        lose(&mut train.blends, LOST_BLENDS, &mut random);
        train.reach(PUBLISHED_TRAIN, &mut random);
        test.reach(PUBLISHED_TEST, &mut random);
    }
    let train = with_folds(train.into_records(seed)?, size.folds, seed)?;
    let test = Metadata::generated(&test.into_records(seed)?, "generated test clips")?;
    Ok((train, test))
}

fn with_folds(mut records: Vec<ClipRecord>, count: usize, seed: u64) -> Result<Metadata, Error> {
    let folds = Folds::make(&Metadata::from_records(&records)?, count, seed)?;
    for (record, fold) in records.iter_mut().zip(folds.of_rows()) {
        record.fold = Some(*fold);
    }
    Metadata::generated(&records, "generated training clips")
}

/// One clip to be: its name is made of these.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Take {
    actor: String,
    /// `ang_int2` or `mix_ang_hap_70_30`
    shown: String,
    version: u32,
}

struct Partition {
    singles: Vec<Take>,
    blends: Vec<Take>,
    repeaters: Vec<String>,
}

impl Partition {
    /// Every actor with every clip once: 24 single, 30 blended.
    fn new(actors: &[String], random: &mut Random) -> Self {
        let take = |actor: &String, shown| Take { actor: actor.clone(), shown, version: 1 };
        let singles = actors.iter().flat_map(|actor| singles().map(move |shown| take(actor, shown)));
        let blends = actors.iter().flat_map(|actor| blends().map(move |shown| take(actor, shown)));
        let mut repeaters = actors.to_vec();
        random.shuffle(&mut repeaters);
        repeaters.truncate(actors.len().div_ceil(ACTORS_PER_REPEATER));
        Partition { singles: singles.collect(), blends: blends.collect(), repeaters }
    }

    fn without_blends(&mut self, actors: &[String]) {
        self.blends.retain(|take| !actors.contains(&take.actor));
    }

    /// Loses or repeats clips until there are so many.
    fn reach(&mut self, (singles, blends): (usize, usize), random: &mut Random) {
        for (takes, wanted) in [(&mut self.singles, singles), (&mut self.blends, blends)] {
            lose(takes, takes.len().saturating_sub(wanted), random);
            repeat(takes, wanted, &self.repeaters, random);
        }
    }

    /// In the order of the published files: by name.
    fn into_records(self, seed: u64) -> Result<Vec<ClipRecord>, Error> {
        let takes = self.singles.iter().chain(&self.blends);
        let name = |Take { actor, shown, version }: &Take| format!("{actor}_{shown}_ver{version}");
        let mut clips = takes.map(|take| ClipName::parse(&name(take))).collect::<Result<Vec<_>, _>>()?;
        clips.sort_unstable();
        let record = |clip| {
            let record = ClipRecord::of_name(clip);
            let is_female = Random::new(seed, &format!("gender {}", record.actor)).below(2) == 0;
            let gender = if is_female { Gender::Female } else { Gender::Male };
            ClipRecord { gender: Some(gender), ..record }
        };
        Ok(clips.into_iter().map(record).collect())
    }
}

fn lose(takes: &mut Vec<Take>, lost: usize, random: &mut Random) {
    for _ in 0..lost.min(takes.len()) {
        takes.remove(random.below(takes.len()));
    }
}

/// Adds further versions of clips of the repeaters until there are `wanted`.
fn repeat(takes: &mut Vec<Take>, wanted: usize, repeaters: &[String], random: &mut Random) {
    let of_repeaters: Vec<Take> =
        takes.iter().filter(|take| repeaters.contains(&take.actor)).cloned().collect();
    while takes.len() < wanted && !of_repeaters.is_empty() {
        let mut take = of_repeaters[random.below(of_repeaters.len())].clone();
        while takes.contains(&take) {
            take.version += 1;
        }
        takes.push(take);
    }
}

fn singles() -> impl Iterator<Item = String> {
    Emotion::ALL.into_iter().flat_map(|emotion| {
        let setting = if emotion == Emotion::Neutral { "sit" } else { "int" };
        (1..=LEVELS).map(move |level| format!("{emotion}_{setting}{level}"))
    })
}

fn blends() -> impl Iterator<Item = String> {
    Blend::all().map(|blend| {
        let (first, second) = blend.ratio().percentages();
        format!("mix_{}_{}_{first}_{second}", blend.first(), blend.second())
    })
}
