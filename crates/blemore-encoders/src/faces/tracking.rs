//! Faces followed from frame to frame.
//!
//! - Every [`FULL_EVERY`]th frame the whole frame is looked at; also a frame in which a face is lost, and while there is
//!   none. In the other frames the second and the third network look at where each face should be now.
//! - A face continues the track of the frame before whose expected place it covers by [`SAME_PLACE`]; of several, the one
//!   that it looks most like. Any other face begins a track. No two tracks share a face ([`ONE_FACE`]).
//! - At the end, tracks that share no frame and look alike by [`SAME_LOOK`] are one person's, the most alike first: a face
//!   that was hidden or away is found again, wherever it returns.

use std::cmp::Ordering;

use blemore_media::Picture;

use super::bounds::Bounds;
use super::detector::{Face, FaceDetector};
use super::look::Look;
use crate::Error;

/// The whole frame is looked at once in so many frames.
const FULL_EVERY: usize = 10;
/// How much of the place where a face should be, and of where it is, must be common to both.
const SAME_PLACE: f32 = 0.3;
/// How alike two tracks of one person look. Of the faces of different people in `lfw_subset` (scikit-image), each in its
/// own photograph, 2 % of pairs are so alike.
const SAME_LOOK: f32 = 0.7;
/// From how much in common on two tracks are on one face.
const ONE_FACE: f32 = 0.5;

/// One person's face: the frames in which it was found.
#[derive(Debug)]
pub(super) struct Track {
    faces: Vec<(usize, Face)>,
    look: Look,
}

impl Track {
    /// The faces, with the numbers of their frames.
    pub(super) fn faces(&self) -> &[(usize, Face)] {
        &self.faces
    }

    /// The size of the face, summed over the frames.
    pub(super) fn weight(&self) -> f64 {
        self.faces.iter().map(|(_, face)| f64::from(face.bounds.area())).sum()
    }

    fn begin(frame: usize, seen: Seen) -> Self {
        Self { faces: vec![(frame, seen.face)], look: seen.look }
    }

    fn go_on(&mut self, frame: usize, seen: Seen) {
        self.look = self.look.mixed(self.faces.len(), &seen.look, 1);
        self.faces.push((frame, seen.face));
    }

    /// Takes over the faces of another track of the same person.
    fn join(&mut self, other: Self) {
        self.look = self.look.mixed(self.faces.len(), &other.look, other.faces.len());
        self.faces.extend(other.faces);
        self.faces.sort_by_key(|(frame, _)| *frame);
    }

    fn shares_a_frame(&self, other: &Self) -> bool {
        let has = |frame| self.faces.binary_search_by_key(&frame, |(frame, _)| *frame).is_ok();
        other.faces.iter().any(|(frame, _)| has(*frame))
    }

    /// Where the face should be in a frame: moved on as in the frame before; `None` if it was not found there.
    fn expected(&self, frame: usize) -> Option<Bounds> {
        let (last, face) = self.faces.last().filter(|(last, _)| last + 1 == frame)?;
        Some(match self.faces.iter().rev().nth(1) {
            Some((before, first)) if before + 1 == *last => face.bounds.moved_on_from(&first.bounds),
            _ => face.bounds,
        })
    }
}

/// A face in the frame that is looked at.
#[derive(Debug, Clone)]
struct Seen {
    face: Face,
    look: Look,
}

/// Follows all faces of a clip.
#[derive(Debug)]
pub(super) struct Tracker<'a> {
    detector: &'a FaceDetector,
    tracks: Vec<Track>,
    frames: usize,
}

impl<'a> Tracker<'a> {
    pub(super) fn new(detector: &'a FaceDetector) -> Self {
        Self { detector, tracks: Vec::new(), frames: 0 }
    }

    /// Looks at the next frame.
    pub(super) fn take(&mut self, picture: &Picture) -> Result<(), Error> {
        let frame = self.frames;
        self.frames += 1;
        let followed = match frame % FULL_EVERY {
            0 => None,
            _ => self.follow(frame, picture)?,
        };
        let (assigned, new) = match followed {
            Some(assigned) => (assigned, Vec::new()),
            None => {
                let faces = self.detector.detect(picture)?;
                self.assign(frame, faces.into_iter().map(|face| seen(picture, face)).collect())
            }
        };
        for (track, seen) in assigned {
            self.tracks[track].go_on(frame, seen);
        }
        self.tracks.extend(new.into_iter().map(|seen| Track::begin(frame, seen)));
        Ok(())
    }

    /// The faces of all people, and the number of frames.
    pub(super) fn end(self) -> (Vec<Track>, usize) {
        (joined(self.tracks), self.frames)
    }

    /// The faces of the frame before, looked for where they should be; `None` if there was none or one is lost.
    fn follow(&self, frame: usize, picture: &Picture) -> Result<Option<Vec<(usize, Seen)>>, Error> {
        let mut followed: Vec<(usize, Seen)> = Vec::new();
        for (track, expected) in self.expected(frame) {
            let Some(face) = self.detector.look_at(picture, &expected)? else { return Ok(None) };
            let overlaps = |(_, other): &(usize, Seen)| other.face.bounds.overlap(&face.bounds) > ONE_FACE;
            if face.bounds.overlap(&expected) < SAME_PLACE || followed.iter().any(overlaps) {
                return Ok(None);
            }
            followed.push((track, seen(picture, face)));
        }
        Ok((!followed.is_empty()).then_some(followed))
    }

    /// Which face continues which track, and the faces that continue none.
    fn assign(&self, frame: usize, seen: Vec<Seen>) -> (Vec<(usize, Seen)>, Vec<Seen>) {
        let mut pairs = Vec::new();
        for (track, expected) in self.expected(frame) {
            for (face, seen) in seen.iter().enumerate() {
                if expected.overlap(&seen.face.bounds) >= SAME_PLACE {
                    pairs.push((self.tracks[track].look.likeness(&seen.look), track, face));
                }
            }
        }
        pairs.sort_by(|first, second| second.0.total_cmp(&first.0));
        let mut track_of: Vec<Option<usize>> = vec![None; seen.len()];
        for (_, track, face) in pairs {
            if track_of[face].is_none() && !track_of.contains(&Some(track)) {
                track_of[face] = Some(track);
            }
        }
        let (mut assigned, mut new) = (Vec::new(), Vec::new());
        for (seen, track) in seen.into_iter().zip(track_of) {
            match track {
                Some(track) => assigned.push((track, seen)),
                None => new.push(seen),
            }
        }
        (assigned, new)
    }

    /// The tracks of the frame before, and where their faces should be now.
    fn expected(&self, frame: usize) -> impl Iterator<Item = (usize, Bounds)> {
        let tracks = self.tracks.iter().enumerate();
        tracks.filter_map(move |(index, track)| Some((index, track.expected(frame)?)))
    }
}

fn seen(picture: &Picture, face: Face) -> Seen {
    Seen { face, look: Look::of(picture, &face.points) }
}

/// Two tracks that may be one person's, by their places: the first of the two first.
#[derive(Debug, Clone, Copy)]
struct Pair {
    likeness: f32,
    one: usize,
    other: usize,
}

impl Pair {
    /// `None` where the tracks share a frame or do not look alike, and where one is joined to another.
    fn of(tracks: &[Option<Track>], one: usize, other: usize) -> Option<Self> {
        let (track, second) = (tracks[one].as_ref()?, tracks[other].as_ref()?);
        let likeness = track.look.likeness(&second.look);
        (likeness >= SAME_LOOK && !track.shares_a_frame(second)).then_some(Self { likeness, one, other })
    }

    fn has(&self, place: usize) -> bool {
        self.one == place || self.other == place
    }

    /// By likeness; of pairs that are as much alike the later one is the greater.
    fn order(&self, second: &Self) -> Ordering {
        let places = |pair: &Self| (pair.one, pair.other);
        self.likeness.total_cmp(&second.likeness).then(places(self).cmp(&places(second)))
    }
}

/// Joins tracks of one person, the most alike first. Only what looks otherwise after a join is compared again.
fn joined(tracks: Vec<Track>) -> Vec<Track> {
    let mut tracks: Vec<Option<Track>> = tracks.into_iter().map(Some).collect();
    let count = tracks.len();
    let all = (0..count).flat_map(|one| (one + 1..count).map(move |other| (one, other)));
    let mut pairs: Vec<Pair> = all.filter_map(|(one, other)| Pair::of(&tracks, one, other)).collect();
    while let Some(Pair { one, other, .. }) = pairs.iter().copied().max_by(Pair::order) {
        let second = tracks[other].take();
        if let (Some(track), Some(second)) = (&mut tracks[one], second) {
            track.join(second);
        }
        pairs.retain(|pair| !pair.has(one) && !pair.has(other));
        let rest = (0..count).filter(|place| *place != one);
        pairs.extend(rest.filter_map(|place| Pair::of(&tracks, one.min(place), one.max(place))));
    }
    tracks.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two tracks that look most alike: every pair is compared.
    fn most_alike(tracks: &[Track]) -> Option<(usize, usize)> {
        let mut best: Option<(f32, (usize, usize))> = None;
        for (one, track) in tracks.iter().enumerate() {
            for (other, second) in tracks.iter().enumerate().skip(one + 1) {
                let likeness = track.look.likeness(&second.look);
                if likeness >= best.map_or(SAME_LOOK, |(likeness, _)| likeness)
                    && !track.shares_a_frame(second)
                {
                    best = Some((likeness, (one, other)));
                }
            }
        }
        best.map(|(_, pair)| pair)
    }

    /// Tracks of a few frames each, of people who look one of five ways or between two; many look the same.
    fn tracks(seed: u32) -> Vec<Track> {
        let mut state = seed;
        let mut number = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % below
        };
        let points = [[8.0, 10.0], [24.0, 10.0], [16.0, 18.0], [10.0, 26.0], [22.0, 26.0]];
        let bounds = Bounds { left: 0.0, top: 0.0, right: 32.0, bottom: 32.0 };
        let face = Face { bounds, probability: 0.9, points };
        let track = |_| {
            let [way, second, part, first] = [5, 5, 3, 40].map(&mut number);
            let pixel = |place: usize| {
                let of = |way: usize| place.wrapping_mul(7919 * (way + 1)) % 97;
                ((of(way) * (4 - part) + of(second) * part) / 2) as u8
            };
            let picture = Picture::new(32, 32, (0..32 * 32 * 3).map(pixel).collect()).unwrap();
            let faces = (first..first + 1 + number(3)).map(|frame| (frame, face)).collect();
            Track { faces, look: Look::of(&picture, &points) }
        };
        (0..40).map(track).collect()
    }

    #[test]
    fn tracks_are_joined_as_if_all_were_compared_each_time() {
        for seed in 0..20 {
            let mut expected = tracks(seed);
            while let Some((one, other)) = most_alike(&expected) {
                let second = expected.remove(other);
                expected[one].join(second);
            }
            let found = joined(tracks(seed));
            assert!((6..36).contains(&found.len()), "{} tracks", found.len());
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!((&found.faces, &found.look), (&expected.faces, &expected.look));
            }
        }
    }
}
