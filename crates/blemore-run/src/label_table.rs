//! Tables of the probabilities of the 36 labels on disk: `filename,ang,...,hap+sad 30/70`.

use std::path::{Path, PathBuf};

use blemore_base::read_input;
use blemore_eval::Probabilities;
use blemore_labels::{ClipName, Label};

use crate::Error;
use crate::results::folder::write_whole;

const CLIP_COLUMN: &str = "filename";

/// The probability of each label for N named clips, shape `(N, 36)`. It is read as it was written: results alone have it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LabelTable {
    clips: Vec<ClipName>,
    probabilities: Probabilities<f32, { Label::COUNT }>,
}

impl LabelTable {
    /// One name per row.
    pub(crate) fn new(clips: Vec<ClipName>, probabilities: Probabilities<f32, { Label::COUNT }>) -> Self {
        Self { clips, probabilities }
    }

    pub(crate) fn clips(&self) -> &[ClipName] {
        &self.clips
    }

    pub(crate) fn probabilities(&self) -> &Probabilities<f32, { Label::COUNT }> {
        &self.probabilities
    }

    /// Writes the table so that [`LabelTable::read`] gives back the same values to the last bit.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let mut text = header();
        for (clip, row) in self.clips.iter().zip(&self.probabilities) {
            text.push_str(clip.as_str());
            row.iter().for_each(|value| text.extend([",", &value.to_string()]));
            text.push('\n');
        }
        write_whole(path, text.as_bytes())
    }

    /// # Errors
    /// [`Error::Read`]; [`Error::Damaged`] for anything but what [`LabelTable::write`] writes.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let bytes = read_input(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let damaged = |problem: String| Error::Damaged { path: PathBuf::from(path), problem };
        let text = String::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
        let rows = text
            .strip_prefix(&header())
            .ok_or_else(|| damaged("its first line does not name the 36 labels".to_owned()))?;
        let (mut clips, mut values) = (Vec::new(), Vec::new());
        for (line, row) in (2..).zip(rows.lines()) {
            let (clip, row) = parse(row)
                .ok_or_else(|| damaged(format!("line {line} is not a clip with {} numbers", Label::COUNT)))?;
            clips.push(clip);
            values.push(row);
        }
        let probabilities = Probabilities::new(values)?;
        Ok(Self { clips, probabilities })
    }
}

fn header() -> String {
    let names = Label::all().map(|label| label.to_string());
    let columns: Vec<String> = std::iter::once(CLIP_COLUMN.to_owned()).chain(names).collect();
    columns.join(",") + "\n"
}

fn parse(row: &str) -> Option<(ClipName, [f32; Label::COUNT])> {
    let (clip, numbers) = row.split_once(',')?;
    let numbers: Vec<f32> = numbers.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    Some((clip.parse().ok()?, numbers.try_into().ok()?))
}
