//! The face of a clip: found in every frame, and cut out of it.

use blemore_media::{FaceFacts, Frames, Picture};

use super::alignment::{Alignment, Points, SIDE};
use super::detector::FaceDetector;
use super::path::smooth_path;
use super::tracking::{Track, Tracker};
use crate::Error;

/// A face that is there in this part of the frames, or more, is one of the people of a clip.
const PART_OF_CLIP: f64 = 0.1;

/// Where one face is in every frame of a clip.
///
/// Of several faces it is the one whose areas, summed over all frames in which it was found, are largest. In frames in
/// which it was not found its place is between those before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceTrack {
    points: Vec<Points>,
    facts: FaceFacts,
}

impl FaceTrack {
    /// What is known about the faces of the clip.
    pub fn facts(&self) -> &FaceFacts {
        &self.facts
    }

    /// The aligned face of a frame: a square of 160 pixels, the eyes level, where OpenFace's mean shape has them;
    /// `None` beyond the last frame.
    ///
    /// # Errors
    /// None in practice: a square has pixels.
    pub fn aligned(&self, frame: usize, picture: &Picture) -> Result<Option<Picture>, Error> {
        let Some(points) = self.points.get(frame) else { return Ok(None) };
        Ok(Some(Picture::new(SIDE, SIDE, Alignment::of(points).cut(picture))?))
    }
}

impl FaceDetector {
    /// Follows the face of a clip through its frames; `None` if no frame has one.
    ///
    /// # Errors
    /// Those of the frames; [`Error::Torch`].
    pub fn track(&self, frames: &mut Frames) -> Result<Option<FaceTrack>, Error> {
        let mut tracker = Tracker::new(self);
        for frame in frames {
            tracker.take(&frame?.picture)?;
        }
        let (tracks, frames) = tracker.end();
        let Some(main) = tracks.iter().max_by(|one, other| one.weight().total_cmp(&other.weight())) else {
            return Ok(None);
        };
        let is_person = |track: &&Track| track.faces().len() as f64 >= PART_OF_CLIP * frames as f64;
        let found: Vec<_> = main.faces().iter().map(|(frame, face)| (*frame, face.points)).collect();
        let people = tracks.iter().filter(is_person).count().max(1);
        let facts = FaceFacts { frames, found: found.len(), people };
        Ok(Some(FaceTrack { points: smooth_path(&found, frames), facts }))
    }
}
