//! One thread's work: a file to a row.

use super::source::{Reader, Source};
use super::{ClipProblem, FolderAggregation};
use crate::npz::Archive;
use crate::{Mending, Workspace};

/// The statistics of one clip.
pub(super) struct Row {
    pub(super) values: Vec<f32>,
    pub(super) about: About,
}

/// What is known of a clip besides its statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct About {
    /// Width D of the frames.
    pub(super) dimensions: usize,
    pub(super) mending: Option<Mending>,
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
        let FolderAggregation { aggregator, non_finite, .. } = self.settings;
        let workspace = &mut self.workspace;
        self.reader.read(&source.path, &source.place, self.archive, |array| {
            let (frames, mending) = non_finite.apply(array.frames().map_err(ClipProblem::Npy)?);
            let dimensions = frames.ncols();
            let mut values = vec![0.0; aggregator.output_len(dimensions)];
            aggregator
                .aggregate_with(workspace, frames.view(), &mut values)
                .map_err(ClipProblem::Aggregation)?;
            if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                let statistic = aggregator.statistics()[place / dimensions].to_string();
                let (dimension, value) = (place % dimensions, values[place]);
                return Err(ClipProblem::Statistic { statistic, dimension, value });
            }
            Ok(Row { values, about: About { dimensions, mending } })
        })
    }
}
