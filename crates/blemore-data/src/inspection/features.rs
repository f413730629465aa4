use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use blemore_features::{ArrayShape, ClipIndex, TableShape};
use blemore_labels::ClipName;
use blemore_media::Recipe;

use super::{Depth, Finding, side_files};
use crate::dataset::{has_extension, list};
use crate::{Alignment, Encoder, FeatureSource, Metadata, Modality, Source};

/// The features of an encoder.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FeatureSetSummary {
    /// The name on disk, without partition.
    pub name: String,
    /// The encoder.
    pub encoder: Encoder,
    /// What it perceives, where that is known.
    pub modality: Option<Modality>,
    /// The features of the training clips.
    pub train: SourceSummary,
    /// The features of the test clips.
    pub test: Option<SourceSummary>,
}

/// The features of one partition.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SourceSummary {
    /// Where they are.
    pub source: Source,
    /// The number of clips with features that can be read.
    pub clips: usize,
    /// Frames per clip, T; `None` for a table, which has one row per clip. How long a frame lasts depends on the encoder.
    pub frames: Option<Spread>,
    /// The widths found: D of arrays, 7 D of a table of descriptors. One, if all is well.
    pub widths: Vec<usize>,
    /// The types found, as numpy writes them (`<f4`).
    pub elements: Vec<String>,
    /// How the arrays were made, where side files tell it.
    pub origin: Option<Recipe>,
}

/// A few order statistics of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Spread {
    /// The smallest.
    pub min: usize,
    /// The one in the middle; of two, the smaller.
    pub median: usize,
    /// The largest.
    pub max: usize,
}

/// The clips whose features a source should hold.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Those of its partition.
    pub(super) own: Option<&'a Metadata>,
    /// Those of the other partition, when the same source serves both.
    pub(super) other: Option<&'a Metadata>,
}

impl FeatureSetSummary {
    pub(super) fn new(
        set: &FeatureSource,
        train: SourceSummary,
        test: Option<SourceSummary>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        // A folder of arrays beside a table has another width by its nature.
        if let Some(test) = &test
            && let ([train_width], [test_width]) = (&train.widths[..], &test.widths[..])
            && train.frames.is_some() == test.frames.is_some()
            && train_width != test_width
        {
            let (name, train, test) = (set.name().to_owned(), *train_width, *test_width);
            findings.push(Finding::PartitionWidths { name, train, test });
        }
        let encoder = set.encoder().clone();
        FeatureSetSummary { name: set.name().to_owned(), modality: encoder.modality(), encoder, train, test }
    }
}

impl SourceSummary {
    pub(super) fn of(
        source: &Source,
        expected: Expected<'_>,
        depth: Depth,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let (summary, clips) = match source {
            Source::Folder(folder) => of_folder(source, folder, depth, findings),
            Source::Table(path) => of_table(source, path, findings),
        };
        let could_be_read = summary.clips > 0;
        if let Some(own) = expected.own.filter(|_| could_be_read) {
            compare(source, &clips, own, expected.other, findings);
        }
        summary
    }
}

fn compare(
    source: &Source,
    clips: &ClipIndex,
    own: &Metadata,
    other: Option<&Metadata>,
    findings: &mut Vec<Finding>,
) {
    let path = || source.path().to_owned();
    let mut repeated: Vec<ClipName> = clips.repeated().cloned().collect();
    repeated.sort_unstable();
    let alignment = Alignment::new(clips, own, other);
    let (missing, strangers) = (alignment.clips_without_features(), alignment.features_without_clip());
    for (is_found, finding) in [
        (!repeated.is_empty(), Finding::RepeatedFeatures { path: path(), clips: repeated }),
        (!missing.is_empty(), Finding::ClipsWithoutFeatures { path: path(), clips: missing.to_vec() }),
        (!strangers.is_empty(), Finding::FeaturesWithoutClip { path: path(), clips: strangers.to_vec() }),
    ] {
        // A table of both partitions comes here twice.
        if is_found && !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}

fn of_table(source: &Source, path: &Path, findings: &mut Vec<Finding>) -> (SourceSummary, ClipIndex) {
    let (clips, widths, elements) = match TableShape::read(path) {
        Ok(TableShape { clips, width, element }) => (clips, vec![width], vec![element]),
        Err(error) => {
            findings.push(Finding::Unreadable { path: path.to_owned(), problem: error.to_string() });
            (ClipIndex::default(), Vec::new(), Vec::new())
        }
    };
    let (source, n_rows) = (source.clone(), clips.n_rows());
    (SourceSummary { source, clips: n_rows, frames: None, widths, elements, origin: None }, clips)
}

/// The clips are those of all files, readable or not: what cannot be read is reported as that alone.
fn of_folder(
    source: &Source,
    folder: &Path,
    depth: Depth,
    findings: &mut Vec<Finding>,
) -> (SourceSummary, ClipIndex) {
    let files = arrays(folder, findings);
    let mut shapes: Vec<(&Path, ArrayShape)> = Vec::with_capacity(files.len());
    let (archives, arrays): (Vec<&PathBuf>, Vec<&PathBuf>) =
        files.values().partition(|path| has_extension(path, "npz"));
    for path in arrays {
        match ArrayShape::read(path) {
            Ok(shape) => shapes.push((path, shape)),
            Err(error) => {
                findings.push(Finding::Unreadable { path: path.clone(), problem: error.to_string() });
            }
        }
    }
    let mut clips_of_width: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, shape) in &shapes {
        *clips_of_width.entry(shape.width).or_default() += 1;
    }
    if let Some((expected, _)) = clips_of_width.iter().max_by_key(|(_, clips)| **clips) {
        findings.extend(shapes.iter().filter(|(_, shape)| shape.width != *expected).map(|(path, shape)| {
            Finding::Width { path: (*path).to_owned(), expected: *expected, found: shape.width }
        }));
    }
    let mut elements: Vec<String> = shapes.iter().map(|(_, shape)| shape.element.clone()).collect();
    elements.sort_unstable();
    elements.dedup();
    let summary = SourceSummary {
        source: source.clone(),
        clips: archives.len() + shapes.len(),
        frames: Spread::of(shapes.iter().map(|(_, shape)| shape.frames).collect()),
        widths: clips_of_width.into_keys().collect(),
        elements,
        origin: side_files::look(files.values(), depth, findings),
    };
    (summary, files.into_keys().collect())
}

/// The array files of a folder by clip. Archives of one array, whose headers are not read, count where they
/// are named after a clip, as they do in an aggregation.
fn arrays(folder: &Path, findings: &mut Vec<Finding>) -> BTreeMap<ClipName, PathBuf> {
    let paths = list(folder).unwrap_or_else(|error| {
        findings.push(Finding::Unreadable { path: folder.to_owned(), problem: error.to_string() });
        Vec::new()
    });
    let mut files: BTreeMap<ClipName, PathBuf> = BTreeMap::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_archive = has_extension(&path, "npz");
        if !(is_archive || has_extension(&path, "npy")) {
            continue;
        }
        match ClipName::parse(&name) {
            Err(_) if is_archive => {}
            Err(error) => findings.push(Finding::Name { path, problem: error.to_string() }),
            Ok(clip) => match files.get(&clip) {
                Some(first) => {
                    let problem = format!("the clip's features are in {} already", first.display());
                    findings.push(Finding::Name { path, problem });
                }
                None => _ = files.insert(clip, path),
            },
        }
    }
    files
}

impl Spread {
    fn of(mut values: Vec<usize>) -> Option<Self> {
        values.sort_unstable();
        let (min, max) = (*values.first()?, *values.last()?);
        Some(Spread { min, median: values[(values.len() - 1) / 2], max })
    }
}
