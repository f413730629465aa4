//! Figure 5 of the paper: features of two emotions and their blend.

use blemore_eval::Truth;
use blemore_features::ndarray::{Array2, Axis};
use blemore_features::{FeatureTable, Pca, Scale, standardize_within_actors};
use blemore_figures::{ComponentPoint, Figure};
use blemore_labels::{Emotion, Label};

use crate::Error;

/// The components of a plane.
const PLANE: usize = 2;

/// Features of one set, standardised within each actor.
#[derive(Clone, Debug)]
pub struct ComponentFigures {
    title: String,
    /// The rows that have a label.
    values: Array2<f32>,
    labels: Vec<Label>,
}

impl ComponentFigures {
    /// Of all rows of a table. Labels come from `truth`, or else from the clips' names; rows without one are left out.
    ///
    /// # Errors
    /// [`Error::Features`] for clips whose name tells no actor.
    pub fn new(title: impl Into<String>, table: &FeatureTable, truth: Option<&Truth>) -> Result<Self, Error> {
        let standardized = standardize_within_actors(table)?;
        let index = table.index();
        let label = |row: &usize| {
            let clip = &index.clips()[index.clip_of_row()[*row]];
            match truth {
                Some(truth) => truth.label(clip.as_str()),
                None => clip.label(),
            }
        };
        let (rows, labels): (Vec<usize>, Vec<Label>) =
            (0..table.len()).filter_map(|row| Some((row, label(&row)?))).unzip();
        Ok(Self { title: title.into(), values: standardized.select(Axis(0), &rows), labels })
    }

    /// Clips of two emotions and of their blend in the plane of their two principal components, whitened.
    ///
    /// # Errors
    /// [`Error::Features`] where these clips have fewer than two components.
    pub fn figure(&self, pair: [Emotion; 2]) -> Result<Figure, Error> {
        let is_shown = |label: Label| label.presence().emotions().all(|emotion| pair.contains(&emotion));
        let rows: Vec<usize> = (0..self.labels.len()).filter(|&row| is_shown(self.labels[row])).collect();
        let values = self.values.select(Axis(0), &rows);
        let pca = Pca::fit(values.view(), PLANE)?;
        let projected = pca.apply(values.view(), Scale::Whitened)?;
        let points: Vec<ComponentPoint> = (rows.iter().zip(projected.rows()))
            .map(|(row, at)| ComponentPoint { label: self.labels[*row], at: [at[0], at[1]].map(f64::from) })
            .collect();
        let shares = pca.explained_variance_ratio();
        let share = |component: usize| shares.get(component).copied().unwrap_or_default();
        Ok(blemore_figures::components(&self.title, pair, &points, [share(0), share(1)]))
    }
}
