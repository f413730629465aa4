//! Which rows of the tables a dataset has features for, and how their features are read.

use std::num::NonZeroUsize;

use blemore_base::{Listener, Progress};
use blemore_data::{Dataset, Encoder, FeatureSource, Modality, Source, Standing};
use blemore_features::{Aggregator, FeatureFolder, FeatureTable, Statistic};
use blemore_run::paper;
use blemore_run::results::folder::unique_name;
use serde::Serialize;

use super::TableRow;
use crate::Error;

/// The results folder of HiCMAE's row, where the whole network is trained.
pub(super) const FINE_TUNED_FOLDER: &str = "HiCMAE_fine-tuned";

/// How the features of a row become a model's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Seven statistics per dimension; Linear, MLP-256 and MLP-512 with KL divergence.
    Aggregated,
    /// The mean of a clip's views; a linear head with soft cross-entropy.
    HiCmaeHead,
    /// A whole network on faces and sound, with soft cross-entropy.
    HiCmaeFineTuned,
    /// One example per row of a clip's array; the logits of a clip's rows are averaged (Table III).
    Subsampled,
}

/// A row to compute.
pub(super) struct RowPlan<'a> {
    /// One feature set, or those of an early fusion, each with its position in [`Dataset::feature_sets`]; none of a whole
    /// network.
    pub(super) sets: Vec<(usize, &'a FeatureSource)>,
    pub(super) protocol: Protocol,
}

impl<'a> RowPlan<'a> {
    fn sources(&self) -> impl Iterator<Item = &'a FeatureSource> {
        self.sets.iter().map(|(_, source)| *source)
    }

    /// The feature sets; those of the paper have the names in its table. No other row of the table has this name.
    pub(super) fn name(&self) -> String {
        if self.protocol == Protocol::HiCmaeFineTuned {
            return Encoder::HiCmae.to_string();
        }
        joined(self.sources().map(FeatureSource::title))
    }

    /// The name of the row's features in its results. It also says how they become a model's input.
    pub(super) fn features(&self) -> String {
        match self.protocol {
            Protocol::Aggregated | Protocol::HiCmaeHead => self.name(),
            Protocol::HiCmaeFineTuned => format!("{} fine-tuned", self.name()),
            Protocol::Subsampled => format!("{}, subsampled", self.name()),
        }
    }

    /// The name of the row's results folder. No other row of any table has it, even if upper and lower case count as
    /// equal.
    ///
    /// What distinguishes a set comes after a `-`, which no encoder's name has; a `+` in it is replaced.
    pub(super) fn folder(&self) -> String {
        if self.protocol == Protocol::HiCmaeFineTuned {
            return FINE_TUNED_FOLDER.to_owned();
        }
        let protocol = if self.protocol == Protocol::Subsampled { "_subsampled" } else { "" };
        let of_sets = self.sources().map(|source| match (source.encoder(), source.standing()) {
            (Encoder::Other(name), _) => unique_name(name) + protocol,
            (encoder, Standing::Published) => encoder.to_string().replace(' ', "_") + protocol,
            (encoder, Standing::Only | Standing::Other) => {
                let encoder = encoder.to_string().replace(' ', "_");
                format!("{encoder}{protocol}-{}", unique_name(source.name()))
            }
        });
        of_sets.collect::<Vec<_>>().join("+")
    }

    /// The names of its feature sets on disk.
    pub(super) fn set_names(&self) -> Vec<String> {
        self.sources().map(|source| source.name().to_owned()).collect()
    }

    pub(super) fn is_generated(&self) -> bool {
        self.sources().any(|source| matches!(source.encoder(), Encoder::Generated(_)))
    }

    /// The paper's row that is shown beside it: that of the same encoders, or for generated features of encoders of the
    /// same modality. None for a set that is neither the paper's own nor the only one of its encoder.
    pub(super) fn paper_row(&self) -> Option<&'static paper::PublishedRow> {
        let counterpart = |source: &FeatureSource| match source.encoder() {
            Encoder::Generated(Modality::Video) => Encoder::ImageBind.to_string(),
            Encoder::Generated(Modality::Audio) => Encoder::WavLm.to_string(),
            other => other.to_string(),
        };
        let is_unknown = |source: &FeatureSource| matches!(source.encoder(), Encoder::Other(_));
        if self.sources().any(|source| is_unknown(source) || source.standing() == Standing::Other) {
            return None;
        }
        let name = joined(self.sources().map(counterpart));
        match self.protocol {
            Protocol::Aggregated | Protocol::HiCmaeHead => paper::table_ii(&name),
            Protocol::HiCmaeFineTuned => paper::table_ii(&self.name()),
            Protocol::Subsampled => paper::table_iii(&name),
        }
    }

    /// The encoders, as the paper's table writes them.
    fn encoders(&self) -> String {
        if self.protocol == Protocol::HiCmaeFineTuned {
            return self.name();
        }
        joined(self.sources().map(|source| source.encoder().to_string()))
    }
}

fn joined(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(paper::FUSION_SEPARATOR)
}

/// One row per feature set. Then, for each early fusion of the paper, one row per pair of a set of its video encoder and
/// a set of its audio encoder. At last the row of a whole HiCMAE, if it is trained: then there is none of its features.
pub(super) fn rows(dataset: &Dataset, is_fine_tuned: bool) -> Vec<RowPlan<'_>> {
    let sets = dataset.feature_sets().iter().enumerate();
    let has_row =
        |(_, set): &(usize, &FeatureSource)| !(is_fine_tuned && matches!(set.encoder(), Encoder::HiCmae));
    let sets: Vec<(usize, &FeatureSource)> = sets.filter(has_row).collect();
    let of_encoder = |name: &str| {
        sets.iter().copied().filter(|(_, set)| set.encoder().to_string() == name).collect::<Vec<_>>()
    };
    let singles = sets.iter().map(|set| RowPlan {
        sets: vec![*set],
        protocol: match set.1.encoder() {
            Encoder::HiCmae => Protocol::HiCmaeHead,
            _ => Protocol::Aggregated,
        },
    });
    let generated =
        [Modality::Video, Modality::Audio].map(|modality| Encoder::Generated(modality).to_string());
    let pairs =
        paper::fusions().map(|(video, audio)| [video.to_owned(), audio.to_owned()]).chain([generated]);
    let fusions = pairs.flat_map(|[video, audio]| {
        let audio = of_encoder(&audio);
        let with_each = |video| {
            let pair = |audio: &_| RowPlan { sets: vec![video, *audio], protocol: Protocol::Aggregated };
            audio.iter().map(pair).collect::<Vec<_>>()
        };
        of_encoder(&video).into_iter().flat_map(with_each).collect::<Vec<_>>()
    });
    let network = is_fine_tuned.then(|| RowPlan { sets: Vec::new(), protocol: Protocol::HiCmaeFineTuned });
    singles.chain(fusions).chain(network).collect()
}

/// One row of Table III per feature set of its encoders whose arrays are there: a table of descriptors no longer has
/// rows.
pub(super) fn subsampled_rows(dataset: &Dataset) -> Vec<RowPlan<'_>> {
    let sets = dataset.feature_sets().iter().enumerate();
    let has_arrays = |source: &FeatureSource| matches!(source.train(), Source::Folder(_));
    let in_table = |source: &FeatureSource| paper::table_iii(&source.encoder().to_string()).is_some();
    let sets = sets.filter(|(_, source)| has_arrays(source) && in_table(source));
    sets.map(|set| RowPlan { sets: vec![set], protocol: Protocol::Subsampled }).collect()
}

/// The rows of the paper's table without features of their encoders, except the trivial ones.
pub(super) fn missing(plans: &[RowPlan<'_>]) -> Vec<&'static str> {
    let has_features = |row: &&str| plans.iter().any(|plan| plan.encoders() == **row);
    published_rows().filter(|row| !has_features(row)).collect()
}

/// The rows of the paper's table that are beside no row although there are features of their encoders: there are several
/// sets, and none has the paper's name.
pub(super) fn ambiguous(plans: &[RowPlan<'_>], rows: &[TableRow]) -> Vec<&'static str> {
    let missing = missing(plans);
    let is_beside =
        |name: &&str| rows.iter().any(|row| row.paper.is_some_and(|paper| paper.encoder == *name));
    published_rows().filter(|name| !missing.contains(name) && !is_beside(name)).collect()
}

fn published_rows() -> impl Iterator<Item = &'static str> {
    let names = paper::TABLE_II.iter().map(|row| row.encoder);
    names.filter(|name| ![paper::SINGLE_EMOTION_ROW, paper::BLEND_ROW].contains(name))
}

/// Aggregates a folder of arrays, or reads a table.
pub(super) fn read(
    source: &Source,
    encoder: &Encoder,
    jobs: Option<NonZeroUsize>,
    progress: Listener<'_>,
) -> Result<FeatureTable, Error> {
    let say = |note: &str| progress(Progress::Note { path: source.path(), note });
    let table = match source {
        Source::Table(path) => {
            let table = FeatureTable::read(path)?;
            table.require_one_row_per_clip()?;
            Ok(table)
        }
        Source::Folder(path) => {
            let aggregator = match encoder {
                Encoder::HiCmae => {
                    Aggregator::new([Statistic::Mean]).map_err(blemore_features::Error::from)?
                }
                _ => Aggregator::default(),
            };
            let report = FeatureFolder::new(path).threads(jobs).aggregate(&aggregator, progress)?;
            if let Some(dropped) = &report.dropped_axes {
                say(&dropped.to_string());
            }
            Ok::<_, Error>(report.table)
        }
    }?;
    table.notes().iter().for_each(|note| say(note));
    Ok(table)
}
