//! What is handed in at the challenge: a prediction for each clip that follows the rules, in a zip bundle.

pub(crate) mod bundle;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use blemore_base::atomic_write;
use blemore_labels::{ClipName, Label};

use crate::predictions::{WRAPPER_KEY, write_clips};
use crate::{Answer, Error, Issue, IssueKind, Predictions};

/// Predictions that may be submitted: one of the 36 labels for each clip, every expected clip once.
///
/// A submission cannot be built of anything else, and all that is wrong is reported at once.
///
/// ```
/// use blemore_eval::{Error, Predictions, Submission};
/// use blemore_labels::ClipName;
///
/// let expected = [ClipName::parse("test_0001.mov")?, ClipName::parse("test_0002.mov")?];
/// let predictions = Predictions::parse(br#"{"test_0001": [
///     {"emotion": "neu", "salience": 50}, {"emotion": "sad", "salience": 50}
/// ]}"#)?;
/// let Err(Error::Refused { issues }) = Submission::for_clips(&predictions, &expected) else { unreachable!() };
/// assert_eq!(issues.len(), 2, "neutral in a blend, and a clip without prediction");
///
/// let sad: blemore_labels::Label = "sad".parse()?;
/// let predictions: Predictions = expected.iter().map(|clip| (clip.clone(), sad)).collect();
/// let mut zip = Vec::new();
/// Submission::for_clips(&predictions, &expected)?.write_zip(&mut zip)?;
/// assert_eq!(Predictions::parse(&zip)?, predictions);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    labels: Vec<(ClipName, Label)>,
}

impl Submission {
    /// Checks predictions against the challenge's rules, whatever their clips: known emotions, one or two of them,
    /// neutral never in a blend, saliences 100 (or 1) alone, 50/50, 70/30 or 30/70, no clip twice.
    ///
    /// # Errors
    /// [`Error::Refused`] with every fault; [`Error::NoPredictions`].
    pub fn new(predictions: &Predictions) -> Result<Self, Error> {
        Self::unless(predictions.faults(), predictions)
    }

    /// Checks predictions against the rules and against the clips that the challenge expects, each of which must have
    /// one; the order of `clips` does not matter.
    ///
    /// # Errors
    /// [`Error::Refused`] with every fault; [`Error::NoPredictions`].
    pub fn for_clips<'a>(
        predictions: &Predictions,
        clips: impl IntoIterator<Item = &'a ClipName>,
    ) -> Result<Self, Error> {
        let expected: BTreeSet<&ClipName> = clips.into_iter().collect();
        let missing = expected.iter().filter(|clip| predictions.get(clip.as_str()).is_none());
        let missing = missing.map(|clip| Issue::new(*clip, IssueKind::NoPrediction));
        let unexpected = predictions.iter().filter(|(clip, _)| !expected.contains(clip));
        let unexpected = unexpected.map(|(clip, _)| Issue::new(clip, IssueKind::UnexpectedClip));
        let mut issues = predictions.faults();
        issues.extend(missing.chain(unexpected));
        Self::unless(issues, predictions)
    }

    fn unless(mut issues: Vec<Issue>, predictions: &Predictions) -> Result<Self, Error> {
        if !issues.is_empty() {
            issues.sort_by(|a, b| a.clip.cmp(&b.clip));
            return Err(Error::Refused { issues });
        }
        if predictions.is_empty() {
            return Err(Error::NoPredictions);
        }
        // Without a violation every answer is a label.
        let label = |(clip, answer): (&ClipName, &Answer)| Some((clip.clone(), answer.label()?));
        Ok(Self { labels: predictions.iter().filter_map(label).collect() })
    }

    /// The clips with their labels, in the order of the clips' names.
    pub fn labels(&self) -> &[(ClipName, Label)] {
        &self.labels
    }

    /// Writes the zip bundle: `submission_template.json`, which holds the predictions under the key `predictions`. The
    /// same labels give the same bytes. The file is there whole or not at all, and replaces one that was there.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        atomic_write(path, |file| self.write_zip(file))
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// Writes the bytes of the bundle.
    ///
    /// # Errors
    /// What `writer` says.
    pub fn write_zip(&self, writer: impl Write) -> io::Result<()> {
        bundle::write(writer, |json| self.write_document(json))
    }

    fn write_document(&self, json: &mut dyn Write) -> io::Result<()> {
        write!(json, "{{\"{WRAPPER_KEY}\": ")?;
        write_clips(&mut *json, self.labels.iter().map(|(clip, label)| (clip, Answer::from(*label))))?;
        json.write_all(b"}\n")
    }
}
