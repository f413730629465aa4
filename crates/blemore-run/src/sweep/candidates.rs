//! What the other folds choose for a fold, by the records of finished cells.

use blemore_eval::{MeanStd, PUBLISHED_PRESENCE_WEIGHT, PerMeasure};

use super::ChosenBest;
use crate::{CellResult, EncoderWeight, Error};

/// The runs that a row of a sweep chooses from: one, or several that differ in nothing but how many encoders are added up.
#[derive(Debug, Clone)]
pub struct Candidates<'c> {
    runs: Vec<Candidate<'c>>,
}

/// A run that a row chooses from.
#[derive(Debug, Clone)]
pub struct Candidate<'c> {
    /// Its subfolder.
    pub run: &'c str,
    /// How many encoders it adds up; `None` for all.
    pub best: Option<usize>,
    /// Its cells of one model, one per fold.
    pub cells: Vec<&'c CellResult>,
}

/// What the other folds choose for a fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldChoice {
    /// The run, by its place among the candidates.
    pub run: usize,
    /// The epoch, from 1.
    pub epoch: usize,
}

impl<'c> Candidates<'c> {
    /// Runs with their cells of one model.
    ///
    /// # Errors
    /// [`Error::Sweep`] for runs that have no cells, other folds or other numbers of epochs.
    pub fn new(runs: Vec<Candidate<'c>>) -> Result<Self, Error> {
        let of_run = |run: &Candidate<'_>| -> Vec<(i64, usize)> {
            run.cells.iter().map(|cell| (cell.cell.fold, cell.epochs.len())).collect()
        };
        let first = runs.first().map(of_run).unwrap_or_default();
        if first.is_empty() || runs.iter().any(|run| of_run(run) != first) {
            let names: Vec<&str> = runs.iter().map(|run| run.run).collect();
            let fault = format!("runs do not have the same folds and epochs: {}", names.join(", "));
            return Err(Error::Sweep { faults: vec![fault] });
        }
        Ok(Self { runs })
    }

    /// The number of folds.
    fn folds(&self) -> usize {
        self.runs.first().map_or(0, |run| run.cells.len())
    }

    /// Both accuracies as the paper reports them, over the folds: each by the run, the epoch and the thresholds that are
    /// best on it.
    pub fn published(&self) -> PerMeasure<MeanStd> {
        let composite = |cell: &CellResult| cell.best.composite(PUBLISHED_PRESENCE_WEIGHT);
        let better = |one: &'c CellResult, next: &'c CellResult| {
            if composite(next) > composite(one) { next } else { one }
        };
        let best = |fold: usize| self.runs.iter().map(|run| run.cells[fold]).reduce(better);
        PerMeasure::spread((0..self.folds()).filter_map(best).map(CellResult::accuracies))
    }

    /// For each fold the run and the epoch with the best mean composite on the other folds, each of which has its own best
    /// thresholds; the first of equal ones.
    pub fn choices(&self) -> Vec<FoldChoice> {
        (0..self.folds()).map(|fold| self.choice(fold)).collect()
    }

    fn choice(&self, fold: usize) -> FoldChoice {
        let epochs = self.runs[0].cells[fold].epochs.len();
        let all =
            (0..self.runs.len()).flat_map(|run| (1..=epochs).map(move |epoch| FoldChoice { run, epoch }));
        let mean = |choice: FoldChoice| self.mean_of_others(fold, choice);
        let better =
            |best: (FoldChoice, f64), next: (FoldChoice, f64)| if next.1 > best.1 { next } else { best };
        let best = all.map(|choice| (choice, mean(choice))).reduce(better);
        best.map_or(FoldChoice { run: 0, epoch: 1 }, |(choice, _)| choice)
    }

    fn mean_of_others(&self, fold: usize, FoldChoice { run, epoch }: FoldChoice) -> f64 {
        let others = self.runs[run].cells.iter().enumerate().filter(|(place, _)| *place != fold);
        let composites = others.map(|(_, cell)| cell.epochs[epoch - 1].composite(PUBLISHED_PRESENCE_WEIGHT));
        composites.sum::<f64>() / self.folds().saturating_sub(1).max(1) as f64
    }

    /// The mean over the folds of the weight of each encoder, in the run that was chosen for the fold.
    pub fn encoders(&self, choices: &[FoldChoice]) -> Vec<EncoderWeight> {
        let cells = choices.iter().enumerate().map(|(fold, choice)| self.runs[choice.run].cells[fold]);
        CellResult::mean_encoders(cells)
    }

    /// The number of encoders that was chosen for each fold, with its run.
    pub fn chosen(&self, choices: &[FoldChoice]) -> Vec<ChosenBest> {
        let chosen = |(fold, choice): (usize, &FoldChoice)| {
            let Candidate { run, best, cells } = &self.runs[choice.run];
            ChosenBest { fold: cells[fold].cell.fold, best: *best, run: (*run).to_owned() }
        };
        choices.iter().enumerate().map(chosen).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Architecture, Cell, EpochRecord};

    /// A cell with the composites of its epochs, and a weight that tells the runs apart.
    fn cell(fold: usize, composites: &[f64], weight: f64) -> CellResult {
        let record = |(place, value): (usize, &f64)| EpochRecord {
            epoch: place + 1,
            acc_presence: *value,
            acc_salience: *value,
            ..EpochRecord::default()
        };
        let epochs: Vec<EpochRecord> = composites.iter().enumerate().map(record).collect();
        let model = Architecture::linear();
        CellResult {
            cell: Cell { features: "made up".to_owned(), model, fold: fold as i64, name: String::new() },
            run: String::new(),
            seed: 0,
            expected_score: None,
            encoders: vec![EncoderWeight { encoder: "audio".to_owned(), weight }],
            best: *epochs.iter().max_by(|a, b| a.acc_presence.total_cmp(&b.acc_presence)).unwrap(),
            epochs,
        }
    }

    /// The cells of a run, whose folds have these composites in each epoch.
    fn run(folds: [&[f64]; 3], weight: f64) -> Vec<CellResult> {
        folds.into_iter().enumerate().map(|(fold, composites)| cell(fold, composites, weight)).collect()
    }

    /// Runs that add up the best 1, 2, ... encoders.
    fn candidates<'c>(runs: &[&'c [CellResult]]) -> Result<Candidates<'c>, Error> {
        let candidate = |(place, cells): (usize, &&'c [CellResult])| Candidate {
            run: ["first", "second"][place],
            best: Some(place + 1),
            cells: cells.iter().collect(),
        };
        Candidates::new(runs.iter().enumerate().map(candidate).collect())
    }

    #[test]
    fn a_run_that_is_best_on_the_scored_fold_alone_is_not_chosen_for_it() {
        let runs = [run([&[0.9], &[0.1], &[0.1]], 1.0), run([&[0.1], &[0.5], &[0.6]], 0.25)];
        let candidates = candidates(&[&runs[0], &runs[1]]).unwrap();
        let choices = candidates.choices();
        let chosen = candidates.chosen(&choices);
        assert_eq!(chosen.iter().map(|it| it.best).collect::<Vec<_>>(), [Some(2), Some(1), Some(1)]);
        assert_eq!(chosen[0], ChosenBest { fold: 0, best: Some(2), run: "second".to_owned() });
        assert_eq!(candidates.encoders(&choices)[0].weight, 0.75, "of the runs that were chosen");
        let published = candidates.published().presence.mean;
        assert!((published - (0.9 + 0.5 + 0.6) / 3.0).abs() < 1e-12, "each fold by the best on itself");
    }

    #[test]
    fn run_and_epoch_are_the_best_of_all_pairs_and_the_first_of_equal_ones() {
        let first = [&[0.0, 0.25] as &[f64]; 3];
        let second: [&[f64]; 3] = [&[0.25, 0.375], &[0.5, 0.125], &[0.125, 0.125]];
        let runs = [run(first, 1.0), run(second, 1.0)];
        let choices = candidates(&[&runs[0], &runs[1]]).unwrap().choices();
        let expected = [(1, 1), (0, 2), (1, 1)].map(|(run, epoch)| FoldChoice { run, epoch });
        assert_eq!(choices, expected);
    }

    #[test]
    fn runs_of_other_folds_or_epochs_are_refused() {
        let whole = run([&[0.1], &[0.1], &[0.1]], 1.0);
        let longer = run([&[0.1, 0.2], &[0.1, 0.2], &[0.1, 0.2]], 1.0);
        for wrong in [&[&whole[..], &whole[..2]] as &[&[CellResult]], &[&whole, &longer], &[&[]], &[]] {
            let message = candidates(wrong).unwrap_err().to_string();
            assert!(message.contains("do not have the same folds and epochs"), "{message}");
        }
    }
}
