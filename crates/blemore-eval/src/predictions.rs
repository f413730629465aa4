//! What a system predicts for each clip, as its file says it.

mod answer;
mod json;

use std::io::{self, Write};
use std::path::Path;

use blemore_base::{atomic_write, read_input};
use blemore_labels::ClipName;

pub use self::answer::Answer;
pub(crate) use self::json::{WRAPPER_KEY, write_clips};
use crate::submission::bundle;
use crate::{Error, Issue, IssueKind};

/// One prediction per clip, in the order of the clips' names, with what was wrong in the file that they came from.
///
/// Files are JSON as the published baseline writes them, clip name to a list of `{"emotion": "hap", "salience": 70.0}`, or
/// the same under a top-level `predictions` key, or the challenge's zip bundle with such a file in it. Folders and
/// extensions are left out of the names. A legal prediction is kept in the space of its label. What does not follow the form
/// is kept too, as far as the published scorer would look at it, and reported.
///
/// ```
/// use blemore_eval::Predictions;
///
/// let json = br#"{
///     "A411_mix_ang_hap_30_70_ver1": [{"emotion": "hap", "salience": 70}, {"emotion": "ang", "salience": 30.0}],
///     "A102_ang_int1_ver1": [{"emotion": "ang", "salience": 1}]
/// }"#;
/// let predictions = Predictions::parse(json)?;
/// assert_eq!(predictions.len(), 2);
/// let answer = predictions.get("A411_mix_ang_hap_30_70_ver1").ok_or("no such clip")?;
/// assert_eq!(answer.label(), Some("ang+hap 30/70".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Predictions {
    entries: Vec<(ClipName, Answer)>,
    issues: Vec<Issue>,
    notes: Vec<String>,
}

impl Predictions {
    /// Reads a JSON file, or a zip bundle with one in it.
    ///
    /// # Errors
    /// [`Error::Read`] when the file cannot be read, [`Error::NotText`] and [`Error::Syntax`] when it is no JSON or no map,
    /// [`Error::NotPredictions`] when no key of it is a clip name, or when it is a zip without a usable JSON file. Faults of
    /// single predictions are no errors but [`Predictions::issues`] and [`Answer::rule_violations`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = read_input(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::parse(&bytes).map_err(|error| error.at(path))
    }

    /// Reads the bytes of a JSON file, or of a zip bundle.
    ///
    /// # Errors
    /// As [`Predictions::read`], without a path.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.starts_with(bundle::MAGIC) { json::read(&bundle::unpack(bytes)?) } else { json::read(bytes) }
    }

    /// Puts entries in the order of their clips; of a clip that comes again the last entry counts.
    fn from_entries(mut entries: Vec<(ClipName, Answer)>, mut issues: Vec<Issue>) -> Self {
        // Stable, so that of equal names the last one of the file stays the last.
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        for same in entries.chunk_by(|(a, _), (b, _)| a == b).filter(|same| same.len() > 1) {
            issues.push(Issue::new(&same[0].0, IssueKind::DuplicateClip { times: same.len() }));
        }
        entries.dedup_by(|later, earlier| {
            let is_again = later.0 == earlier.0;
            if is_again {
                std::mem::swap(later, earlier);
            }
            is_again
        });
        entries.shrink_to_fit();
        Self { entries, issues, notes: Vec::new() }
    }

    /// Writes a JSON file as the published baseline does: clip name to a list of emotions with saliences in percent, clips
    /// in the order of their names. The same predictions give the same bytes. The file is there whole or not at all, and
    /// replaces one that was there.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        atomic_write(path, |file| self.write_json(file))
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// Writes the text of such a file.
    ///
    /// # Errors
    /// What `writer` says.
    pub fn write_json(&self, mut writer: impl Write) -> io::Result<()> {
        write_clips(&mut writer, self.iter())?;
        writer.write_all(b"\n")
    }

    /// Number of clips.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no clip.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The clips with their predictions, in the order of the clips' names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&ClipName, &Answer)> {
        self.entries.iter().map(|(clip, answer)| (clip, answer))
    }

    /// The prediction of a clip, by its name without extension.
    pub fn get(&self, clip: &str) -> Option<&Answer> {
        let position = self.entries.binary_search_by(|(name, _)| name.as_str().cmp(clip)).ok()?;
        Some(&self.entries[position].1)
    }

    /// What was wrong with the form of the file: keys that are no clips, clips that come twice, saliences as text. What is
    /// wrong with the prediction of one clip is among [`Answer::rule_violations`].
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// What was wrong with the form of the file, and what the rules forbid.
    pub(crate) fn faults(&self) -> Vec<Issue> {
        let of_clip = |(clip, answer): (&ClipName, &Answer)| {
            let clip = clip.clone();
            answer.rule_violations().into_iter().map(move |kind| Issue::new(&clip, kind))
        };
        self.issues.iter().cloned().chain(self.iter().flat_map(of_clip)).collect()
    }

    /// What is worth saying of the file although nothing is wrong: folders left out of clip names.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl<A: Into<Answer>> FromIterator<(ClipName, A)> for Predictions {
    /// Of a clip that comes again the last prediction counts, and [`Predictions::issues`] says so.
    fn from_iter<I: IntoIterator<Item = (ClipName, A)>>(predictions: I) -> Self {
        let entries = predictions.into_iter().map(|(clip, answer)| (clip, answer.into())).collect();
        Self::from_entries(entries, Vec::new())
    }
}
