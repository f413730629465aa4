//! Ensembles on the test clips: the mean of what the models of all folds give, of one seed or of several.
//!
//! Nothing is trained. Thresholds, where the head needs any, are the best on the training clips, each as the models gave it
//! that have not seen it. There is one such model per seed, so these outputs are less smooth than the ensemble's.

use std::collections::HashMap;

use blemore_eval::{GridSearch, PerMeasure, Predictions, Probabilities};
use blemore_hash::Hash;
use blemore_labels::{ClipName, Emotion, Label};
use blemore_models::Checkpoint;
use blemore_run::files::{CHECKPOINT_FILE, PREDICTIONS_FILE, read_outputs, write_outputs, write_recipe};
use blemore_run::results::folder::result_name;
use blemore_run::results::of_result;
use blemore_run::{
    Architecture, CellResult, ClipOutputs, Decision, EnsembleSpread, ExpectedScore, FeatureAlignment,
    HeldOutResult, Recipe, ResultsFolder, Run,
};

use crate::held_out::score_test;
use crate::{Error, Partition};

/// The models of finished cross-validations that differ in their seeds alone, and the test clips.
#[derive(Clone, Debug)]
pub struct Ensemble<'a> {
    train: Partition<'a>,
    test: Partition<'a>,
    labels: HashMap<ClipName, Label>,
    seeds: Vec<Seed>,
    recipe: Recipe,
}

/// A finished run.
#[derive(Clone, Debug)]
struct Seed {
    seed: u64,
    folder: ResultsFolder,
    cells: Vec<CellResult>,
}

/// What the models of one seed give.
struct OfSeed {
    /// For the test clips, fold by fold.
    outputs: Vec<ClipOutputs>,
    decisions: Vec<Decision>,
    /// For the training clips, by the model that has not seen them.
    out_of_fold: Vec<(ClipName, [f32; Emotion::COUNT])>,
}

impl<'a> Ensemble<'a> {
    /// Of the runs in these folders, which were trained on `train`.
    ///
    /// # Errors
    /// [`Error::Run`] without a folder, for runs that are not finished, that are of other features, that were aligned with
    /// the clips of their folds, or that differ in more than their seeds; [`Error::TestWidth`] and [`Error::Data`] as of a
    /// held-out test.
    pub fn new(folders: &[ResultsFolder], train: Partition<'a>, test: Partition<'a>) -> Result<Self, Error> {
        let (expected, found) = (train.width(), test.width());
        if expected != found {
            return Err(Error::TestWidth { features: test.features().to_owned(), expected, found });
        }
        test.metadata().require_separate(train.metadata())?;
        let mut runs = folders.iter().map(|folder| Ok((folder, Run::read(folder)?)));
        let nothing = || refused("an ensemble needs a finished cross-validation".to_owned());
        let first: Result<(&ResultsFolder, Run), Error> = runs.next().ok_or_else(nothing)?;
        let (folder, first) = first?;
        if first.recipe.alignment != FeatureAlignment::None {
            let problem =
                "its models were aligned with their own folds, not with the test clips: leave out --ensemble";
            return Err(refused(problem.to_owned()));
        }
        let train = train.renamed(&first.features);
        let key = train.key();
        let mut seeds = vec![Seed::of(folder, &first, &train, key)?];
        let mut before = vec![first];
        for other in runs {
            let (folder, run) = other?;
            before.iter().try_for_each(|before| before.require_other_seed(&run))?;
            seeds.push(Seed::of(folder, &run, &train, key)?);
            before.push(run);
        }
        let recipe = before.swap_remove(0).recipe;
        let labels = train.metadata().labels()?;
        let clips = train.metadata().clips().iter().map(|record| record.clip.clone());
        let labels = clips.zip(labels).collect();
        Ok(Self { train, test, labels, seeds, recipe })
    }

    /// The ensemble of each model, scored on the test clips; results are written into the folder of the first run.
    ///
    /// # Errors
    /// [`Error::Models`] for a checkpoint that cannot be used, [`Error::Run`].
    pub fn run(&self) -> Result<Vec<HeldOutResult>, Error> {
        let mut models: Vec<&Architecture> = Vec::new();
        for cell in self.seeds.iter().flat_map(|seed| &seed.cells) {
            if !models.contains(&&cell.cell.model) {
                models.push(&cell.cell.model);
            }
        }
        models.into_iter().map(|model| self.of_model(model)).collect()
    }

    /// The result that is there, or a new one; a damaged one is made again.
    fn of_model(&self, model: &Architecture) -> Result<HeldOutResult, Error> {
        let (folder, name) = (&self.seeds[0].folder, self.result_name(model));
        let _claim = folder.claim(&name)?;
        match folder.read::<HeldOutResult>(&name) {
            Ok(Some(result)) => return Ok(result),
            Ok(None) => {}
            Err(blemore_run::Error::Damaged { .. }) => folder.remove(&name)?,
            Err(error) => return Err(error.into()),
        }
        self.make(model, name, folder)
    }

    fn make(
        &self,
        model: &Architecture,
        name: String,
        folder: &ResultsFolder,
    ) -> Result<HeldOutResult, Error> {
        let of_seeds = self.seeds.iter().map(|seed| seed.of_model(model, &self.test));
        let of_seeds = of_seeds.collect::<Result<Vec<OfSeed>, Error>>()?;
        let outputs: Vec<ClipOutputs> = of_seeds.iter().flat_map(|seed| seed.outputs.clone()).collect();
        let mean = ClipOutputs::mean(&outputs)?;
        let decision = self.decision(&of_seeds)?;
        let clips: Vec<ClipName> =
            self.test.metadata().clips().iter().map(|record| record.clip.clone()).collect();
        let predictions: Predictions = clips.iter().cloned().zip(decision.decode(&mean)?).collect();
        let tables = mean.to_tables(clips)?;
        let [alpha, beta] = decision.thresholds().map_or([0.0; 2], |it| [it.alpha, it.beta]);
        let result = HeldOutResult {
            name,
            seed: self.recipe.seed,
            features: self.train.features().to_owned(),
            model: model.clone(),
            fold: None,
            alpha,
            beta,
            expected_score: decision.expected_score(),
            encoders: Vec::new(),
            epochs: self.recipe.epochs,
            n_clips: predictions.len(),
            scores: score_test(self.test.metadata(), &predictions)?,
            ensemble: Some(self.spread(&of_seeds, outputs.len())?),
        };
        folder.write(&result, None, |draft| -> Result<(), Error> {
            write_recipe(draft, &self.recipe)?;
            write_outputs(draft, &tables)?;
            Ok(predictions.write(draft.join(PREDICTIONS_FILE))?)
        })?;
        Ok(result)
    }

    fn result_name(&self, model: &Architecture) -> String {
        let cells = self.seeds.iter().flat_map(|seed| &seed.cells).filter(|cell| cell.cell.model == *model);
        let key = of_result().text("ensemble").text(&self.test.key().short());
        let key = cells.fold(key, |key, cell| key.text(&cell.cell.name)).finish();
        result_name(&[self.train.features(), &model.to_string(), "ensemble"], &key)
    }

    /// Thresholds that are the best on the training clips, or the expected score of a head that gives labels.
    fn decision(&self, of_seeds: &[OfSeed]) -> Result<Decision, Error> {
        let weight = self.recipe.presence_weight;
        if self.recipe.head.gives_labels() {
            let labels: Vec<Label> = self.labels.values().copied().collect();
            return Ok(Decision::ExpectedScore(ExpectedScore::of_training(weight, &labels)));
        }
        let first = of_seeds.first().map(|seed| &seed.out_of_fold[..]).unwrap_or_default();
        let mut sums: HashMap<&ClipName, [f32; Emotion::COUNT]> = HashMap::new();
        for (clip, row) in of_seeds.iter().flat_map(|seed| &seed.out_of_fold) {
            let sum = sums.entry(clip).or_default();
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / of_seeds.len() as f32);
        }
        let known = first.iter().filter_map(|(clip, _)| Some((*sums.get(clip)?, *self.labels.get(clip)?)));
        let (rows, labels): (Vec<_>, Vec<_>) = known.unzip();
        let search = GridSearch::default().presence_weight(weight);
        Ok(Decision::from(search.search(&Probabilities::new(rows)?, &labels)?.thresholds))
    }

    /// How far single models and single seeds are apart on the test clips, where these have labels.
    fn spread(&self, of_seeds: &[OfSeed], models: usize) -> Result<EnsembleSpread, Error> {
        let seeds = self.seeds.iter().map(|seed| seed.seed).collect();
        let Ok(labels) = self.test.metadata().labels() else {
            return Ok(EnsembleSpread { seeds, models, over_folds: None, over_seeds: None });
        };
        let folds = of_seeds.iter().map(|seed| seed.outputs.len()).min().unwrap_or_default();
        let of_fold = |fold: usize| -> Result<PerMeasure<f64>, Error> {
            let scored = of_seeds
                .iter()
                .map(|seed| Ok(seed.decisions[fold].score(&seed.outputs[fold], &labels)?.accuracies()));
            let scored = scored.collect::<Result<Vec<_>, Error>>()?;
            Ok(PerMeasure::spread(scored).map(|spread| spread.mean))
        };
        let of_seed = |seed: &OfSeed| -> Result<PerMeasure<f64>, Error> {
            let decision = self.decision(std::slice::from_ref(seed))?;
            Ok(decision.score(&ClipOutputs::mean(&seed.outputs)?, &labels)?.accuracies())
        };
        let over_folds = (0..folds).map(of_fold).collect::<Result<Vec<_>, _>>()?;
        let over_seeds = of_seeds.iter().map(of_seed).collect::<Result<Vec<_>, _>>()?;
        Ok(EnsembleSpread {
            seeds,
            models,
            over_folds: Some(PerMeasure::spread(over_folds)),
            over_seeds: (over_seeds.len() > 1).then(|| PerMeasure::spread(over_seeds)),
        })
    }
}

impl Seed {
    fn of(folder: &ResultsFolder, run: &Run, train: &Partition<'_>, key: Hash) -> Result<Self, Error> {
        let cells = run.complete(folder, train.features(), key)?.cells;
        Ok(Self { seed: run.recipe.seed, folder: folder.clone(), cells })
    }

    fn of_model(&self, model: &Architecture, test: &Partition<'_>) -> Result<OfSeed, Error> {
        let mut found = OfSeed { outputs: Vec::new(), decisions: Vec::new(), out_of_fold: Vec::new() };
        for cell in self.cells.iter().filter(|cell| cell.cell.model == *model) {
            let checkpoint = Checkpoint::read(self.folder.of_result(&cell.cell.name).join(CHECKPOINT_FILE))?;
            found.outputs.push(checkpoint.outputs(test.all_rows()?)?);
            found.decisions.push(cell.decision());
            let tables = read_outputs(&self.folder, &cell.cell.name)?;
            let rows = tables.outputs()?.emotions()?;
            let clips = tables.emotions.clips().iter().cloned();
            found.out_of_fold.extend(clips.zip(rows.rows().iter().copied()));
        }
        match found.outputs.is_empty() {
            true => Err(blemore_run::Error::NotInRun { model: model.clone() }.into()),
            false => Ok(found),
        }
    }
}

fn refused(problem: String) -> Error {
    blemore_run::Error::Ensemble { problem }.into()
}
