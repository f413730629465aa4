//! One thread's work: a file to a row.

use super::outcomes::About;
use super::source::{ClipArray, Reader, Source};
use super::{ClipProblem, FolderAggregation};
use crate::npy::{Frames, narrow};
use crate::npz::Archive;
use crate::{Mending, Workspace};

/// The statistics of one clip.
pub(super) struct Row {
    pub(super) values: Vec<f32>,
    pub(super) mending: Option<Mending>,
    pub(super) about: About,
}

/// Reads and aggregates one clip after another, in the same memory.
pub(super) struct Worker<'a> {
    settings: &'a FolderAggregation,
    archive: Option<&'a Archive<'a>>,
    reader: Reader,
    workspace: Workspace,
}

impl<'a> Worker<'a> {
    pub(super) fn new(settings: &'a FolderAggregation, archive: Option<&'a Archive<'a>>) -> Self {
        Self { settings, archive, reader: Reader::default(), workspace: Workspace::new() }
    }

    /// Aggregates a clip.
    pub(super) fn run(&mut self, source: &Source) -> Result<Row, ClipProblem> {
        let FolderAggregation { aggregator, non_finite, options, .. } = self.settings;
        let workspace = &mut self.workspace;
        self.reader.read(&source.path, &source.place, self.archive, options.layer, |array| {
            let ClipArray { frames, about } = array;
            let dimensions = about.dimensions;
            let statistic = |place: usize, value: f64| {
                let statistic = aggregator.statistics()[place / dimensions].to_string();
                ClipProblem::Statistic { statistic, dimension: place % dimensions, value }
            };
            let mut values = vec![0.0; aggregator.output_len(dimensions)];
            let mending = match frames {
                Frames::F32(frames) => {
                    let (frames, mending) = non_finite.mend(frames);
                    aggregator
                        .aggregate_with(workspace, frames.view(), &mut values)
                        .map_err(ClipProblem::Aggregation)?;
                    if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                        return Err(statistic(place, values[place].into()));
                    }
                    mending
                }
                Frames::F64(frames) => {
                    let (frames, mending) = non_finite.mend(frames);
                    let row = aggregator.aggregate_f64(frames.view()).map_err(ClipProblem::Aggregation)?;
                    for (place, (value, double)) in values.iter_mut().zip(row).enumerate() {
                        *value = narrow(double);
                        if !value.is_finite() {
                            return Err(statistic(place, double));
                        }
                    }
                    mending
                }
            };
            Ok(Row { values, mending, about })
        })
    }
}
