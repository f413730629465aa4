//! A run of one model on four clips of two actors, an actor per fold.

use blemore_eval::{Probabilities, ProbabilityTable};
use blemore_run::files::PROBABILITIES_FILE;
use blemore_run::{CellResult, EpochRecord, Error, Recipe, ResultsFolder, Run};

/// The clips of each fold. The model says anger of each.
pub(crate) const FOLDS: [[&str; 2]; 2] =
    [["A1_ang_int1_ver1", "A1_mix_ang_sad_70_30_ver1"], ["A2_ang_int4_ver1", "A2_sad_int4_ver1"]];

pub(crate) struct Scene {
    _temporary: tempfile::TempDir,
    pub(crate) folder: ResultsFolder,
    pub(crate) run: Run,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = ResultsFolder::create(temporary.path().join("run")).unwrap();
        let cells = [0, 1].map(|fold| format!("fold{fold}")).to_vec();
        for (fold, name) in (0..).zip(&cells) {
            let epoch = |epoch: usize| EpochRecord {
                epoch,
                train_loss: 1.0 / epoch as f64,
                alpha: 0.1,
                beta: 0.1,
                acc_presence: 0.5,
                ..EpochRecord::default()
            };
            let result = CellResult {
                features: "made up".to_owned(),
                model: "linear".parse().unwrap(),
                fold,
                best: epoch(2),
                epochs: [1, 2, 3].map(epoch).to_vec(),
            };
            let clips = FOLDS[fold as usize].map(|clip| clip.parse().unwrap()).to_vec();
            let rows = vec![[0.95, 0.01, 0.01, 0.01, 0.01, 0.01]; clips.len()];
            let table = ProbabilityTable::new(clips, Probabilities::new(rows).unwrap()).unwrap();
            let write = |draft: &std::path::Path| -> Result<(), Error> {
                Ok(table.write(draft.join(PROBABILITIES_FILE))?)
            };
            folder.write(name, &result, write).unwrap();
        }
        let run =
            Run { features: "made up".to_owned(), data: String::new(), recipe: Recipe::default(), cells };
        run.write(&folder).unwrap();
        Self { _temporary: temporary, folder, run }
    }
}
