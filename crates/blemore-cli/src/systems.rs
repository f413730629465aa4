//! Tables of outputs as several commands read them, and what is known of their clips.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use blemore_data::{ClipRecord, Metadata};
use blemore_decode::{ByActor, Fusion, Outputs, Training};
use blemore_eval::{ProbabilityTable, Scale};
use blemore_labels::{ClipName, Label};

use crate::arguments::{ByActorArguments, Tables, WeightsChoice};
use crate::failure::Failure;
use crate::output::Output;
use crate::read;

/// How many folds are made where there are none.
const FOLDS_MADE: usize = 5;
/// What the column `fold` holds for a clip of the test.
const TEST: &str = "test";

/// Outputs of one or several systems, and what metadata say of the clips.
pub(crate) struct Systems {
    pub(crate) outputs: Outputs,
    /// The first table's file, to name in messages.
    file: PathBuf,
    /// The column `fold` of the first table that has one.
    folds: Option<Vec<String>>,
    records: HashMap<ClipName, ClipRecord>,
    /// The metadata files that have none of the clips.
    foreign: Vec<PathBuf>,
}

/// What is known of clips whose labels are needed.
pub(crate) struct Known {
    pub(crate) labels: Vec<Label>,
    pub(crate) actors: Vec<String>,
    /// `None` for clips of the test.
    pub(crate) folds: Vec<Option<i64>>,
}

impl Systems {
    /// Reads the tables, one per system, and the metadata.
    pub(crate) fn read(output: Output, paths: &[PathBuf], arguments: &Tables) -> Result<Self, Failure> {
        let read = |path: &PathBuf| Ok((path.clone(), read::metadata(output, path)?));
        let metadata = arguments.metadata.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
        let scale = if arguments.logits { Scale::Logits } else { Scale::Probabilities };
        Self::with_metadata(output, paths, scale, metadata.iter().map(|(path, metadata)| (path, metadata)))
    }

    /// Reads the tables, one per system; the metadata are read already.
    pub(crate) fn with_metadata<'a>(
        output: Output,
        paths: &[PathBuf],
        scale: Scale,
        metadata: impl IntoIterator<Item = (&'a PathBuf, &'a Metadata)>,
    ) -> Result<Self, Failure> {
        let mut tables = Vec::with_capacity(paths.len());
        for path in paths {
            let table = ProbabilityTable::read_as(path, scale)?;
            output.notes(path.display(), table.notes());
            tables.push(table);
        }
        let outputs = joined(paths, &tables)?;
        let folds = folds(paths, &tables, &outputs)?;
        let own: HashSet<&ClipName> = outputs.clips().iter().collect();
        let (mut records, mut foreign) = (HashMap::new(), Vec::new());
        for (path, metadata) in metadata {
            if !metadata.clips().iter().any(|record| own.contains(&record.clip)) {
                foreign.push(path.clone());
            }
            records.extend(metadata.clips().iter().map(|record| (record.clip.clone(), record.clone())));
        }
        let file = paths.first().cloned().unwrap_or_default();
        let systems = Self { outputs, file, folds, records, foreign };
        if systems.outputs.clips().is_empty() {
            return Err(systems.failure("there is no clip: give a table with one row per clip".to_owned()));
        }
        systems.note_equal(output, paths);
        Ok(systems)
    }

    /// Says so where two tables hold the same outputs.
    fn note_equal(&self, output: Output, paths: &[PathBuf]) {
        let tables = self.outputs.systems();
        for (place, (table, path)) in tables.iter().zip(paths).enumerate() {
            if let Some(first) = tables[..place].iter().position(|other| other == table) {
                output.note(format_args!(
                    "{}: the same outputs as those of {}: they count twice; give each system once",
                    path.display(),
                    paths[first].display()
                ));
            }
        }
    }

    /// Refuses metadata that have none of the clips, nor of the clips to learn from.
    pub(crate) fn refuse_foreign_metadata(&self, validation: Option<&Self>) -> Result<(), Failure> {
        let helps = |path: &PathBuf| validation.is_some_and(|validation| !validation.foreign.contains(path));
        match self.foreign.iter().find(|path| !helps(path)) {
            None => Ok(()),
            Some(path) => Err(Failure::input(format!(
                "{}: none of its clips is in {}: give the metadata of these clips, or none where the names tell all",
                path.display(),
                self.file.display()
            ))),
        }
    }

    /// Says so where clips are also among those that are learned from.
    pub(crate) fn note_learned_from(&self, output: Output, validation: &Self) {
        let learned: HashSet<&ClipName> = validation.outputs.clips().iter().collect();
        let clips = self.outputs.clips();
        let both = clips.iter().filter(|clip| learned.contains(clip)).count();
        if both > 0 {
            output.note(format_args!(
                "{}: {both} of {} clips are in {} too, which is learned from: what comes out for them is no test",
                self.file.display(),
                clips.len(),
                validation.file.display()
            ));
        }
    }

    /// Label, actor and fold of each clip; each must have the first two.
    pub(crate) fn known(&self) -> Result<Known, Failure> {
        let labels = self.all("label", |clip| {
            let given = self.records.get(clip).and_then(|record| record.label);
            given.or(clip.label())
        })?;
        let folds = self.outputs.clips().iter().enumerate().map(|(row, clip)| self.fold(row, clip));
        Ok(Known { labels, actors: self.actors()?, folds: folds.collect::<Result<_, _>>()? })
    }

    /// The actor of each clip.
    pub(crate) fn actors(&self) -> Result<Vec<String>, Failure> {
        self.all("actor", |clip| {
            let given = self.records.get(clip).map(|record| record.actor.clone());
            given.or_else(|| clip.actor().map(str::to_owned))
        })
    }

    /// Clips to learn from: those that have a fold, or all in folds that keep actors apart where none has.
    pub(crate) fn training(&self, output: Output, known: &Known) -> Result<Training, Failure> {
        let in_folds: Vec<usize> = (0..known.folds.len()).filter(|&row| known.folds[row].is_some()).collect();
        if in_folds.is_empty() {
            return self.training_in_made_folds(output, known);
        }
        let training = Training::new(
            self.outputs.select(&in_folds)?,
            in_folds.iter().map(|&row| known.labels[row]).collect(),
            in_folds.iter().map(|&row| known.actors[row].clone()).collect(),
            in_folds.iter().filter_map(|&row| known.folds[row]).collect(),
        );
        training.map_err(|error| Failure::from(error).within(&self.file))
    }

    fn training_in_made_folds(&self, output: Output, known: &Known) -> Result<Training, Failure> {
        if self.folds.iter().flatten().any(|fold| fold.trim() == TEST) {
            let all = format!(
                "all folds are {TEST:?} or empty, and test clips are not learned from: give clips of folds"
            );
            return Err(self.failure(all));
        }
        let folds = Training::folds_by_actor(&known.actors, FOLDS_MADE);
        let training =
            Training::new(self.outputs.clone(), known.labels.clone(), known.actors.clone(), folds)?;
        let made = match training.fold_numbers().len() {
            1 => "one was made for the only actor".to_owned(),
            made => format!("{made} were made that keep actors apart"),
        };
        output.note(format_args!("{}: no clip has a fold, so {made}", self.file.display()));
        Ok(training)
    }

    fn fold(&self, row: usize, clip: &ClipName) -> Result<Option<i64>, Failure> {
        match self.folds.as_ref().and_then(|folds| folds.get(row)).map(|fold| fold.trim()) {
            None => Ok(self.records.get(clip).and_then(|record| record.fold)),
            Some("" | TEST) => Ok(None),
            Some(cell) => {
                let fold = whole(cell).parse().map_err(|_| {
                    self.failure(format!("the fold of {clip} is {cell:?}: give a whole number, or {TEST:?}"))
                })?;
                match self.records.get(clip).and_then(|record| record.fold) {
                    Some(other) if other != fold => Err(self.failure(format!(
                        "{clip} is in fold {fold}, and in fold {other} by the metadata: give one of them"
                    ))),
                    _ => Ok(Some(fold)),
                }
            }
        }
    }

    /// What is known of each clip, or a message that names clips of which it is not.
    fn all<T>(&self, what: &str, of_clip: impl Fn(&ClipName) -> Option<T>) -> Result<Vec<T>, Failure> {
        let clips = self.outputs.clips();
        let found: Vec<T> = clips.iter().filter_map(&of_clip).collect();
        if found.len() == clips.len() {
            return Ok(found);
        }
        let first =
            clips.iter().find(|clip| of_clip(clip).is_none()).map(ToString::to_string).unwrap_or_default();
        let missing = clips.len() - found.len();
        Err(self.failure(format!(
            "the {what} of {missing} of {} clips is not known, the first is {first}: its name does not tell it; give \
             --metadata that does",
            clips.len()
        )))
    }

    /// The table with the column `fold` of the tables that were read, where they have one.
    pub(crate) fn with_folds(&self, table: ProbabilityTable) -> Result<ProbabilityTable, Failure> {
        if self.folds.is_none() {
            return Ok(table);
        }
        let folds = self.outputs.clips().iter().enumerate().map(|(row, clip)| {
            Ok(self.fold(row, clip)?.map_or_else(|| TEST.to_owned(), |fold| fold.to_string()))
        });
        Ok(table.with_folds(folds.collect::<Result<_, Failure>>()?)?)
    }

    /// A message about the input, with the first table's name.
    pub(crate) fn failure(&self, message: String) -> Failure {
        Failure::input(message).within(&self.file)
    }
}

/// Outputs of systems that are named after their files.
fn joined(paths: &[PathBuf], tables: &[ProbabilityTable]) -> Result<Outputs, Failure> {
    let names = names(paths);
    Outputs::new(names.iter().cloned().zip(tables)).map_err(|error| {
        let other = match &error {
            blemore_decode::Error::DifferentClips { second, .. } => {
                names.iter().position(|name| name == second)
            }
            _ => None,
        };
        let failure = Failure::from(error);
        match other.and_then(|place| paths.get(place)) {
            Some(path) => failure.within(path),
            None => failure,
        }
    })
}

/// The names of the systems: those of the files, or their paths where two files have one name.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let stem = |path: &Path| path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let stems: Vec<String> = paths.iter().map(|path| stem(path)).collect();
    let is_alone = |name: &String| stems.iter().filter(|other| *other == name).count() == 1;
    stems
        .iter()
        .zip(paths)
        .map(|(name, path)| if is_alone(name) { name.clone() } else { path.display().to_string() })
        .collect()
}

impl From<&ByActorArguments> for ByActor {
    fn from(arguments: &ByActorArguments) -> Self {
        Self { centre: arguments.centre_by.is_some(), balance: arguments.balance_by.is_some() }
    }
}

impl From<WeightsChoice> for Fusion {
    fn from(choice: WeightsChoice) -> Self {
        match choice {
            WeightsChoice::Mean => Self::Mean,
            WeightsChoice::Likelihood => Self::Likelihood,
            WeightsChoice::Score => Self::Score,
        }
    }
}

/// The column `fold` of the tables, for each clip of the outputs; `None` where no table has it.
fn folds(
    paths: &[PathBuf],
    tables: &[ProbabilityTable],
    outputs: &Outputs,
) -> Result<Option<Vec<String>>, Failure> {
    let mut of_clip: HashMap<&ClipName, (&str, &PathBuf)> = HashMap::new();
    let mut is_there = false;
    for (path, table) in paths.iter().zip(tables) {
        is_there |= table.folds().is_some();
        for (clip, fold) in table.clips().iter().zip(table.folds().into_iter().flatten()) {
            let (first, of) = *of_clip.entry(clip).or_insert((whole(fold), path));
            if first != whole(fold) {
                return Err(Failure::input(format!(
                    "{clip} is in fold {first} in {} and in fold {fold} in {}: its outputs must come from models that were \
                     not trained on it; give both tables the same folds",
                    of.display(),
                    path.display()
                )));
            }
        }
    }
    let fold = |clip| of_clip.get(clip).map_or_else(String::new, |(fold, _)| (*fold).to_owned());
    Ok(is_there.then(|| outputs.clips().iter().map(fold).collect()))
}

/// Data frames write whole numbers as 0.0 where a column has empty cells.
fn whole(cell: &str) -> &str {
    cell.trim().strip_suffix(".0").unwrap_or(cell.trim())
}
