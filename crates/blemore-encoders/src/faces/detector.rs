//! MTCNN: proposals at every size, refined, and looked at once more for five points.
//!
//! The steps, their order and their roundings are those of facenet-pytorch 2.6.0 (`utils/detect_face.py`).

use std::path::Path;

use blemore_media::Picture;
use tch::Tensor;

use super::area::{Part, append_means};
use super::bounds::{Bounds, best};
use super::networks::{
    OUTPUT_SIDE, OutputNetwork, ProposalNetwork, Proposals, REFINEMENT_SIDE, RefinementNetwork,
};
use super::weights;
use crate::Error;

/// Side of the smallest faces that are looked for, in pixels.
const SMALLEST: f64 = 20.0;
/// By how much each picture of the pyramid is smaller than the one before.
const FACTOR: f64 = 0.709;
/// Side of the cells of the first network, and how far they are apart, in its pixels.
const CELL: usize = 12;
const STRIDE: usize = 2;
/// Probabilities from which on each network takes a face for one.
const THRESHOLDS: [f32; 3] = [0.6, 0.7, 0.7];
/// How much of a face a better one may cover: of one size of the pyramid, and later.
const COVERS: [f32; 2] = [0.5, 0.7];
/// Pictures that go through a network together.
const BATCH: usize = 512;

/// A face in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Where it is.
    pub bounds: Bounds,
    /// How sure the detector is, 0.7 to 1.
    pub probability: f32,
    /// x and y of the eye at the left of the picture, the eye at the right, the nose, and the corners of the mouth at the
    /// left and at the right.
    pub points: [[f32; 2]; 5],
}

/// MTCNN with the weights of facenet-pytorch 2.6.0.
///
/// ```no_run
/// use blemore_encoders::FaceDetector;
/// use blemore_media::{Ffmpeg, FrameOptions, Frames};
///
/// let detector = FaceDetector::load(None)?;
/// for frame in Frames::open(&Ffmpeg::find(None)?, "clip.mp4".as_ref(), &FrameOptions::default())? {
///     println!("{} faces", detector.detect(&frame?.picture)?.len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FaceDetector {
    first: ProposalNetwork,
    second: RefinementNetwork,
    third: OutputNetwork,
}

impl FaceDetector {
    /// Reads `pnet.pt`, `rnet.pt` and `onet.pt` from a folder: the given one, or else the one of `cargo xtask setup`.
    ///
    /// # Errors
    /// [`Error::NoFaceDetector`], [`Error::OtherFaceDetector`], [`Error::Read`].
    pub fn load(folder: Option<&Path>) -> Result<Self, Error> {
        let [first, second, third] = &mut weights::open(&weights::find(folder)?)?;
        Ok(Self {
            first: ProposalNetwork::new(first)?,
            second: RefinementNetwork::new(second)?,
            third: OutputNetwork::new(third)?,
        })
    }

    /// All faces of a picture, the largest first.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn detect(&self, picture: &Picture) -> Result<Vec<Face>, Error> {
        let squares = self.refined(picture, &self.proposals(picture)?)?;
        let faces = self.looked_at(picture, &squares)?;
        let scored: Vec<_> = faces.iter().map(|face| (face.bounds, face.probability)).collect();
        let mut kept: Vec<Face> =
            best(&scored, Bounds::cover, COVERS[1]).into_iter().map(|index| faces[index]).collect();
        kept.sort_by(|first, second| second.bounds.area().total_cmp(&first.bounds.area()));
        Ok(kept)
    }

    /// The face about where one is expected; `None` if there is none.
    pub(super) fn look_at(&self, picture: &Picture, expected: &Bounds) -> Result<Option<Face>, Error> {
        let squares = self.refined(picture, &[expected.squared()])?;
        Ok(self.looked_at(picture, &squares)?.first().copied())
    }

    /// Squares that may hold a face.
    fn proposals(&self, picture: &Picture) -> Result<Vec<Bounds>, Error> {
        let mut candidates = Vec::new();
        for scale in scales(picture) {
            let of_scale = self.proposals_of_scale(picture, scale)?;
            candidates.extend(without_covered(of_scale, COVERS[0]));
        }
        let candidates = without_covered(candidates, COVERS[1]);
        let changed = |candidate: &Candidate| {
            let Candidate { bounds, changes, .. } = candidate;
            bounds.changed(*changes, bounds.width(), bounds.height()).squared()
        };
        Ok(candidates.iter().map(changed).collect())
    }

    /// The cells of one picture of the pyramid that may hold a face.
    fn proposals_of_scale(&self, picture: &Picture, scale: f64) -> Result<Vec<Candidate>, Error> {
        let side = |side: usize| (side as f64 * scale + 1.0) as usize;
        let size = [side(picture.width()), side(picture.height())];
        let mut values = Vec::new();
        append_means(picture, &(0..picture.width(), 0..picture.height()), size, &mut values);
        let input = Tensor::f_from_slice(&values)?.f_view([1, 3, size[1] as i64, size[0] as i64])?;
        let Proposals { probabilities, changes } = self.first.forward(&input)?;
        let (_, _, columns) = probabilities.size3()?;
        let (probabilities, changes) = (values_of(&probabilities)?, values_of(&changes)?);
        let (cells, columns) = (probabilities.len(), columns as usize);
        let edge = |place: usize| (place as f32 / scale as f32).floor();
        let candidate = |(cell, score): (usize, f32)| {
            let (x, y) = (cell % columns * STRIDE, cell / columns * STRIDE);
            Candidate {
                bounds: Bounds {
                    left: edge(x + 1),
                    top: edge(y + 1),
                    right: edge(x + CELL),
                    bottom: edge(y + CELL),
                },
                score,
                changes: std::array::from_fn(|side| changes[side * cells + cell]),
            }
        };
        let likely = probabilities.into_iter().enumerate().filter(|(_, score)| *score >= THRESHOLDS[0]);
        Ok(likely.map(candidate).collect())
    }

    /// Those of the squares that hold a face for the second network, as it moves them.
    fn refined(&self, picture: &Picture, squares: &[Bounds]) -> Result<Vec<Bounds>, Error> {
        let mut candidates = Vec::new();
        for squares in visible(picture, squares).chunks(BATCH) {
            let proposals = self.second.forward(&input(picture, squares, REFINEMENT_SIDE)?)?;
            candidates
                .extend(likely(squares, &proposals, THRESHOLDS[1])?.into_iter().map(|(_, found)| found));
        }
        Ok(without_covered(candidates, COVERS[1]).iter().map(|found| found.moved().squared()).collect())
    }

    /// Those of the squares that hold a face for the third network.
    fn looked_at(&self, picture: &Picture, squares: &[Bounds]) -> Result<Vec<Face>, Error> {
        let mut faces = Vec::new();
        for squares in visible(picture, squares).chunks(BATCH) {
            let (proposals, points) = self.third.forward(&input(picture, squares, OUTPUT_SIDE)?)?;
            let points = values_of(&points)?;
            for (index, found) in likely(squares, &proposals, THRESHOLDS[2])? {
                let (x, y) = points[index * 10..index * 10 + 10].split_at(5);
                let Bounds { left, top, .. } = found.bounds;
                let (width, height) = found.bounds.sides_with_ends();
                let point = |point: usize| [width * x[point] + left - 1.0, height * y[point] + top - 1.0];
                let points = std::array::from_fn(point);
                faces.push(Face { bounds: found.moved(), probability: found.score, points });
            }
        }
        Ok(faces)
    }
}

/// A square with the probability of a face in it, and the parts of its width and height by which the face's sides differ.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    bounds: Bounds,
    score: f32,
    changes: [f32; 4],
}

impl Candidate {
    /// Where the face is, in the way of the second and third network.
    fn moved(&self) -> Bounds {
        let (width, height) = self.bounds.sides_with_ends();
        self.bounds.changed(self.changes, width, height)
    }
}

/// By how much the pictures of the pyramid are smaller than the picture: the first until the smallest face has the size of
/// a cell, the last while it has one cell.
fn scales(picture: &Picture) -> Vec<f64> {
    let first = CELL as f64 / SMALLEST;
    let side = picture.width().min(picture.height()) as f64;
    let steps = std::iter::successors(Some((first, side * first)), |(scale, side)| {
        Some((scale * FACTOR, side * FACTOR))
    });
    steps.take_while(|(_, side)| *side >= CELL as f64).map(|(scale, _)| scale).collect()
}

/// Candidates without those that a better one covers, the best first.
fn without_covered(candidates: Vec<Candidate>, limit: f32) -> Vec<Candidate> {
    let scored: Vec<_> = candidates.iter().map(|candidate| (candidate.bounds, candidate.score)).collect();
    best(&scored, Bounds::overlap, limit).into_iter().map(|index| candidates[index]).collect()
}

/// The squares that are in the picture, and their pixels.
fn visible(picture: &Picture, squares: &[Bounds]) -> Vec<(Bounds, Part)> {
    let part = |square: &Bounds| Some((*square, square.pixels(picture.width(), picture.height())?));
    squares.iter().filter_map(part).collect()
}

/// Parts of a picture as a network takes them: `(B, 3, side, side)`.
fn input(picture: &Picture, squares: &[(Bounds, Part)], side: usize) -> Result<Tensor, Error> {
    let mut values = Vec::with_capacity(squares.len() * 3 * side * side);
    for (_, part) in squares {
        append_means(picture, part, [side, side], &mut values);
    }
    Ok(Tensor::f_from_slice(&values)?.f_view([-1, 3, side as i64, side as i64])?)
}

/// The squares whose probability is above a limit, and their numbers.
fn likely(
    squares: &[(Bounds, Part)],
    proposals: &Proposals,
    limit: f32,
) -> Result<Vec<(usize, Candidate)>, Error> {
    let (scores, changes) = (values_of(&proposals.probabilities)?, values_of(&proposals.changes)?);
    let mut found = Vec::new();
    for (index, (bounds, _)) in squares.iter().enumerate().filter(|(index, _)| scores[*index] > limit) {
        let changes = changes.as_chunks::<4>().0[index];
        found.push((index, Candidate { bounds: *bounds, score: scores[index], changes }));
    }
    Ok(found)
}

fn values_of(tensor: &Tensor) -> Result<Vec<f32>, Error> {
    let mut values = vec![0.0; tensor.numel()];
    tensor.f_contiguous()?.f_copy_data(&mut values, tensor.numel())?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use blemore_testing::array;

    use super::*;
    use crate::faces::weights::testing;

    #[test]
    fn faces_are_those_of_facenet_pytorch() {
        let Some(folder) = testing::folder() else { return };
        let detector = FaceDetector::load(Some(&folder)).unwrap();
        for (name, count) in [("crop", 1), ("half", 1), ("two_faces", 2), ("no_face", 0)] {
            let faces = detector.detect(&testing::picture(name)).unwrap();
            assert_eq!(faces.len(), count, "{name}");
            let expected = |what: &str| array(testing::fixture(&format!("{name}_{what}.npy"))).1;
            let assert_close = |what: &str, found: Vec<f32>, tolerance: f32| {
                let expected = expected(what);
                assert_eq!(found.len(), expected.len(), "{name} {what}");
                for (found, expected) in found.iter().zip(&expected) {
                    assert!((found - expected).abs() <= tolerance, "{name} {what}: {found} for {expected}");
                }
            };
            let sides = |face: &Face| {
                let Bounds { left, top, right, bottom } = face.bounds;
                [left, top, right, bottom]
            };
            // Of a pixel; the reference's own last digits are 1e-5 away from it.
            assert_close("boxes", faces.iter().flat_map(sides).collect(), 1e-3);
            assert_close("points", faces.iter().flat_map(|face| face.points).flatten().collect(), 1e-3);
            assert_close("probabilities", faces.iter().map(|face| face.probability).collect(), 1e-5);
        }
    }

    #[test]
    fn a_picture_smaller_than_any_face_has_none() {
        let Some(folder) = testing::folder() else { return };
        let detector = FaceDetector::load(Some(&folder)).unwrap();
        let picture = Picture::filled(500, 19, [128; 3]).unwrap();
        assert_eq!(detector.detect(&picture).unwrap(), []);
    }
}
