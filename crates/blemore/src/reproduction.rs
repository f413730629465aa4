//! The paper's Tables II and III: measured numbers beside the published ones (section V).

mod plan;
mod row;

use std::path::{Path, PathBuf};

use blemore_base::Listener;
use blemore_data::{Dataset, FeatureSource};
use blemore_features::{FeatureFolder, FeatureTable, OnSuspicion, Origin, TableQuality, fuse};
use blemore_run::files::ROWS_FOLDER;
use blemore_run::{
    Architecture, Execution, HELD_OUT_EPOCHS, HICMAE_EPOCHS, JobShare, Recipe, ResultsFolder,
    SUBSAMPLED_BATCH_SIZE, SUBSAMPLED_EPOCHS, TrivialBaselines, trivial_baselines,
};
use serde::Serialize;

pub use plan::Protocol;
pub use row::{ModelResult, TableRow};

use crate::cross_validation::{CrossValidation, RunPlan, check_models};
use crate::epochs::Epochs;
use crate::held_out::HeldOutTest;
use crate::{ClipPartition, Error, Partition};
use plan::RowPlan;

/// How to reproduce the tables; the default is the paper's.
///
/// ```
/// use blemore::Reproduction;
/// assert_eq!(Reproduction::default().test_epochs, 100);
/// ```
#[derive(Clone, Debug)]
pub struct Reproduction<'a> {
    /// The models of aggregated features.
    pub models: Vec<Architecture>,
    /// Their recipe in cross-validation.
    pub recipe: Recipe,
    /// Epochs of the final training before the held-out test.
    pub test_epochs: usize,
    /// Epochs on subsampled features (Table III); 0 leaves the table out.
    pub subsampled_epochs: usize,
    /// The clips of HiCMAE's row, if its whole network is trained; otherwise the row is a head on its features.
    pub network: Option<NetworkClips<'a>>,
    /// What training runs on.
    pub execution: Execution,
    /// Whether other runs in the folder are removed instead of refused.
    pub replace: bool,
    /// Whether suspect features are said to the listener, or refused.
    pub on_suspicion: OnSuspicion,
}

impl Default for Reproduction<'_> {
    fn default() -> Self {
        Self {
            models: Architecture::published().to_vec(),
            recipe: Recipe::default(),
            test_epochs: HELD_OUT_EPOCHS,
            subsampled_epochs: SUBSAMPLED_EPOCHS,
            network: None,
            execution: Execution::default(),
            replace: false,
            on_suspicion: OnSuspicion::default(),
        }
    }
}

/// The clips of both partitions, for HiCMAE's row.
#[derive(Clone, Debug)]
pub struct NetworkClips<'a> {
    /// Those of training.
    pub train: ClipPartition<'a>,
    /// Those of the test, where there is one.
    pub test: Option<ClipPartition<'a>>,
    /// Epochs of a fold, and of the final training ([`HICMAE_EPOCHS`] in the paper).
    pub epochs: [usize; 2],
}

impl NetworkClips<'_> {
    /// The results folder of HiCMAE's row, relative to that of the reproduction.
    pub fn folder() -> PathBuf {
        Path::new(ROWS_FOLDER).join(plan::FINE_TUNED_FOLDER)
    }
}

/// The measured tables, and the rows that there were no features for.
#[derive(Clone, Debug, Serialize)]
pub struct ReproducedTables {
    /// Whether the features were generated: then the numbers say nothing about people.
    pub generated: bool,
    /// Table II: one row per feature set, and one per pair of sets whose encoders the paper fuses.
    pub rows: Vec<TableRow>,
    /// Table III: one row per feature set of its encoders whose arrays are there; validation only.
    pub subsampled: Vec<TableRow>,
    /// The trivial baselines, where there is a test partition.
    pub trivial: Option<TrivialBaselines>,
    /// Rows of the paper's table that there are no features for.
    pub missing: Vec<&'static str>,
    /// Rows of the paper's table that are beside no measured row: several feature sets could belong to them, and none
    /// has the paper's name.
    pub ambiguous: Vec<&'static str>,
}

/// The tables of both partitions of one feature set or fusion.
struct Tables {
    train: FeatureTable,
    test: Option<FeatureTable>,
}

impl Reproduction<'_> {
    /// Trains and tests every row that the dataset has features for; finished cells in `folder` are not trained again.
    ///
    /// # Errors
    /// [`Error::NothingToReproduce`] when no row can be computed; [`Error::RepeatedModel`],
    /// [`Error::NoModels`]; those of [`CrossValidation::run`] and [`HeldOutTest::run`]; faults of the
    /// features.
    pub fn run(
        &self,
        dataset: &Dataset,
        folder: impl AsRef<Path>,
        progress: Listener<'_>,
    ) -> Result<ReproducedTables, Error> {
        let plans = self.plans(dataset)?;
        let [rows, subsampled] = self.run_rows(&plans, dataset, folder.as_ref(), None, progress)?;
        let trivial = dataset.test().map(|test| trivial_baselines(dataset.train(), test)).transpose()?;
        let [plans, _] = plans;
        Ok(ReproducedTables {
            generated: rows.iter().any(|row| row.generated),
            missing: plan::missing(&plans),
            ambiguous: plan::ambiguous(&plans, &rows),
            rows,
            subsampled,
            trivial,
        })
    }

    /// Trains a share of the cells of every row, without its held-out tests: one task of a job array. When all shares are
    /// trained, [`run`](Self::run) with the same folder tests and makes the tables.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn train_share(
        &self,
        share: JobShare,
        dataset: &Dataset,
        folder: impl AsRef<Path>,
        progress: Listener<'_>,
    ) -> Result<(), Error> {
        let plans = self.plans(dataset)?;
        self.run_rows(&plans, dataset, folder.as_ref(), Some(share), progress).map(|_| ())
    }

    /// The rows of Tables II and III.
    fn plans<'d>(&self, dataset: &'d Dataset) -> Result<[Vec<RowPlan<'d>>; 2], Error> {
        // Before the aggregation of arrays, which takes minutes.
        check_models(&self.models)?;
        let rows = plan::rows(dataset, self.network.is_some());
        if rows.is_empty() {
            let expected = "it needs pre_extracted_train_data/<Encoder>_train with an .npy file per clip, \
                            or <Encoder>_train.npz";
            return Err(Error::NothingToReproduce { path: dataset.folder().to_owned(), expected });
        }
        let subsampled = if self.subsampled_epochs > 0 { plan::subsampled_rows(dataset) } else { Vec::new() };
        Ok([rows, subsampled])
    }

    fn run_rows(
        &self,
        [rows, subsampled]: &[Vec<RowPlan<'_>>; 2],
        dataset: &Dataset,
        folder: &Path,
        share: Option<JobShare>,
        progress: Listener<'_>,
    ) -> Result<[Vec<TableRow>; 2], Error> {
        let has_test = dataset.test().is_some();
        let (cells, epochs) = self.amount_of_work(rows.iter().chain(subsampled), share, has_test);
        let tables = self.read_tables(dataset, progress)?;
        let epochs = Epochs::new(cells, epochs, progress);
        let rows = rows.iter().map(|row| {
            if let (Protocol::HiCmaeFineTuned, Some(network)) = (row.protocol, &self.network) {
                return self.run_network(row, network, folder, share, &epochs);
            }
            let of_row: Vec<&Tables> = row.sets.iter().map(|(position, _)| &tables[*position]).collect();
            match of_row[..] {
                [single] => self.run_row(row, dataset, single, folder, share, &epochs),
                _ => self.run_row(row, dataset, &fuse_tables(&of_row)?, folder, share, &epochs),
            }
        });
        let rows = rows.collect::<Result<Vec<_>, Error>>()?;
        drop(tables);
        let subsampled = subsampled.iter().map(|row| {
            // It has many times the features of a row of Table II, so only one such table is in memory.
            let arrays = FeatureFolder::new(row.sets[0].1.train().path()).threads(self.execution.jobs);
            let tables = Tables { train: arrays.subsample(progress)?.table, test: None };
            self.run_row(row, dataset, &tables, folder, share, &epochs)
        });
        Ok([rows, subsampled.collect::<Result<Vec<_>, Error>>()?])
    }

    /// Cells, held-out tests included, and epochs.
    fn amount_of_work<'a>(
        &self,
        rows: impl Iterator<Item = &'a RowPlan<'a>>,
        share: Option<JobShare>,
        has_test: bool,
    ) -> (usize, usize) {
        let mut amount = (0, 0);
        for row in rows {
            let (recipe, test_epochs) = self.settings(row.protocol);
            let models = self.models_of(row.protocol).len();
            let is_in_share = |cell: &usize| share.is_none_or(|share| share.contains(*cell));
            let cells = (0..models * blemore_data::OFFICIAL_FOLDS).filter(is_in_share).count();
            let has_test = has_test && share.is_none() && row.protocol != Protocol::Subsampled;
            let tests = if has_test { models } else { 0 };
            amount.0 += cells + tests;
            amount.1 += cells * recipe.epochs + tests * test_epochs;
        }
        amount
    }

    fn models_of(&self, protocol: Protocol) -> Vec<Architecture> {
        match protocol {
            Protocol::Aggregated | Protocol::Subsampled => self.models.clone(),
            Protocol::HiCmaeHead | Protocol::HiCmaeFineTuned => vec![Architecture::linear()],
        }
    }

    /// The recipe of cross-validation, and the epochs of the final training.
    fn settings(&self, protocol: Protocol) -> (Recipe, usize) {
        match protocol {
            Protocol::Aggregated => (self.recipe.clone(), self.test_epochs),
            Protocol::Subsampled => {
                let (epochs, batch_size) = (self.subsampled_epochs, SUBSAMPLED_BATCH_SIZE);
                (Recipe { epochs, batch_size, ..self.recipe.clone() }, 0)
            }
            Protocol::HiCmaeHead | Protocol::HiCmaeFineTuned => {
                let own = self.network.as_ref().filter(|_| protocol == Protocol::HiCmaeFineTuned);
                let [validation, test] = own.map_or(HICMAE_EPOCHS, |network| network.epochs);
                let Recipe { seed, random_order, arithmetic, presence_weight, .. } = self.recipe;
                let published = match protocol {
                    Protocol::HiCmaeFineTuned => Recipe::fine_tuned(validation),
                    _ => Recipe::hicmae(validation),
                };
                (Recipe { seed, random_order, arithmetic, presence_weight, ..published }, test)
            }
        }
    }

    /// Reads or aggregates the features of every set, once: in the order of [`Dataset::feature_sets`].
    fn read_tables(&self, dataset: &Dataset, progress: Listener<'_>) -> Result<Vec<Tables>, Error> {
        let of_set = |set: &FeatureSource| {
            let read = |source| plan::read(source, set.encoder(), self.execution.jobs, progress);
            let train = read(set.train())?;
            let test = match (dataset.test(), set.test()) {
                (Some(_), Some(test)) => Some(read(test)?),
                _ => None,
            };
            Ok(Tables { train, test })
        };
        dataset.feature_sets().iter().map(of_set).collect()
    }

    fn run_row(
        &self,
        row: &RowPlan<'_>,
        dataset: &Dataset,
        tables: &Tables,
        folder: &Path,
        share: Option<JobShare>,
        epochs: &Epochs<'_>,
    ) -> Result<TableRow, Error> {
        let name = row.features();
        // If an encoder has one table for both partitions, it holds the clips of the other partition too.
        let partition = Partition::join_beside(&name, &tables.train, dataset.train(), dataset.test())?;
        let quality = self.check_features(&partition, None, epochs)?;
        let origins = partition.origins();
        let (recipe, test_epochs) = self.settings(row.protocol);
        let experiment =
            CrossValidation::new(partition.clone(), self.models_of(row.protocol), recipe.clone())?;
        let test = || match (&tables.test, dataset.test()) {
            (Some(table), Some(metadata)) => {
                let test = Partition::join_beside(&name, table, metadata, Some(dataset.train()))?;
                self.check_features(&test, Some(&quality), epochs)?;
                let recipe = Recipe { epochs: test_epochs, ..recipe };
                Ok(Some(HeldOutTest::new(partition.clone(), test, recipe)?))
            }
            _ => Ok(None),
        };
        self.run_experiment((row, origins), &experiment, test, folder, share, epochs)
    }

    /// HiCMAE's row where the whole network is trained.
    fn run_network(
        &self,
        row: &RowPlan<'_>,
        network: &NetworkClips<'_>,
        folder: &Path,
        share: Option<JobShare>,
        epochs: &Epochs<'_>,
    ) -> Result<TableRow, Error> {
        let NetworkClips { train, test, .. } = network;
        let (recipe, test_epochs) = self.settings(row.protocol);
        let experiment = CrossValidation::fine_tuned(train.clone(), recipe.clone())?;
        let origins = std::slice::from_ref(train.origin());
        let test = || match test {
            None => Ok(None),
            Some(test) => {
                let recipe = Recipe { epochs: test_epochs, ..recipe };
                Ok(Some(HeldOutTest::fine_tuned(train.clone(), test.clone(), recipe)?))
            }
        };
        self.run_experiment((row, origins), &experiment, test, folder, share, epochs)
    }

    /// Trains the cells of a row, and tests its models unless there is a share.
    fn run_experiment<'e>(
        &self,
        (row, origins): (&RowPlan<'_>, &[Origin]),
        experiment: &CrossValidation<'_>,
        test: impl FnOnce() -> Result<Option<HeldOutTest<'e>>, Error>,
        folder: &Path,
        share: Option<JobShare>,
        epochs: &Epochs<'_>,
    ) -> Result<TableRow, Error> {
        let row_folder = ResultsFolder::create(folder.join(row_folder(row)))?;
        let run_plan =
            RunPlan { execution: self.execution, share, replace: self.replace, ..RunPlan::default() };
        let cross_validated = experiment.run_counted(&row_folder, &run_plan, 0, epochs)?;
        let models = self.models_of(row.protocol);
        let test = if share.is_none() { test()? } else { None };
        let tests = match test {
            Some(test) => {
                let models: Vec<&Architecture> = models.iter().collect();
                let results =
                    test.run_counted(&models, &cross_validated, &row_folder, self.execution, epochs)?;
                results.into_iter().map(Some).collect()
            }
            None => vec![None; models.len()],
        };
        let name = row.features();
        let row = TableRow::new(row, origins, &cross_validated, tests, self.recipe.presence_weight);
        if share.is_none() {
            epochs.note(Path::new(&name), &row.summary());
        }
        Ok(row)
    }

    /// Looks at the values of a row's features, those of test clips beside those of `training`.
    fn check_features(
        &self,
        partition: &Partition<'_>,
        training: Option<&TableQuality>,
        epochs: &Epochs<'_>,
    ) -> Result<TableQuality, Error> {
        let (quality, suspicions) = partition.check_features(training, self.on_suspicion)?;
        for suspicion in suspicions {
            epochs.note(Path::new(partition.features()), &suspicion);
        }
        Ok(quality)
    }
}

/// Each row has its own results folder, so that its tables can be read and tested separately.
fn row_folder(row: &RowPlan<'_>) -> PathBuf {
    Path::new(ROWS_FOLDER).join(row.folder())
}

/// Early fusion of both partitions; there is a test table only where every set has one.
fn fuse_tables(tables: &[&Tables]) -> Result<Tables, Error> {
    let train: Vec<&FeatureTable> = tables.iter().map(|tables| &tables.train).collect();
    let test: Option<Vec<&FeatureTable>> = tables.iter().map(|tables| tables.test.as_ref()).collect();
    Ok(Tables { train: fuse(&train)?, test: test.map(|test| fuse(&test)).transpose()? })
}
