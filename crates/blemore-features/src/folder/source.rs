//! Where the array of a clip lies.

use std::path::PathBuf;

use blemore_labels::ClipName;

use crate::array_file::{ArrayReader, ClipArray};
use crate::npy::Layer;
use crate::npz::Archive;
use crate::{ClipFault, ClipProblem};

/// The array of one clip.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) clip: ClipName,
    /// The file or folder; of a member, the archive and below it the member's name.
    pub(super) path: PathBuf,
    pub(super) place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A `.npy` file.
    Npy,
    /// An `.npz` file with this one array.
    Npz,
    /// An array of this name in the archive that holds all clips.
    Member(String),
    /// A folder of `.npy` files, one per frame, in this order.
    Frames(Vec<PathBuf>),
}

impl Source {
    pub(super) fn fault(&self, problem: ClipProblem) -> ClipFault {
        ClipFault { path: self.path.clone(), clip: Some(self.clip.clone()), problem }
    }

    /// Reads the array; `archive` is the one that holds all clips.
    pub(super) fn read<'r>(
        &self,
        reader: &'r mut ArrayReader,
        archive: Option<&Archive<'_>>,
        layer: Option<Layer>,
    ) -> Result<ClipArray<'r>, ClipProblem> {
        match (&self.place, archive) {
            (Place::Member(name), Some(archive)) => reader.member(archive, name, layer),
            (Place::Frames(files), _) => reader.stack(files, layer),
            _ => reader.read(&self.path, layer),
        }
    }
}
