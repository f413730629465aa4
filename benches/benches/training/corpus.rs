//! Generated clips, for both sides the same.

use std::path::Path;

use blemore_benches::{pseudo_random, write_npy};
use blemore_features::{FeatureTable, Standardizer};
use blemore_labels::{ClipName, Label};
use blemore_models::Examples;
use ndarray::Array2;

use crate::FOLDS;

/// Clips near a pattern of their label, in folds one after the other.
pub(crate) struct Corpus {
    table: FeatureTable,
    labels: Vec<Label>,
}

impl Corpus {
    pub(crate) fn generate(clips: usize, width: usize) -> Self {
        let all: Vec<Label> = Label::all().collect();
        let labels: Vec<Label> = (0..clips).map(|clip| all[clip * 7919 % all.len()]).collect();
        let mut next = pseudo_random();
        let features = Array2::from_shape_fn((clips, width), |(clip, column)| {
            let noise = next() - 0.5;
            noise * 4.0 + labels[clip].salience().as_array()[column % 6]
        });
        let names = (0..clips).map(|clip| format!("test_{clip:04}").parse::<ClipName>().unwrap());
        Self { table: FeatureTable::new(names, features).unwrap(), labels }
    }

    fn rows(&self, keep: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.labels.len()).filter(|row| keep(row % FOLDS)).collect()
    }

    pub(crate) fn n_train(&self, fold: usize) -> usize {
        self.rows(|of_row| of_row != fold).len()
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.table.n_bytes()
    }

    pub(crate) fn width(&self) -> usize {
        self.table.width()
    }

    /// Training and validation part of a fold, standardised by the former.
    pub(crate) fn split(&self, fold: usize) -> (Examples<'_>, Examples<'_>) {
        let (train, validation) = (self.rows(|of_row| of_row != fold), self.rows(|of_row| of_row == fold));
        let standardizer = Standardizer::fit(self.table.rows(&train).unwrap()).unwrap();
        let part = |rows: &[usize]| {
            let labels = rows.iter().map(|row| self.labels[*row]).collect();
            let rows = self.table.rows(rows).unwrap();
            Examples::new(standardizer.apply(rows).unwrap(), labels).unwrap()
        };
        (part(&train), part(&validation))
    }

    /// Writes the arrays that the peer reads.
    pub(crate) fn write(&self, folder: &Path) {
        let (clips, width) = (self.labels.len(), self.table.width());
        let features = self.table.values();
        write_npy(
            &folder.join("features.npy"),
            "<f4",
            &[clips, width],
            features.iter().map(|value| value.to_le_bytes()),
        );
        let saliences = self.labels.iter().flat_map(|label| label.salience().as_array());
        write_npy(&folder.join("targets.npy"), "<f4", &[clips, 6], saliences.map(f32::to_le_bytes));
        let folds = (0..clips).map(|row| ((row % FOLDS) as i64).to_le_bytes());
        write_npy(&folder.join("folds.npy"), "<i8", &[clips], folds);
    }
}
