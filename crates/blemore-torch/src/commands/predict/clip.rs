//! `blemore predict --clip`: from one video or sound file to a label.

use std::collections::BTreeMap;
use std::path::Path;

use blemore::decode::TrainedDecoder;
use blemore::eval::Thresholds;
use blemore::features::ndarray::Axis;
use blemore::features::{Aggregator, Error, FeatureMatrix, FeatureTable, Origin, fuse};
use blemore::labels::{ClipName, Emotion, Label};
use blemore::run::OutputTables;
use blemore_cli::Failure;
use blemore_cli::arguments::Predict;
use blemore_cli::output::{Output, table};
use blemore_encoders::{Encoder, EncoderOptions};
use blemore_media::Ffmpeg;
use serde::Serialize;

/// What is printed.
#[derive(Serialize)]
struct Document {
    clip: String,
    label: String,
    probabilities: BTreeMap<String, f64>,
    /// How the probabilities became a label, unless a decoder was given or the head gives labels.
    thresholds: Option<Thresholds>,
    /// The feature set that the checkpoint was trained on.
    trained_on: String,
    model: String,
    /// Whether an encoder has random weights: then the label means nothing.
    random_weights: bool,
}

pub(super) fn run(output: Output, arguments: &Predict, clip: &Path) -> Result<(), Failure> {
    let checkpoint = super::read_checkpoint(&arguments.checkpoint)?;
    let decoder = arguments.decoder.as_ref().map(TrainedDecoder::read).transpose()?;
    if checkpoint.origins().is_empty() {
        return Err(Failure::input(format!(
            "{} does not know how its features were made: they did not come from arrays of `blemore encode`",
            arguments.checkpoint.display()
        )));
    }
    let folder = arguments.checkpoints();
    let ffmpeg = Ffmpeg::find(arguments.ffmpeg.as_deref())?;
    let name = name_of(output, clip, |name| checkpoint.has_seen(name))?;
    let mut tables = Vec::new();
    // One network is in memory at a time.
    for origin in checkpoint.origins() {
        let encoder =
            Encoder::of_recipe(&origin.recipe, folder.as_deref(), &ffmpeg, EncoderOptions::default())?;
        let encoding = encoder.encode(clip)?;
        encoding.notes.iter().for_each(|note| output.note(format!("{}: {note}", clip.display())));
        tables.push(features(origin, &name, &encoding.features)?);
    }
    let features = match &tables[..] {
        [one] => one,
        several => &fuse(several)?,
    };
    let found = checkpoint.outputs(features)?.to_tables(vec![name])?;
    let labels = super::labels((checkpoint.feature_set(), checkpoint.decision()), decoder.as_ref(), &found)?;
    let random_weights = checkpoint.origins().iter().any(Origin::is_random);
    if random_weights {
        output.note("The label means nothing: an encoder has random weights.");
    }
    let thresholds = checkpoint.decision().thresholds().filter(|_| decoder.is_none());
    let model = checkpoint.model().architecture().to_string();
    let predicted = Predicted { clip, tables: &found, labels, thresholds };
    predicted.show(output, (model, checkpoint.feature_set()), random_weights)
}

/// What was predicted of one clip.
pub(super) struct Predicted<'a> {
    pub(super) clip: &'a Path,
    /// Of this clip alone.
    pub(super) tables: &'a OutputTables,
    pub(super) labels: Vec<Label>,
    /// How the probabilities became a label, unless a decoder was given or the head gives labels.
    pub(super) thresholds: Option<Thresholds>,
}

impl Predicted<'_> {
    /// Prints it, with the model and what that was trained on.
    pub(super) fn show(
        self,
        output: Output,
        (model, trained_on): (String, &str),
        random_weights: bool,
    ) -> Result<(), Failure> {
        let row = self.tables.emotions.probabilities().rows()[0];
        let document = Document {
            clip: self.clip.display().to_string(),
            label: self.labels[0].to_string(),
            probabilities: Emotion::ALL.iter().map(Emotion::to_string).zip(row).collect(),
            thresholds: self.thresholds,
            trained_on: trained_on.to_owned(),
            model,
            random_weights,
        };
        output.result(&document, text)
    }
}

/// The name of a clip's file as a clip has it, whatever the file is called: nothing but the name is read from it.
pub(super) fn name_of(
    output: Output,
    clip: &Path,
    has_seen: impl Fn(&ClipName) -> bool,
) -> Result<ClipName, Failure> {
    let name = clip.file_name().and_then(|name| ClipName::parse(&name.to_string_lossy()).ok());
    if name.as_ref().is_some_and(has_seen) {
        output.note(format!(
            "{}: this clip was in the training part of the checkpoint: what it says of it is no test",
            clip.display()
        ));
    }
    let name = name.map_or_else(|| ClipName::parse("test_0001"), Ok);
    name.map_err(|error| Failure::input(error.to_string()))
}

/// The rows of the clip, or their statistics as one row.
fn features(origin: &Origin, name: &ClipName, rows: &FeatureMatrix) -> Result<FeatureTable, Failure> {
    let values = if origin.statistics.is_empty() {
        rows.frames().to_owned()
    } else {
        let aggregator = Aggregator::new(origin.statistics.iter().copied()).map_err(Error::from)?;
        aggregator.aggregate(rows.frames()).map_err(Error::from)?.insert_axis(Axis(0))
    };
    let names = std::iter::repeat_n(name.clone(), values.nrows());
    Ok(FeatureTable::new(names, values)?)
}

fn text(document: &Document) -> String {
    let probability = |emotion: Emotion| {
        let name = emotion.to_string();
        let probability = document.probabilities.get(&name).copied().unwrap_or_default();
        vec![name, format!("{probability:.3}")]
    };
    let mut text = format!("{}: {}\n\n", document.clip, document.label);
    text.push_str(&table(&["emotion", "probability"], 1, Emotion::ALL.map(probability).to_vec()));
    text.push_str(&format!("\n{} trained on {}", document.model, document.trained_on));
    if let Some(Thresholds { alpha, beta }) = document.thresholds {
        text.push_str(&format!("; alpha {alpha:.3}, beta {beta:.3}"));
    }
    text
}
