//! Which rows of the tables a dataset has features for, and how their features are read.

use std::num::NonZeroUsize;

use blemore_data::{Dataset, Encoder, FeatureSource, Modality, Source};
use blemore_features::{Aggregator, FeatureTable, FolderAggregation, Statistic};
use blemore_run::paper;
use serde::Serialize;

use super::TableRow;
use crate::Error;

/// How the features of a row become a model's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Seven statistics a dimension; Linear, MLP-256 and MLP-512 with KL divergence.
    Aggregated,
    /// A clip's views averaged; a linear head with soft cross-entropy.
    HiCmaeHead,
    /// Every row of a clip's array an example, the logits of a clip's rows averaged (Table III).
    Subsampled,
}

/// A row to compute.
pub(super) struct RowPlan<'a> {
    /// One encoder, or those of an early fusion.
    pub(super) sources: Vec<&'a FeatureSource>,
    pub(super) protocol: Protocol,
}

impl RowPlan<'_> {
    /// The encoders, as the paper's table writes them.
    pub(super) fn name(&self) -> String {
        let names: Vec<String> = self.sources.iter().map(|source| source.encoder().to_string()).collect();
        names.join(paper::FUSION_SEPARATOR)
    }

    pub(super) fn is_generated(&self) -> bool {
        self.sources.iter().any(|source| matches!(source.encoder(), Encoder::Generated(_)))
    }

    /// The paper's row to stand beside: its own, or for generated features that of an encoder of the same modality.
    pub(super) fn paper_row(&self) -> Option<&'static paper::PublishedRow> {
        let counterpart = |source: &&FeatureSource| match source.encoder() {
            Encoder::Generated(Modality::Video) => Encoder::ImageBind.to_string(),
            Encoder::Generated(Modality::Audio) => Encoder::WavLm.to_string(),
            other => other.to_string(),
        };
        let names: Vec<String> = self.sources.iter().map(counterpart).collect();
        let name = names.join(paper::FUSION_SEPARATOR);
        match self.protocol {
            Protocol::Aggregated | Protocol::HiCmaeHead => paper::table_ii(&name),
            Protocol::Subsampled => paper::table_iii(&name),
        }
    }
}

/// A row for each encoder, then one for each early fusion of the paper, video with audio.
pub(super) fn rows(dataset: &Dataset) -> Vec<RowPlan<'_>> {
    let sources = dataset.feature_sets();
    let find = |name: &str| sources.iter().find(|source| source.encoder().to_string() == name);
    let singles = sources.iter().map(|source| RowPlan {
        sources: vec![source],
        protocol: match source.encoder() {
            Encoder::HiCmae => Protocol::HiCmaeHead,
            _ => Protocol::Aggregated,
        },
    });
    let generated =
        [Modality::Video, Modality::Audio].map(|modality| Encoder::Generated(modality).to_string());
    let pairs =
        paper::fusions().map(|(video, audio)| [video.to_owned(), audio.to_owned()]).chain([generated]);
    let fusions = pairs.filter_map(|[video, audio]| {
        let sources = vec![find(&video)?, find(&audio)?];
        Some(RowPlan { sources, protocol: Protocol::Aggregated })
    });
    singles.chain(fusions).collect()
}

/// A row of Table III for each of its encoders whose arrays are there: a table of descriptors has no rows left.
pub(super) fn subsampled_rows(dataset: &Dataset) -> Vec<RowPlan<'_>> {
    let has_arrays = |source: &&FeatureSource| matches!(source.train(), Source::Folder(_));
    let in_table = |source: &&FeatureSource| paper::table_iii(&source.encoder().to_string()).is_some();
    let sources = dataset.feature_sets().iter().filter(has_arrays).filter(in_table);
    sources.map(|source| RowPlan { sources: vec![source], protocol: Protocol::Subsampled }).collect()
}

/// The rows of the paper's table, the trivial ones apart, that none of `rows` is.
pub(super) fn missing(rows: &[TableRow]) -> Vec<&'static str> {
    paper::TABLE_II
        .iter()
        .map(|row| row.encoder)
        .filter(|name| ![paper::SINGLE_EMOTION_ROW, paper::BLEND_ROW].contains(name))
        .filter(|name| !rows.iter().any(|row| row.encoder == *name))
        .collect()
}

/// Aggregates a folder of arrays, or reads a table.
pub(super) fn read(
    source: &Source,
    encoder: &Encoder,
    jobs: Option<NonZeroUsize>,
    on_clip: &dyn Fn(usize, usize),
) -> Result<FeatureTable, Error> {
    match source {
        Source::Table(path) => Ok(FeatureTable::read(path)?),
        Source::Folder(path) => {
            let aggregator = match encoder {
                Encoder::HiCmae => {
                    Aggregator::new([Statistic::Mean]).map_err(blemore_features::Error::from)?
                }
                _ => Aggregator::default(),
            };
            let mut aggregation = FolderAggregation::new(path).aggregator(aggregator);
            if let Some(jobs) = jobs {
                aggregation = aggregation.threads(jobs.get());
            }
            Ok(aggregation.run(&|progress| on_clip(progress.done, progress.total))?.table)
        }
    }
}
