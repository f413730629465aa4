//! What is known about the faces of a clip.

use serde::{Deserialize, Serialize};

/// The faces that the built-in detector found in a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceFacts {
    /// Frames that were looked at.
    pub frames: usize,
    /// Those in which the face was found.
    pub found: usize,
    /// People whose face is there in a tenth of the frames or more; one at least.
    pub people: usize,
}

impl FaceFacts {
    /// What a user should know about the clip, one sentence per point.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let Self { frames, found, people } = self;
        if found < frames {
            let where_else = "elsewhere its place is that between the frames before and after";
            notes.push(format!("the face was found in {found} of {frames} frames; {where_else}"));
        }
        if *people > 1 {
            notes.push(format!("{people} people: the face that is the largest over all frames was taken"));
        }
        notes
    }
}
