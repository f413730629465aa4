//! A run of one model on four clips of two actors, an actor per fold.

use std::path::Path;

use blemore_eval::{Probabilities, ProbabilityTable};
use blemore_run::files::PROBABILITIES_FILE;
use blemore_run::{Cell, CellResult, EpochRecord, Error, Made, Recipe, ResultsFolder, Run};

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
        let run = run(Recipe { epochs: 3, ..Recipe::default() });
        for cell in &run.cells {
            write(&folder, &run, cell);
        }
        let run = run.enter(&folder, false).unwrap();
        run.write_tables(&folder).unwrap();
        Self { _temporary: temporary, folder, run }
    }
}

/// A run of this recipe.
pub(crate) fn run(recipe: Recipe) -> Run {
    let cells = [0, 1].map(|fold| Cell {
        features: "made up".to_owned(),
        model: "linear".parse().unwrap(),
        fold,
        name: format!("fold{fold}"),
    });
    Run {
        id: "id".to_owned(),
        features: "made up".to_owned(),
        origins: Vec::new(),
        generated: false,
        data: "data".to_owned(),
        recipe,
        cells: cells.to_vec(),
    }
}

/// What the training of a cell took.
fn made() -> Made {
    Made {
        blemore: "0.0.1".to_owned(),
        libtorch: Some("2.11.0".to_owned()),
        began: "2026-01-02T03:04:05Z".to_owned(),
        seconds: 90.0,
        processor: "A processor".to_owned(),
        threads: 2,
        device: "cpu".to_owned(),
    }
}

/// Writes the result of a cell.
pub(crate) fn write(folder: &ResultsFolder, run: &Run, cell: &Cell) {
    write_made(folder, run, cell, Some(made()));
}

/// Writes the result of a cell, and how it was made.
pub(crate) fn write_made(folder: &ResultsFolder, run: &Run, cell: &Cell, made: Option<Made>) {
    let epoch = |epoch: usize| EpochRecord {
        epoch,
        train_loss: 1.0 / epoch as f64,
        alpha: 0.1,
        beta: 0.1,
        acc_presence: if epoch == 2 { 0.5 } else { 0.4 },
        ..EpochRecord::default()
    };
    let result = CellResult {
        cell: cell.clone(),
        run: run.id.clone(),
        seed: run.recipe.seed,
        expected_score: None,
        encoders: Vec::new(),
        best: epoch(2),
        epochs: (1..=run.recipe.epochs).map(epoch).collect(),
    };
    let clips = FOLDS[cell.fold as usize].map(|clip| clip.parse().unwrap()).to_vec();
    let rows = vec![[0.95, 0.01, 0.01, 0.01, 0.01, 0.01]; clips.len()];
    let table = ProbabilityTable::new(clips, Probabilities::new(rows).unwrap()).unwrap();
    let fill = |draft: &Path| -> Result<(), Error> { Ok(table.write(draft.join(PROBABILITIES_FILE))?) };
    folder.write(&result, made, fill).unwrap();
}
