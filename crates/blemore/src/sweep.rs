//! A sweep: combinations of feature sets, heads, objectives, models and decoders on the same folds, in one table.
//!
//! Comparisons are nested. For each fold, the epoch is the one with the best mean composite on the other folds, and the
//! decoder is learned from the other folds' outputs of that epoch. Of runs that differ in nothing but how many encoders are
//! added up, one more row takes for each fold the run that is best on the other folds. The way of the paper, which looks at
//! the fold itself, stands beside.

mod compare;
mod out_of_fold;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use blemore_base::Listener;
use blemore_data::Metadata;
use blemore_features::FeatureTable;
use blemore_run::results::folder::unique_name;
use blemore_run::{
    Candidate, Candidates, CellResult, Combination, CrossValidated, EncoderFusion, ResultsFolder, SWEEP_FILE,
    SWEEP_RUNS, SweepDecoder, SweepPlan, SweepTable,
};

use crate::run_group::{NamedRun, RunGroup};
use crate::{CrossValidation, Error, Partition, RunPlan};
use compare::{Decoded, compare};
use out_of_fold::OutOfFold;

/// The runs of a sweep: one per feature set and training.
///
/// ```
/// use blemore::data::generate::{Corpus, CorpusSize};
/// use blemore::features::FeatureTable;
/// use blemore::run::SweepPlan;
/// use blemore::{RunPlan, Sweep};
/// # let folder = tempfile::tempdir()?;
///
/// let plan = SweepPlan::from_toml(
///     r#"
///     metadata = "train_metadata.csv"
///     decoders = ["grid", "expected-score"]
///     features = [{ name = "made up", tables = ["made_up.npz"] }]
///     recipe = { epochs = 2 }
///     baseline = { features = "made up", head = "emotions", objective = "kl-divergence", decoder = "grid" }
///     "#,
/// )?;
/// let corpus = Corpus::generate(42, CorpusSize::SMALL)?;
/// let clips: Vec<_> = corpus.train().clips().iter().map(|record| record.clip.clone()).collect();
/// let values = ndarray::Array2::from_shape_fn((clips.len(), 4), |(row, column)| (row * column % 7) as f32);
/// let tables = [FeatureTable::new(clips, values)?];
/// let sweep = Sweep::new(&plan, &tables, corpus.train(), None)?;
/// let table = sweep.run(folder.path(), &RunPlan::default(), &|_| {})?;
/// assert_eq!(table.map(|table| table.rows.len()), Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sweep<'a> {
    plan: &'a SweepPlan,
    group: RunGroup<'a>,
    /// The feature set of each run, as the plan calls it.
    sets: Vec<String>,
}

impl<'a> Sweep<'a> {
    /// Joins each feature set of the plan, one table each in its order, with the metadata. Clips that only `other` lists,
    /// the metadata of the test partition, are left out.
    ///
    /// # Errors
    /// [`Error::Run`] for another number of tables, and for fewer than three folds where decoders are learned;
    /// [`Error::Data`], [`Error::Models`], as of a [`CrossValidation`] of each.
    pub fn new(
        plan: &'a SweepPlan,
        tables: &'a [FeatureTable],
        metadata: &'a Metadata,
        other: Option<&Metadata>,
    ) -> Result<Self, Error> {
        if tables.len() != plan.features.len() {
            return Err(refused(format!(
                "{} feature sets need a table each, not {}",
                plan.features.len(),
                tables.len()
            )));
        }
        let (mut runs, mut sets) = (Vec::new(), Vec::new());
        for (set, table) in plan.features.iter().zip(tables) {
            let partition = Partition::join_beside(&set.name, table, metadata, other)?;
            for recipe in plan.trainings(set) {
                let inputs = match recipe.fusion {
                    EncoderFusion::Early => set.name.clone(),
                    fusion => format!("{} {fusion}", set.name),
                };
                let inputs = recipe.alignment.marked(&inputs);
                let name = unique_name(&format!("{inputs} {} {}", recipe.head, recipe.objective));
                let experiment = CrossValidation::new(partition.clone(), plan.models.clone(), recipe)?;
                // Strength is chosen inside the folds that a regression is learned on.
                let folds = experiment.folds().count();
                if folds < 3 && plan.decoders.contains(&SweepDecoder::Learned) {
                    return Err(refused(format!(
                        "the decoder learned needs three folds, and there are {folds}"
                    )));
                }
                runs.push(NamedRun { name, experiment });
                sets.push(set.name.clone());
            }
        }
        Ok(Self { plan, group: RunGroup { runs }, sets })
    }

    /// Trains the cells that are not in the folder, or those of a share, each run in a subfolder of its own, and keeps the
    /// outputs of all epochs whatever the plan says. Gives the table, and writes it into the folder, once all cells are
    /// finished; before that, gives `None`, and there is no table.
    ///
    /// # Errors
    /// As of [`CrossValidation::run`]; [`Error::Decode`] for a decoder that cannot be learned.
    pub fn run(
        &self,
        folder: &Path,
        plan: &RunPlan,
        progress: Listener<'_>,
    ) -> Result<Option<SweepTable>, Error> {
        remove_table(folder)?;
        let plan = RunPlan { keep_outputs: true, ..*plan };
        let finished = self.group.run(&folder.join(SWEEP_RUNS), &plan, progress)?;
        if finished.iter().any(|(_, run)| run.missing > 0 || !run.damaged.is_empty()) {
            return Ok(None);
        }
        let table = self.table(&finished)?;
        table.write(folder)?;
        Ok(Some(table))
    }

    fn table(&self, finished: &[(ResultsFolder, CrossValidated)]) -> Result<SweepTable, Error> {
        let mut decoded = Vec::new();
        // Rows that differ in nothing but the decoder choose the same.
        for rows in self.plan.combinations().chunks(self.plan.decoders.len()) {
            decoded.extend(self.decode(rows, finished)?);
        }
        let runs = &self.group.runs;
        let metadata = runs.first().map(|run| run.experiment.metadata());
        let is_random = runs.iter().any(|run| run.experiment.has_random_weights());
        compare(decoded, &self.plan.baseline, metadata, is_random)
    }

    /// The rows that differ in nothing but the decoder.
    fn decode(
        &self,
        rows: &[Combination],
        finished: &[(ResultsFolder, CrossValidated)],
    ) -> Result<Vec<Decoded>, Error> {
        let Some(row) = rows.first() else { return Ok(Vec::new()) };
        let (mut runs, mut outputs) = (Vec::new(), Vec::new());
        for (place, (folder, cells)) in finished.iter().enumerate() {
            let combination = self.combination(place, row);
            if combination == *row || row.chooses(&combination) {
                let NamedRun { name, experiment } = &self.group.runs[place];
                let cells: Vec<&CellResult> = cells.cells_of(&row.model).collect();
                outputs.push(OutOfFold::read(experiment, folder, cells.iter().copied())?);
                runs.push(Candidate { run: name, best: combination.fusion.best(), cells });
            }
        }
        let run = runs.first().filter(|_| !row.best_chosen).map(|run| run.run.to_owned());
        let candidates = Candidates::new(runs)?;
        let choices = candidates.choices();
        let nested = choices.iter().enumerate();
        let nested = nested.map(|(fold, choice)| outputs[choice.run].nested(fold, choice.epoch));
        let nested = nested.collect::<Result<Vec<_>, _>>()?;
        let decoded = |combination: &Combination| {
            // Clips and folds are those of every run.
            let labels = outputs[0].decode(&nested, combination.decoder)?;
            Ok(Decoded {
                combination: combination.clone(),
                run: run.clone(),
                chosen: if row.best_chosen { candidates.chosen(&choices) } else { Vec::new() },
                encoders: candidates.encoders(&choices),
                published: candidates.published(),
                nested: outputs[0].score_by_fold(&labels)?,
                epochs: choices.iter().map(|choice| choice.epoch).collect(),
                predictions: outputs[0].named(&labels),
            })
        };
        rows.iter().map(decoded).collect()
    }

    /// The combination that the run at a place has with the model and the decoder of a row.
    fn combination(&self, place: usize, row: &Combination) -> Combination {
        let recipe = self.group.runs[place].experiment.recipe();
        Combination {
            features: self.sets[place].clone(),
            fusion: recipe.fusion,
            best_chosen: false,
            alignment: recipe.alignment,
            model: row.model.clone(),
            head: recipe.head,
            objective: recipe.objective,
            decoder: row.decoder,
        }
    }
}

fn refused(fault: String) -> Error {
    blemore_run::Error::Sweep { faults: vec![fault] }.into()
}

/// A table of an earlier plan would stand for this one until the last cell is finished.
fn remove_table(folder: &Path) -> Result<(), Error> {
    let path = folder.join(SWEEP_FILE);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(blemore_run::Error::Write { path, source }.into())
        }
        _ => Ok(()),
    }
}
