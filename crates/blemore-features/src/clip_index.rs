//! Which rows of a table belong to which clip.

use std::collections::HashMap;

use blemore_labels::ClipName;

/// The clips of the rows of a table: each clip once, with its rows. It is collected from the clip of each row.
///
/// ```
/// use blemore_features::ClipIndex;
///
/// let of_rows = ["test_0001", "test_0002", "test_0001"].map(|name| name.parse().unwrap());
/// let index: ClipIndex = of_rows.into_iter().collect();
/// assert_eq!((index.n_rows(), index.clips().len()), (3, 2));
/// assert_eq!(index.clip_of_row(), [0, 1, 0]);
/// assert_eq!(index.rows_of("test_0001"), [0, 2]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClipIndex {
    clips: Vec<ClipName>,
    positions: HashMap<ClipName, usize>,
    clip_of_row: Vec<usize>,
    rows: Vec<Vec<usize>>,
}

impl FromIterator<ClipName> for ClipIndex {
    fn from_iter<I: IntoIterator<Item = ClipName>>(clip_of_each_row: I) -> Self {
        let mut index = Self::default();
        for (row, clip) in clip_of_each_row.into_iter().enumerate() {
            let position = *index.positions.entry(clip).or_insert_with_key(|clip| {
                index.clips.push(clip.clone());
                index.rows.push(Vec::with_capacity(1));
                index.clips.len() - 1
            });
            index.rows[position].push(row);
            index.clip_of_row.push(position);
        }
        index
    }
}

impl ClipIndex {
    /// The clips, each once, in the order of their first rows.
    pub fn clips(&self) -> &[ClipName] {
        &self.clips
    }

    /// The position of a clip among [`clips`](Self::clips).
    pub fn position(&self, clip: &str) -> Option<usize> {
        self.positions.get(clip).copied()
    }

    /// The rows of a clip in ascending order, from 0; none for a clip that is not there.
    pub fn rows_of(&self, clip: &str) -> &[usize] {
        self.position(clip).map_or(&[], |position| &self.rows[position])
    }

    /// For each row its clip, as a position among [`clips`](Self::clips).
    pub fn clip_of_row(&self) -> &[usize] {
        &self.clip_of_row
    }

    /// Number R of rows.
    pub fn n_rows(&self) -> usize {
        self.clip_of_row.len()
    }

    /// The clips with several rows, each once, in the order of their first rows.
    pub fn repeated(&self) -> impl Iterator<Item = &ClipName> {
        self.clips.iter().zip(&self.rows).filter(|(_, rows)| rows.len() > 1).map(|(clip, _)| clip)
    }

    /// The rows of the clip at a position among [`clips`](Self::clips), in ascending order.
    ///
    /// # Panics
    /// When there is no such position.
    pub fn rows_at(&self, position: usize) -> &[usize] {
        &self.rows[position]
    }

    /// The clip of a row.
    pub(crate) fn clip_at(&self, row: usize) -> &ClipName {
        &self.clips[self.clip_of_row[row]]
    }
}
